//! Cases: a suspected or proven breach from its first sign to its end.
//!
//! Promise: only who is in a case finds it; a named person says since when a breach is known, and that starts the
//! clocks; the timeline is added to and never changed, and what the machine says on it names its entry in the access
//! record. Limit: what people write is theirs; the machine vouches for who wrote it and when.
//! States: suspicion → confirmed → contained → closed; suspicion → dismissed.
//! Tables: `incidents`, `incident_members`, `incident_events`, `incident_assets`, `incident_indicators`, `incident_tasks`,
//! `incident_containments`, `incident_radii`, `incident_counts`, `incident_custody`,
//! `incident_updates`, `incident_contacts`, `incident_findings`; reads `record_entries`.
//! Events: record `incidents.*`; signals `incidents.opened`, `incidents.confirmed`.
//! Jobs: `incidents.remind` (updates that are overdue, each minute).

mod api;
mod api_after;
mod api_evidence;
mod api_parts;
mod api_scope;
mod api_tasks;
mod archive;
mod assets;
mod case;
mod cause;
mod codename;
mod contacts;
mod custody;
mod evidence;
mod evidence_part;
mod findings;
mod forms;
mod indicators;
mod jobs;
mod life;
mod members;
mod pages;
mod pages_after;
mod pages_evidence;
mod pages_parts;
mod pages_scope;
mod pages_tasks;
mod playbooks;
mod radius;
mod room;
mod runs;
mod scope;
mod sealing;
mod stix;
mod stix_in;
mod store;
mod store_custody;
mod store_members;
mod store_parts;
mod store_scope;
mod store_tasks;
mod store_timeline;
mod store_updates;
mod tasks;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_after;
#[cfg(test)]
mod tests_evidence;
#[cfg(test)]
mod tests_runs;
#[cfg(test)]
mod tests_scope;
mod timeline;
mod updates;
mod when;
mod words;

pub use archive::{ArchiveError, ArchiveReport, is_archive, verify_archive};
pub use assets::{Asset, NewAsset, add as add_asset, assets, judge as judge_asset};
pub use case::{Aware, Incident, Losses};
pub use cause::{Cause, Controls, PersonControls, cause, state as state_cause};
pub use contacts::{Contact, NewContact, add as add_contact, contacts, remove as remove_contact};
pub use custody::{Custody, CustodyAct, custody};
pub use evidence::{Archived, Written, to_archive, to_files};
pub use evidence_part::{EvidenceFile, EvidencePart};
pub use findings::{Finding, FindingState, add as add_finding, end as end_finding, findings};
pub use indicators::{Indicator, IndicatorFormat, NewIndicator, hand_out, indicators, note as note_indicator};
pub use life::{NewCase, by_id, classify, confirm, contain, end, ending, open, others, page, registered, summary};
pub use members::{Member, MemberRef, add as add_member, join, members, remove as remove_member, role, writable};
pub use playbooks::{Csf, Playbook, PlaybookError, Run, Step, playbooks};
pub use radius::{
    Cited, Counted, PlaceCount, counted, counted_of, freeze as freeze_radius, keep as keep_radius, questions,
    view as view_radius,
};
pub use runs::{Machine, run as run_task, run_all};
pub use scope::{contained as containments, set_window};
pub use stix_in::{TakenIn, take_in as take_in_indicators};
pub use tasks::{
    NewTask, Task, TaskState, add as add_task, assign as assign_task, finish as finish_task, take as take_playbook,
    tasks,
};
pub use timeline::{Line, NewLine, lines, machine, note, pin};
pub use updates::{Update, set_cadence, teach, tell, training, updates};
pub use words::{AssetKind, CaseRole, Category, CauseKind, Compromise, IndicatorKind, Outcome, Severity, Status, Tlp};

use http::Method;
use waxwing_app::App;
use waxwing_domain::Action;
use waxwing_http::{Routes, api};
use waxwing_store::JobRegistry;

/// The jobs of this feature.
pub(crate) fn jobs(registry: &mut JobRegistry, app: &App) {
    jobs::register(registry, app);
}

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
        .page(Method::GET, &case("/after"), read, pages_after::show)
        .page(Method::GET, &case("/contacts"), read, pages_after::sheet)
        .page(Method::POST, &case("/contacts"), write, pages_after::add_contact)
        .page(Method::POST, &case("/contacts/{part}/remove"), write, pages_after::remove_contact)
        .page(Method::POST, &case("/updates"), write, pages_after::tell)
        .page(Method::POST, &case("/cadence"), write, pages_after::cadence)
        .page(Method::POST, &case("/findings"), write, pages_after::add_finding)
        .page(Method::POST, &case("/findings/{part}"), write, pages_after::end_finding)
        .page(Method::POST, &case("/training"), write, pages_after::teach)
        .page(Method::GET, &case("/evidence"), read, pages_evidence::show)
        .page(Method::POST, &case("/evidence"), Action::RecordRead, pages_evidence::take_out)
        .page(Method::POST, &case("/evidence/view"), Action::RecordRead, pages_evidence::view)
        .page(Method::GET, &case("/tasks"), read, pages_tasks::show)
        .page(Method::POST, &case("/tasks"), write, pages_tasks::add)
        .page(Method::POST, &case("/tasks/take"), write, pages_tasks::take)
        .page(Method::POST, &case("/tasks/run"), write, pages_tasks::run_all)
        .page(Method::POST, &case("/tasks/{part}/run"), write, pages_tasks::run)
        .page(Method::POST, &case("/tasks/{part}/assign"), write, pages_tasks::assign)
        .page(Method::POST, &case("/tasks/{part}/finish"), write, pages_tasks::finish)
        .page(Method::POST, &case("/join"), Action::IncidentsLead, pages::join)
        .page(Method::POST, &case("/classify"), write, pages::classify)
        .page(Method::POST, &case("/window"), write, pages_scope::window)
        .page(Method::POST, &case("/radius"), Action::RecordRead, pages_scope::freeze)
        .page(Method::POST, &case("/radius/keep"), Action::RecordRead, pages_scope::keep)
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
        .page(Method::POST, &case("/indicators/bundle"), write, pages_parts::take_in)
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
    let routes = api!(routes, write, api_parts::note_indicator);
    let routes = api!(routes, write, api_parts::take_in);
    let routes = api!(routes, write, api_scope::window);
    let routes = api!(routes, read, api_scope::counted);
    let routes = api!(routes, Action::RecordRead, api_scope::freeze);
    let routes = api!(routes, read, api_after::updates);
    let routes = api!(routes, write, api_after::tell);
    let routes = api!(routes, read, api_after::findings);
    let routes = api!(routes, write, api_after::add_finding);
    let routes = api!(routes, write, api_after::end_finding);
    let routes = api!(routes, read, api_tasks::index);
    let routes = api!(routes, write, api_tasks::take);
    let routes = api!(routes, write, api_tasks::run);
    let routes = api!(routes, read, api_evidence::custody);
    api!(routes, Action::RecordRead, api_evidence::archive)
}
