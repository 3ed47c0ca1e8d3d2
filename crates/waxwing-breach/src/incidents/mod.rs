//! Cases: a suspected or proven breach from its first sign to its end.
//!
//! Promise: only who is in a case finds it; a named person says since when a breach is known, and that starts the
//! clocks; the timeline is added to and never changed, and what the machine says on it names its entry in the access
//! record. Limit: what people write is theirs; the machine vouches for who wrote it and when.
//! States: suspicion → confirmed → contained → closed; suspicion → dismissed.
//! Tables: `incidents`, `incident_members`, `incident_events`, `incident_assets`, `incident_indicators`, `incident_tasks`; reads `record_entries`.
//! Events: record `incidents.*`; signals `incidents.opened`, `incidents.confirmed`. Jobs: none.

mod api;
mod api_parts;
mod assets;
mod case;
mod cause;
mod codename;
mod evidence;
mod forms;
mod indicators;
mod life;
mod members;
mod pages;
mod pages_parts;
mod pages_tasks;
mod playbooks;
mod room;
mod sealing;
mod stix;
mod store;
mod store_members;
mod store_parts;
mod store_tasks;
mod store_timeline;
mod tasks;
#[cfg(test)]
mod tests;
mod timeline;
mod when;
mod words;

pub use assets::{Asset, NewAsset, add as add_asset, assets, judge as judge_asset};
pub use case::{Aware, Incident, Losses};
pub use cause::{Cause, Controls, PersonControls, cause, state as state_cause};
pub use evidence::{EvidencePart, Written, to_files};
pub use indicators::{Indicator, IndicatorFormat, NewIndicator, hand_out, indicators, note as note_indicator};
pub use life::{NewCase, by_id, classify, confirm, contain, end, ending, open, others, page, summary};
pub use members::{Member, MemberRef, add as add_member, join, members, remove as remove_member, role, writable};
pub use playbooks::{Csf, Playbook, PlaybookError, Step, playbooks};
pub use tasks::{
    NewTask, Task, TaskState, add as add_task, assign as assign_task, finish as finish_task, take as take_playbook,
    tasks,
};
pub use timeline::{Line, NewLine, lines, machine, note, pin};
pub use words::{AssetKind, CaseRole, Category, CauseKind, Compromise, IndicatorKind, Outcome, Severity, Status, Tlp};

use http::Method;
use waxwing_app::App;
use waxwing_domain::Action;
use waxwing_http::{Routes, api};

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let (read, write) = (Action::IncidentsRead, Action::IncidentsWrite);
    let case = |rest: &str| format!("/security/incidents/{{id}}{rest}");
    let routes = Routes::new()
        .page(Method::GET, "/security/incidents", read, pages::index)
        .page(Method::GET, "/security/incidents/new", write, pages::new)
        .page(Method::POST, "/security/incidents", write, pages::open)
        .page(Method::GET, &case(""), read, room::show)
        .page(Method::GET, &case("/details"), read, room::details)
        .page(Method::GET, &case("/tasks"), read, pages_tasks::show)
        .page(Method::POST, &case("/tasks"), write, pages_tasks::add)
        .page(Method::POST, &case("/tasks/take"), write, pages_tasks::take)
        .page(Method::POST, &case("/tasks/{part}/assign"), write, pages_tasks::assign)
        .page(Method::POST, &case("/tasks/{part}/finish"), write, pages_tasks::finish)
        .page(Method::POST, &case("/join"), Action::IncidentsLead, pages::join)
        .page(Method::POST, &case("/classify"), write, pages::classify)
        .page(Method::POST, &case("/confirm"), write, pages::confirm)
        .page(Method::POST, &case("/contain"), write, pages::contain)
        .page(Method::POST, &case("/end"), write, pages::end)
        .page(Method::POST, &case("/timeline"), write, pages_parts::note)
        .page(Method::POST, &case("/pin"), Action::RecordRead, pages_parts::pin)
        .page(Method::POST, &case("/members"), write, pages_parts::add_member)
        .page(Method::POST, &case("/members/remove"), write, pages_parts::remove_member)
        .page(Method::POST, &case("/assets"), write, pages_parts::add_asset)
        .page(Method::POST, &case("/assets/{part}"), write, pages_parts::judge_asset)
        .page(Method::POST, &case("/indicators"), write, pages_parts::note_indicator)
        .page(Method::POST, &case("/indicators/export"), read, pages_parts::hand_out)
        .page(Method::POST, &case("/cause"), write, pages_parts::cause);
    programs(routes)
}

fn programs(routes: Routes<App>) -> Routes<App> {
    let (read, write) = (Action::IncidentsRead, Action::IncidentsWrite);
    let routes = api!(routes, read, api::index);
    let routes = api!(routes, write, api::open);
    let routes = api!(routes, read, api::show);
    let routes = api!(routes, read, api_parts::timeline);
    let routes = api!(routes, write, api_parts::note);
    let routes = api!(routes, read, api_parts::indicators);
    api!(routes, write, api_parts::note_indicator)
}
