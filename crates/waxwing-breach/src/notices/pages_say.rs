//! `/security/incidents/{id}/notices/{part}/say`: the case's own sentences, language by language.

use super::form::SayForm;
use super::pages::{at, done};
use axum::extract::State;
use waxwing_app::App;
use waxwing_domain::{IncidentId, NoticeId};
use waxwing_http::{Fail, SafeForm, SeeOther, Segment, Who};

pub(super) async fn say(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((case, id)): Segment<(IncidentId, NoticeId)>,
    SafeForm(form): SafeForm<SayForm>,
) -> Result<SeeOther, Fail> {
    let version = form.version;
    let said = form.read()?;
    let written = format!("The letter in {} is written anew from it. Read it below.", said.0.label());
    let mut tx = app.begin(&ctx, "notices.say").await?;
    super::say(&app, &mut tx, &ctx, (case, id, version), said).await?;
    done(tx, format!("{}/{id}", at(case)), &written).await
}
