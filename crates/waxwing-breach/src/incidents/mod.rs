//! Cases: a suspected or proven breach from its first sign to its end.
//!
//! Promise: only who is in a case finds it; a named person says since when a breach is known, and that starts the
//! clocks; the timeline is added to and never changed, and what the machine says on it names its entry in the access
//! record. Limit: what people write is theirs; the machine vouches for who wrote it and when.
//! States: suspicion → confirmed → contained → closed; suspicion → dismissed.
//! Tables: `incidents`, `incident_members`, `incident_events`, `incident_assets`, `incident_indicators`, `incident_tasks`,
//! `incident_snapshots`, `incident_containments`, `incident_radii`, `incident_counts`, `incident_custody`,
//! `incident_updates`, `incident_contacts`, `incident_findings`, `incident_files`, `incident_training`,
//! `incident_plans`; reads `record_entries`.
//! Events: record `incidents.*`; signals `incidents.opened`, `incidents.confirmed`.
//! Jobs: `incidents.remind` (updates that are overdue, each minute), `incidents.plan` (what of the plan is due, each hour).

mod api;
mod api_after;
mod api_assets;
mod api_evidence;
mod api_files;
mod api_parts;
mod api_people;
mod api_plan;
mod api_scope;
mod api_tasks;
mod api_training;
mod archive;
mod assets;
mod case;
mod cause;
mod clocks;
mod codename;
mod contacts;
mod copied;
mod custody;
mod evidence;
mod evidence_part;
mod evidence_work;
mod files;
mod findings;
mod forms;
mod gathering;
mod indicators;
mod jobs;
mod life;
mod members;
mod pages;
mod pages_after;
mod pages_evidence;
mod pages_files;
mod pages_parts;
mod pages_plan;
mod pages_scope;
mod pages_tasks;
mod pages_training;
mod plan;
mod playbooks;
mod radius;
mod renewals;
mod room;
mod runs;
mod scope;
mod sealing;
mod snapshots;
mod stix;
mod stix_in;
mod store;
mod store_custody;
mod store_files;
mod store_members;
mod store_parts;
mod store_plan;
mod store_scope;
mod store_snapshots;
mod store_tasks;
mod store_timeline;
mod store_training;
mod store_updates;
mod tasks;
mod telling;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_after;
#[cfg(test)]
mod tests_api;
#[cfg(test)]
mod tests_copied;
#[cfg(test)]
mod tests_evidence;
#[cfg(test)]
mod tests_plan;
#[cfg(test)]
mod tests_runs;
#[cfg(test)]
mod tests_scope;
#[cfg(test)]
mod tests_telling;
#[cfg(test)]
mod tests_training;
mod timeline;
mod training;
mod updates;
mod when;
mod words;

pub use archive::{ArchiveError, ArchiveReport, is_archive, verify_archive};
pub use assets::{Asset, NewAsset, add as add_asset, assets, judge as judge_asset};
pub use case::{Aware, Incident, Losses};
pub use cause::{Cause, Controls, PersonControls, cause, state as state_cause};
pub use clocks::Clocks;
pub use contacts::{Contact, NewContact, add as add_contact, contacts, remove as remove_contact};
pub use custody::{Custody, CustodyAct, custody};
pub use evidence::{Archived, Written, to_archive, to_files};
pub use evidence_part::{EvidenceFile, EvidencePart};
pub use files::{CaseFile, LARGEST as LARGEST_FILE, NewFile, files, put as put_file, take as take_file};
pub(crate) use findings::held;
pub use findings::{Finding, FindingState, add as add_finding, end as end_finding, findings};
pub use indicators::{Indicator, IndicatorFormat, NewIndicator, hand_out, indicators, note as note_indicator};
pub use life::{NewCase, by_id, classify, confirm, contain, end, ending, open, others, page, registered, summary};
pub use members::{
    Member, MemberRef, add as add_member, is_member, join, members, remove as remove_member, role, writable,
};
pub(crate) use plan::practised_at;
pub use plan::{Plan, PlanDrill, PlanPerson, Planned, plan, set_plan};
pub use playbooks::{Csf, Playbook, PlaybookError, Run, Step, playbooks};
pub use radius::{
    Cited, Counted, PlaceCount, counted, counted_of, freeze as freeze_radius, keep as keep_radius, questions,
    view as view_radius,
};
pub use runs::{Machine, run as run_task, run_all};
pub use scope::{by_name, contained as containments, set_window};
pub use stix_in::{TakenIn, take_in as take_in_indicators};
pub use tasks::{
    NewTask, Task, TaskState, add as add_task, assign as assign_task, finish as finish_task, take as take_playbook,
    tasks,
};
pub use timeline::{Line, NewLine, lines, machine, note, pin};
pub use training::{Reader, assign as assign_training, have_read as have_read_training, lesson, readers};
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
        .page(Method::GET, "/security/plan", read, pages_plan::show)
        .page(Method::POST, "/security/plan", Action::IncidentsLead, pages_plan::set)
        .page(Method::GET, "/security/plan/sheet", read, pages_plan::sheet)
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
        .page(Method::POST, &case("/training/readers"), write, pages_training::assign)
        .page(Method::GET, "/account/training/{id}", Action::OwnAccount, pages_training::show)
        .page(Method::POST, "/account/training/{id}", Action::OwnAccount, pages_training::have_read)
        .page(Method::GET, &case("/evidence"), read, pages_evidence::show)
        .page(Method::POST, &case("/evidence"), Action::RecordRead, pages_evidence::take_out)
        .page(Method::POST, &case("/evidence/view"), Action::RecordRead, pages_evidence::view)
        .upload(&case("/evidence/files"), write, files::LARGEST as u64 + 65_536, pages_files::put)
        .page(Method::POST, &case("/evidence/files/{part}"), Action::RecordRead, pages_files::take)
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

