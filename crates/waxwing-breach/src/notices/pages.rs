//! `/security/incidents/{id}/notices`: the notices of a case, the composer, and how far one is.
//!
//! Promise: that somebody looked is on the record before anything is shown.

use super::form::{ActForm, BeginForm, ComposeForm, SendForm};
use super::{Act, Found, Group, NewNotice, Notice, Ordered, Prepared, Progress, State as Standing, Tone, kinds};
use crate::blast;
use crate::incidents::{self, Incident};
use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use std::collections::BTreeSet;
use waxwing_app::accounts::approvals::{self, Kind};
use waxwing_app::{App, Error, fields};
use waxwing_domain::{Action, ApprovalId, Ctx, FieldId, IncidentId, NoticeId, Operation};
use waxwing_http::{Fail, Flash, Page, SafeForm, SeeOther, Segment, Shell, Who, download};
use waxwing_law::drafts::{Locale, plain_words};
use waxwing_law::facts::DataKind;
use waxwing_law::lint::LintRule;
use waxwing_store::{Entry, Tx};

type Answer<T> = std::result::Result<T, Fail>;

pub(super) fn at(id: IncidentId) -> String {
    format!("/security/incidents/{id}/notices")
}

pub(super) async fn done(tx: Tx, to: String, said: &str) -> Answer<SeeOther> {
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(to).flash(Flash::good(said)))
}

async fn looked(app: &App, ctx: &Ctx, case: IncidentId, what: &'static str) -> waxwing_app::Result<()> {
    let entry = Entry::new(Operation::Read, what).on("incident", case.as_i64()).to("page");
    app.store().disclose(ctx, entry).await?;
    Ok(())
}

#[derive(Template)]
#[template(path = "notices/pages/index.html")]
pub(super) struct IndexPage {
    shell: Shell,
    case: Incident,
    notices: Vec<(Notice, Progress)>,
    frozen: Vec<blast::Listed>,
    writes: bool,
}

impl IndexPage {
    fn back(&self) -> String {
        format!("/security/incidents/{}", self.case.id)
    }
}

pub(super) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<IncidentId>,
) -> Answer<Page<IndexPage>> {
    let mut tx = app.read(&ctx, "notices.index").await?;
    let case = incidents::by_id(&mut tx, &ctx, id).await?;
    let mut notices = Vec::new();
    for notice in super::of_case(&app, &mut tx, &ctx, id).await? {
        let progress = super::progress(&mut tx, notice.id).await?;
        notices.push((notice, progress));
    }
    let may_choose = ctx.may(Action::RecordRead) && ctx.may(Action::IncidentsWrite);
    let frozen = if may_choose { blast::list(&app, &mut tx, &ctx).await? } else { Vec::new() };
    drop(tx);
    looked(&app, &ctx, id, "notices.index").await?;
    let writes = may_choose && case.status.is_open();
    Ok(Page(IndexPage { shell: shell.titled(format!("{}: notices", case.codename)), case, notices, frozen, writes }))
}

pub(super) async fn create(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<BeginForm>,
) -> Answer<SeeOther> {
    let new = NewNotice { radius: form.radius()?, possible: form.possible == "yes" };
    let mut tx = app.begin(&ctx, "notices.create").await?;
    let notice = super::create(&app, &mut tx, &ctx, id, new).await?;
    done(tx, format!("{}/{notice}", at(id)), "Begun. It starts from the words of this case; nothing leaves yet.").await
}

#[derive(Template)]
#[template(path = "notices/pages/show.html")]
pub(super) struct ShowPage {
    shell: Shell,
    it: Prepared,
    case: Incident,
    progress: Progress,
    relays: Vec<(waxwing_domain::RelayId, String)>,
    /// The workspace's own fields that were touched: number and name.
    own: Vec<(u32, String)>,
    waits: Option<ApprovalId>,
    approved: bool,
    locales: &'static [Locale],
    kinds: &'static [DataKind],
    law: &'static str,
}

