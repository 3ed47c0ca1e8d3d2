//! Campaigns: compose, review, send, pause, resume, cancel.
//!
//! Promise: what was reviewed is what is sent, once; an order can be taken back for 30 seconds; a
//! time missed in an outage asks again. Limit: what a relay took cannot be called back.
//! States: draft, leaving, scheduled, missed, started; a started one is as far as its source.
//! Tables: campaigns, campaign_lists, campaigns_identities; reads list_members to count what is missing.
//! Events: campaigns.create, .edit, .send, .schedule, .take_back, .start, .miss, .links and others of its verbs.
//! Jobs: campaigns.start, campaigns.approved.

mod acts;
mod api;
mod api_acts;
mod ask;
mod campaign;
mod cards;
mod compose;
mod depart;
mod file;
mod findings;
mod footer;
mod identity;
mod jobs;
mod links;
mod missing;
mod pages;
mod review;
mod second_person;
mod standing;
mod state;
mod store;
#[cfg(test)]
mod tests;
mod view;
mod writing;

pub use campaign::{Campaign, Edit, From, Plan};
pub use compose::{Filter, by_id, create, duplicate, edit, page, remove};
pub use depart::{Act, Done, Ordered, act, hold_contained, schedule, send, start_now, take_back};
pub use file::{CampaignFile, Report, report, send_file, wait};
pub use links::{allow as allow_link_hosts, hosts as link_hosts};
pub use review::{Finding, Level, Review, review};
pub use standing::{Standing, standing, standings};
pub use state::{CampaignState, Phase, Reviewed, SendTime};
pub use store::Summary;

use crate::App;
use crate::sending::FrozenRevision;
use crate::templates::{Shelf, show};
use http::Method;
use std::sync::Arc;
use waxwing_domain::Action;
use waxwing_http::{Routes, api};
use waxwing_message::{CompileError, Revision};
use waxwing_store::JobRegistry;

/// Compiles off the async threads; a mistake of the author's is an answer, not a failure.
async fn compile(frozen: &FrozenRevision) -> crate::Result<Result<Revision, CompileError>> {
    crate::templates::compile(frozen.content.clone()).await
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    api_routes(act_routes(card_routes(Routes::new())))
        .page(Method::GET, "/campaigns", Action::CampaignsRead, pages::index)
        .page(Method::POST, "/campaigns", Action::CampaignsWrite, pages::create)
        .page(Method::GET, "/campaigns/new", Action::CampaignsWrite, pages::new)
        .page(Method::GET, "/campaigns/{id}", Action::CampaignsRead, pages::show)
        .page(Method::GET, "/campaigns/{id}/progress", Action::CampaignsRead, pages::progress)
        .content("/v/{token}", view::show)
}

fn card_routes(routes: Routes<App>) -> Routes<App> {
    let shelf = Arc::new(Shelf::default());
    let drawing = shelf.clone();
    routes
        .page(Method::POST, "/campaigns/{id}/name", Action::CampaignsWrite, cards::save_name)
        .page(Method::GET, "/campaigns/{id}/audience", Action::CampaignsRead, cards::show::<cards::Audience>)
        .page(Method::POST, "/campaigns/{id}/audience", Action::CampaignsWrite, cards::save::<cards::Audience>)
        .page(Method::GET, "/campaigns/{id}/sender", Action::CampaignsRead, cards::show::<From>)
        .page(Method::POST, "/campaigns/{id}/sender", Action::CampaignsWrite, cards::save::<From>)
        .page(Method::GET, "/campaigns/{id}/subject", Action::CampaignsRead, cards::show::<cards::Subject>)
        .page(Method::POST, "/campaigns/{id}/subject", Action::CampaignsWrite, cards::save::<cards::Subject>)
        .page(Method::GET, "/campaigns/{id}/schedule", Action::CampaignsRead, cards::show::<cards::Schedule>)
        .page(Method::POST, "/campaigns/{id}/schedule", Action::CampaignsWrite, cards::save::<cards::Schedule>)
        .page(Method::GET, "/campaigns/{id}/content", Action::CampaignsRead, writing::content)
        .page(Method::POST, "/campaigns/{id}/content", Action::CampaignsWrite, writing::save)
        .page(Method::POST, "/campaigns/{id}/footer", Action::CampaignsWrite, writing::add_footer)
        .page(Method::GET, "/campaigns/{id}/test", Action::CampaignsTest, writing::ask_test)
        .page(Method::POST, "/campaigns/{id}/test", Action::CampaignsTest, writing::test)
        .page(Method::POST, "/campaigns/{id}/preview", Action::CampaignsRead, move |who, app, id, form| {
            writing::preview(drawing, who, app, id, form)
        })
        .page(Method::GET, "/campaigns/preview/{token}", Action::ContentRead, move |who, token| show(shelf, who, token))
}

fn act_routes(routes: Routes<App>) -> Routes<App> {
    routes
        .page(Method::GET, "/campaigns/{id}/review", Action::CampaignsRead, acts::review)
        .page(Method::POST, "/campaigns/{id}/send", Action::CampaignsSend, acts::send)
        .page(Method::POST, "/campaigns/{id}/undo", Action::CampaignsSend, acts::undo)
        .page(Method::POST, "/campaigns/{id}/pause", Action::CampaignsSend, acts::pause)
        .page(Method::POST, "/campaigns/{id}/resume", Action::CampaignsSend, acts::resume)
        .page(Method::GET, "/campaigns/{id}/cancel", Action::CampaignsSend, ask::cancel)
        .page(Method::POST, "/campaigns/{id}/cancel", Action::CampaignsSend, acts::cancel)
        .page(Method::GET, "/campaigns/{id}/again", Action::CampaignsSend, ask::again)
        .page(Method::POST, "/campaigns/{id}/again", Action::CampaignsSend, acts::again)
        .page(Method::POST, "/campaigns/{id}/duplicate", Action::CampaignsWrite, acts::duplicate)
        .page(Method::GET, "/campaigns/{id}/remove", Action::CampaignsWrite, ask::remove)
        .page(Method::POST, "/campaigns/{id}/remove", Action::CampaignsWrite, acts::remove)
        .page(Method::GET, "/campaigns/links", Action::SettingsRead, acts::links)
        .page(Method::POST, "/campaigns/links", Action::SettingsWrite, acts::save_links)
}

fn api_routes(routes: Routes<App>) -> Routes<App> {
    let routes = api!(routes, Action::CampaignsRead, api::index);
    let routes = api!(routes, Action::CampaignsWrite, api::create);
    let routes = api!(routes, Action::CampaignsRead, api::get);
    let routes = api!(routes, Action::CampaignsWrite, api::change);
    let routes = api!(routes, Action::CampaignsWrite, api::remove);
    let routes = api!(routes, Action::CampaignsWrite, api::duplicate);
    let routes = api!(routes, Action::CampaignsRead, api_acts::review);
    let routes = api!(routes, Action::CampaignsSend, api_acts::send);
    let routes = api!(routes, Action::CampaignsSend, api_acts::act);
    let routes = api!(routes, Action::CampaignsTest, api_acts::test);
    api!(routes, Action::ReportsRead, api_acts::report)
}

/// The jobs of this feature.
pub(crate) fn jobs(registry: &mut JobRegistry, app: &App) {
    jobs::register(registry, app);
}