/// The same for programs. Who leads a case confirms, contains and ends it and says who is in it: a person, never a program.
fn programs(routes: Routes<App>) -> Routes<App> {
    let (read, write) = (Action::IncidentsRead, Action::IncidentsWrite);
    let routes = api!(routes, read, api::index);
    let routes = api!(routes, write, api::open);
    let routes = api!(routes, read, api::show);
    let routes = api!(routes, write, api::classify);
    let routes = api!(routes, read, api_people::members);
    let routes = api!(routes, read, api_people::contacts);
    let routes = api!(routes, write, api_people::add_contact);
    let routes = api!(routes, write, api_people::remove_contact);
    let routes = api!(routes, read, api_after::updates);
    let routes = api!(routes, write, api_after::tell);
    let routes = api!(routes, write, api_after::cadence);
    let routes = api!(routes, read, api_after::findings);
    let routes = api!(routes, write, api_after::add_finding);
    let routes = api!(routes, write, api_after::end_finding);
    let routes = api!(routes, read, api_plan::show);
    let routes = api!(routes, read, api_after::training);
    let routes = api!(routes, write, api_after::teach);
    let routes = api!(routes, read, api_training::readers);
    let routes = api!(routes, write, api_training::assign);
    parts(routes)
}

fn parts(routes: Routes<App>) -> Routes<App> {
    let (read, write, record) = (Action::IncidentsRead, Action::IncidentsWrite, Action::RecordRead);
    let routes = api!(routes, read, api_parts::timeline);
    let routes = api!(routes, write, api_parts::note);
    let routes = api!(routes, record, api_parts::pin);
    let routes = api!(routes, read, api_assets::assets);
    let routes = api!(routes, write, api_assets::add_asset);
    let routes = api!(routes, write, api_assets::judge_asset);
    let routes = api!(routes, read, api_assets::cause);
    let routes = api!(routes, write, api_assets::state_cause);
    let routes = api!(routes, read, api_parts::indicators);
    let routes = api!(routes, write, api_parts::note_indicator);
    let routes = api!(routes, write, api_parts::take_in);
    let routes = api!(routes, read, api_parts::hand_out);
    let routes = api!(routes, write, api_scope::window);
    let routes = api!(routes, read, api_scope::counted);
    let routes = api!(routes, record, api_scope::freeze);
    let routes = api!(routes, record, api_scope::keep);
    let routes = api!(routes, read, api_tasks::index);
    let routes = api!(routes, write, api_tasks::take);
    let routes = api!(routes, write, api_tasks::add);
    let routes = api!(routes, write, api_tasks::run_all);
    let routes = api!(routes, write, api_tasks::run);
    let routes = api!(routes, write, api_tasks::assign);
    let routes = api!(routes, write, api_tasks::finish);
    let routes = api!(routes, read, api_files::index);
    let routes = routes.streamed_operation::<api_files::__path_put, _, _>(write, files::LARGEST as u64, api_files::put);
    let routes = api!(routes, record, api_files::take);
    let routes = api!(routes, read, api_evidence::custody);
    let routes = api!(routes, record, api_evidence::check);
    api!(routes, record, api_evidence::archive)
}