impl ShowPage {
    fn is_draft(&self) -> bool {
        self.it.notice.state == Standing::Draft
    }
    fn is_sent(&self) -> bool {
        self.it.notice.state == Standing::Sent
    }
    fn writes(&self) -> bool {
        self.is_draft() && self.case.status.is_open() && self.shell.may(Action::IncidentsWrite)
    }
    fn sends(&self) -> bool {
        self.case.status.is_open() && self.shell.may(Action::NoticesSend)
    }
    fn title(&self, locale: &Locale) -> &str {
        self.it.notice.words.letters.get(locale).map_or("", |letter| letter.title.as_str())
    }
    fn text(&self, locale: &Locale) -> &str {
        self.it.notice.words.letters.get(locale).map_or("", |letter| letter.text.as_str())
    }
    fn filled(&self, group: &Group) -> String {
        let letter = self.it.notice.words.letters.get(&group.locale);
        letter.map(|letter| letter.filled(group.locale, &group.certain, &group.possible)).unwrap_or_default()
    }
    /// The letter in one language as somebody reads it of whom everything was touched that was touched of anybody.
    fn preview(&self, locale: &Locale) -> String {
        let all = |of: fn(&Group) -> &Vec<DataKind>| -> Vec<DataKind> {
            self.it.groups.iter().flat_map(of).copied().collect::<BTreeSet<_>>().into_iter().collect()
        };
        let (certain, mut possible) = (all(|group| &group.certain), all(|group| &group.possible));
        possible.retain(|kind| !certain.contains(kind));
        let letter = self.it.notice.words.letters.get(locale);
        letter.map(|letter| letter.filled(*locale, &certain, &possible)).unwrap_or_default()
    }
    /// What is said in one language, as label, name and words.
    fn said_in(&self, locale: &Locale) -> [(&'static str, &'static str, &str); 4] {
        let said = self.it.said.get(locale);
        let words =
            |of: fn(&super::Said) -> &Option<String>| said.and_then(|said| of(said).as_deref()).unwrap_or_default();
        [
            ("What happened", "what_happened", words(|said| &said.what_happened)),
            ("What it may mean for people", "consequences", words(|said| &said.consequences)),
            ("What we did", "measures", words(|said| &said.measures)),
            ("What people can do", "advice", words(|said| &said.advice)),
        ]
    }
    fn is_said(&self, locale: &Locale) -> bool {
        self.it.said.get(locale).is_some_and(|said| !said.is_empty())
    }
    fn readers(&self, locale: &Locale) -> u64 {
        self.it.groups.iter().filter(|group| group.locale == *locale).map(|group| group.people.len()).sum()
    }
    fn data(&self, kinds: &[DataKind]) -> String {
        kinds.iter().map(|kind| plain_words(Locale::En, *kind)).collect::<Vec<_>>().join(", ")
    }
    fn said(&self, field: &u32) -> DataKind {
        kinds::kind_of(FieldId::new(*field), &self.it.notice.words.kinds)
    }
    fn blocking(&self) -> Vec<&Found> {
        self.it.found.iter().filter(|found| found.tone() == Tone::Blocks).collect()
    }
    fn blocking_any(&self) -> bool {
        self.it.is_blocked()
    }
    fn asking(&self) -> Vec<&Found> {
        self.it.found.iter().filter(|found| found.tone() == Tone::Asks).collect()
    }
    /// How many people get it, with the noun.
    fn people(&self) -> String {
        match self.it.people() {
            1 => "one person".into(),
            people => format!("{} people", waxwing_http::count(people.cast_signed())),
        }
    }
    fn rules(&self) -> BTreeSet<LintRule> {
        self.it.asks()
    }
    fn let_stand(&self, rule: &LintRule) -> bool {
        self.it.notice.words.overruled.contains(rule)
    }
    fn is_relay(&self, relay: &waxwing_domain::RelayId) -> bool {
        self.it.notice.relay == Some(*relay)
    }
    fn digest(&self) -> String {
        self.it.notice.digest.map(hex::encode).unwrap_or_default()
    }
}

pub(super) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment((case, id)): Segment<(IncidentId, NoticeId)>,
) -> Answer<Page<ShowPage>> {
    let mut tx = app.read(&ctx, "notices.show").await?;
    let it = super::prepare(&app, &mut tx, &ctx, case, id).await?;
    let incident = incidents::by_id(&mut tx, &ctx, case).await?;
    let open = approvals::waiting_for(&mut tx, &ctx, Kind::Notice, id.as_i64()).await?;
    let touched: BTreeSet<u32> = it.notice.words.kinds.keys().copied().collect();
    let own = fields::all(&mut tx).await?;
    let own = own.iter().filter(|field| touched.contains(&field.id.get()));
    let page = ShowPage {
        shell: shell.titled(format!("{}: notice", it.codename)),
        case: incident,
        progress: super::progress(&mut tx, id).await?,
        relays: super::compose::usable(&app, &mut tx).await?,
        own: own.map(|field| (field.id.get(), field.label.clone())).collect(),
        approved: open.as_ref().is_some_and(|open| open.state == approvals::State::Approved),
        waits: open.map(|open| open.id),
        locales: Locale::ALL,
        kinds: DataKind::ALL,
        law: super::proof::UNREACHED,
        it,
    };
    drop(tx);
    looked(&app, &ctx, case, "notices.show").await?;
    Ok(Page(page))
}

pub(super) async fn change(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((case, id)): Segment<(IncidentId, NoticeId)>,
    SafeForm(form): SafeForm<ComposeForm>,
) -> Answer<SeeOther> {
    let how = (form.possible == "yes", form.relay()?);
    let mut tx = app.begin(&ctx, "notices.change").await?;
    super::change(&app, &mut tx, &ctx, (case, id, form.version), form.words()?, how).await?;
    done(tx, format!("{}/{id}", at(case)), "Saved.").await
}

pub(super) async fn withdraw(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((case, id)): Segment<(IncidentId, NoticeId)>,
) -> Answer<SeeOther> {
    let mut tx = app.begin(&ctx, "notices.withdraw").await?;
    super::withdraw(&app, &mut tx, &ctx, case, id).await?;
    done(tx, at(case), "Given up. Nothing was sent.").await
}

pub(super) async fn send(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((case, id)): Segment<(IncidentId, NoticeId)>,
    SafeForm(form): SafeForm<SendForm>,
) -> Answer<SeeOther> {
    let mut tx = app.begin(&ctx, "notices.send").await?;
    let ordered = super::send(&app, &mut tx, &ctx, (case, id, form.version), &form.overruled()).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(match ordered {
        Ordered::Now(people) => {
            let people = waxwing_http::count(i64::try_from(people).unwrap_or(i64::MAX));
            SeeOther::to(format!("{}/{id}", at(case))).flash(Flash::good(format!("It leaves now, to {people} people.")))
        }
        Ordered::Waits(request) => {
            let waits = SeeOther::to(format!("/security/approvals/{request}"));
            waits.flash(Flash::note("Nothing leaves yet: this waits for a second person’s yes. Then press Send again."))
        }
    })
}

pub(super) async fn act(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((case, id)): Segment<(IncidentId, NoticeId)>,
    SafeForm(form): SafeForm<ActForm>,
) -> Answer<SeeOther> {
    let act = Act::parse(&form.act).ok_or(Fail::NotFound)?;
    let mut tx = app.begin(&ctx, "notices.act").await?;
    super::act(&app, &mut tx, &ctx, (case, id), act).await?;
    let said = match act {
        Act::Pause => "Paused. What is on the wire now still arrives.",
        Act::Resume => "It goes on.",
        Act::Again => "It leaves once more to those who were refused for good.",
    };
    done(tx, format!("{}/{id}", at(case)), said).await
}

pub(super) async fn proof(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((case, id)): Segment<(IncidentId, NoticeId)>,
) -> Answer<Response> {
    let proof = Body::from_stream(super::proof(&app, &ctx, case, id).await?.into_stream());
    Ok(download(&format!("notice-{id}-proof.json"), "application/json", proof).into_response())
}
