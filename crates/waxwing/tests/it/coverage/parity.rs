//! What a page of a case, of its duties, notices, public page, messages, of the trust page, of who was touched or of the
//! registry of fields does, a program and the command line do too, or it says here why not. Limit: that two ways do the same is for their own tests to show.

use By::{Same, Why};
use std::process::{Command, Stdio};
use waxwing_http::{Kind, RouteInfo};

/// Where the pages are that are held to this.
const PAGES: [&str; 6] = [
    "/security/incidents",
    "/security/plan",
    "/security/register",
    "/security/trust",
    "/security/who-was-touched",
    "/audience/fields",
];

/// By what else something is done.
#[derive(Clone, Copy, Debug)]
enum By {
    /// This route, or these words of the command line.
    Same(&'static str),
    /// Not at all, for this reason.
    Why(&'static str),
}

const LED: By = Why("who leads a case decides this, and a program leads none");
const PROVEN: By = Why("a person orders this, with a fresh proof and another person's yes");
const HOST: By = Why("the host sees every case without joining");
const FORM: By = Why("an empty form");
const PLANNED: By = Why("who may join every case writes the plan, and no program may");
const SIGNED: By = Why("a judgement is signed by a person who is signed in");

/// Each page with its twins: for programs, and on the command line.
const TWINS: &[(&str, By, By)] = &[
    ("GET /security/incidents", Same("GET /api/v1/incidents"), Same("incident list")),
    ("GET /security/incidents/new", FORM, FORM),
    ("POST /security/incidents", Same("POST /api/v1/incidents"), Same("incident open")),
    ("GET /security/incidents/{id}", Same("GET /api/v1/incidents/{id}"), Same("incident show")),
    ("GET /security/incidents/{id}/details", Same("GET /api/v1/incidents/{id}/assets"), Same("incident asset list")),
    ("GET /security/incidents/{id}/after", Same("GET /api/v1/incidents/{id}/updates"), Same("incident update list")),
    (
        "GET /security/incidents/{id}/contacts",
        Same("GET /api/v1/incidents/{id}/contacts"),
        Same("incident contact list"),
    ),
    (
        "POST /security/incidents/{id}/contacts",
        Same("POST /api/v1/incidents/{id}/contacts"),
        Same("incident contact add"),
    ),
    (
        "POST /security/incidents/{id}/contacts/{part}/remove",
        Same("DELETE /api/v1/incidents/{id}/contacts/{contact}"),
        Same("incident contact remove"),
    ),
    (
        "POST /security/incidents/{id}/updates",
        Same("POST /api/v1/incidents/{id}/updates"),
        Same("incident update tell"),
    ),
    (
        "POST /security/incidents/{id}/cadence",
        Same("PUT /api/v1/incidents/{id}/cadence"),
        Same("incident update every"),
    ),
    (
        "POST /security/incidents/{id}/findings",
        Same("POST /api/v1/incidents/{id}/findings"),
        Same("incident finding add"),
    ),
    (
        "POST /security/incidents/{id}/findings/{part}",
        Same("POST /api/v1/incidents/{id}/findings/{finding}"),
        Same("incident finding end"),
    ),
    ("POST /security/incidents/{id}/training", Same("PUT /api/v1/incidents/{id}/training"), Same("incident teach")),
    (
        "POST /security/incidents/{id}/training/readers",
        Same("POST /api/v1/incidents/{id}/training/readers"),
        Same("incident assign"),
    ),
    ("GET /security/incidents/{id}/evidence", Same("GET /api/v1/incidents/{id}/custody"), Same("incident custody")),
    ("POST /security/incidents/{id}/evidence", Same("POST /api/v1/incidents/{id}/evidence"), Same("incident evidence")),
    (
        "POST /security/incidents/{id}/evidence/view",
        Same("POST /api/v1/incidents/{id}/evidence/check"),
        Same("incident check"),
    ),
    (
        "POST /security/incidents/{id}/evidence/files",
        Same("POST /api/v1/incidents/{id}/files"),
        Same("incident file put"),
    ),
    (
        "POST /security/incidents/{id}/evidence/files/{part}",
        Same("POST /api/v1/incidents/{id}/files/{file}"),
        Same("incident file take"),
    ),
    ("GET /security/incidents/{id}/tasks", Same("GET /api/v1/incidents/{id}/tasks"), Same("incident tasks")),
    ("POST /security/incidents/{id}/tasks", Same("POST /api/v1/incidents/{id}/tasks"), Same("incident task add")),
    ("POST /security/incidents/{id}/tasks/take", Same("POST /api/v1/incidents/{id}/playbooks"), Same("incident take")),
    ("POST /security/incidents/{id}/tasks/run", Same("POST /api/v1/incidents/{id}/tasks/run"), Same("incident run")),
    (
        "POST /security/incidents/{id}/tasks/{part}/run",
        Same("POST /api/v1/incidents/{id}/tasks/{task}/run"),
        Same("incident run"),
    ),
    (
        "POST /security/incidents/{id}/tasks/{part}/assign",
        Same("PUT /api/v1/incidents/{id}/tasks/{task}/owner"),
        Same("incident task assign"),
    ),
    (
        "POST /security/incidents/{id}/tasks/{part}/finish",
        Same("POST /api/v1/incidents/{id}/tasks/{task}/finish"),
        Same("incident task finish"),
    ),
    ("POST /security/incidents/{id}/join", Why("a person puts a key into a case by opening it with that key"), HOST),
    (
        "POST /security/incidents/{id}/classify",
        Same("PUT /api/v1/incidents/{id}/classification"),
        Same("incident classify"),
    ),
    ("POST /security/incidents/{id}/window", Same("PUT /api/v1/incidents/{id}/window"), Same("incident window")),
    ("POST /security/incidents/{id}/radius", Same("POST /api/v1/incidents/{id}/radius"), Same("incident radius")),
    (
        "POST /security/incidents/{id}/radius/keep",
        Same("POST /api/v1/incidents/{id}/radius/keep"),
        Same("incident keep"),
    ),
    ("POST /security/incidents/{id}/confirm", LED, Same("incident confirm")),
    ("POST /security/incidents/{id}/contain", LED, Same("incident contain")),
    ("POST /security/incidents/{id}/end", LED, Same("incident end")),
    ("POST /security/incidents/{id}/timeline", Same("POST /api/v1/incidents/{id}/timeline"), Same("incident note")),
    ("POST /security/incidents/{id}/pin", Same("POST /api/v1/incidents/{id}/timeline/entry"), Same("incident pin")),
    ("POST /security/incidents/{id}/members", LED, Same("incident member put")),
    ("POST /security/incidents/{id}/members/remove", LED, Same("incident member remove")),
    ("POST /security/incidents/{id}/assets", Same("POST /api/v1/incidents/{id}/assets"), Same("incident asset add")),
    (
        "POST /security/incidents/{id}/assets/{part}",
        Same("PUT /api/v1/incidents/{id}/assets/{asset}"),
        Same("incident asset judge"),
    ),
    (
        "POST /security/incidents/{id}/indicators",
        Same("POST /api/v1/incidents/{id}/indicators"),
        Same("incident indicator note"),
    ),
    (
        "POST /security/incidents/{id}/indicators/bundle",
        Same("POST /api/v1/incidents/{id}/indicators/bundle"),
        Same("incident indicators"),
    ),
    (
        "POST /security/incidents/{id}/indicators/export",
        Same("POST /api/v1/incidents/{id}/indicators/export"),
        Same("incident indicator export"),
    ),
    ("POST /security/incidents/{id}/cause", Same("PUT /api/v1/incidents/{id}/cause"), Same("incident cause")),
    ("GET /security/incidents/{id}/duties", Same("GET /api/v1/incidents/{id}/duties"), Same("duties show")),
    ("POST /security/incidents/{id}/duties/sign", SIGNED, SIGNED),
    ("POST /security/incidents/{id}/duties/met", Same("POST /api/v1/incidents/{id}/duties/met"), Same("duties met")),
    (
        "POST /security/incidents/{id}/duties/draft",
        Same("GET /api/v1/incidents/{id}/duties/drafts/{draft}"),
        Same("duties draft"),
    ),
    ("GET /security/incidents/{id}/duties/facts", Same("GET /api/v1/incidents/{id}/duties"), Same("duties facts")),
    (
        "POST /security/incidents/{id}/duties/facts",
        Same("PUT /api/v1/incidents/{id}/duties/facts"),
        Same("duties facts"),
    ),
    (
        "POST /security/incidents/{id}/duties/words",
        Same("PUT /api/v1/incidents/{id}/duties/words"),
        Same("duties words"),
    ),
    ("GET /security/incidents/{id}/duties/packets", Same("GET /api/v1/incidents/{id}/packets"), Same("duties packets")),
    (
        "POST /security/incidents/{id}/duties/packets",
        Same("POST /api/v1/incidents/{id}/packets"),
        Same("duties address"),
    ),
    (
        "POST /security/incidents/{id}/duties/packets/{part}",
        Same("PATCH /api/v1/incidents/{id}/packets/{packet}"),
        Same("duties packet"),
    ),
    (
        "POST /security/incidents/{id}/duties/packets/{part}/text",
        Same("GET /api/v1/incidents/{id}/packets"),
        Same("duties packets"),
    ),
    ("GET /security/register", Same("GET /api/v1/register"), Same("duties register")),
    ("POST /security/register", Same("GET /api/v1/register"), Same("duties register")),
    ("GET /security/incidents/{id}/notices", Same("GET /api/v1/incidents/{id}/notices"), Same("notice list")),
    ("POST /security/incidents/{id}/notices", Same("POST /api/v1/incidents/{id}/notices"), Same("notice new")),
    (
        "GET /security/incidents/{id}/notices/{part}",
        Same("GET /api/v1/incidents/{id}/notices/{part}"),
        Same("notice show"),
    ),
    (
        "POST /security/incidents/{id}/notices/{part}",
        Same("PATCH /api/v1/incidents/{id}/notices/{part}"),
        Same("notice words"),
    ),
    (
        "POST /security/incidents/{id}/notices/{part}/say",
        Same("POST /api/v1/incidents/{id}/notices/{part}/say"),
        Same("notice say"),
    ),
    (
        "POST /security/incidents/{id}/notices/{part}/withdraw",
        Same("POST /api/v1/incidents/{id}/notices/{part}/withdraw"),
        Same("notice withdraw"),
    ),
    ("POST /security/incidents/{id}/notices/{part}/send", PROVEN, Same("notice send")),
    ("POST /security/incidents/{id}/notices/{part}/act", PROVEN, Same("notice act")),
    (
        "POST /security/incidents/{id}/notices/{part}/proof",
        Same("GET /api/v1/incidents/{id}/notices/{part}/proof"),
        Same("notice proof"),
    ),
    ("GET /security/incidents/{id}/status", Same("GET /api/v1/incidents/{id}/status"), Same("status show")),
    ("POST /security/incidents/{id}/status", Same("PUT /api/v1/incidents/{id}/status"), Same("status make")),
    (
        "POST /security/incidents/{id}/status/update",
        Same("POST /api/v1/incidents/{id}/status/updates"),
        Same("status update"),
    ),
    (
        "POST /security/incidents/{id}/status/close",
        Same("POST /api/v1/incidents/{id}/status/close"),
        Same("status close"),
    ),
    (
        "POST /security/incidents/{id}/status/export",
        Same("GET /api/v1/incidents/{id}/status/files"),
        Same("status export"),
    ),
    ("GET /security/incidents/{id}/support", Same("GET /api/v1/incidents/{id}/support"), Same("support list")),
    (
        "GET /security/incidents/{id}/support/{part}",
        Same("GET /api/v1/incidents/{id}/support/{part}"),
        Same("support show"),
    ),
    (
        "POST /security/incidents/{id}/support/{part}/answer",
        Same("POST /api/v1/incidents/{id}/support/{part}/answer"),
        Same("support answer"),
    ),
    (
        "POST /security/incidents/{id}/support/{part}/close",
        Same("POST /api/v1/incidents/{id}/support/{part}/close"),
        Same("support close"),
    ),
    ("GET /security/plan", Same("GET /api/v1/plan"), Same("incident plan")),
    ("GET /security/plan/sheet", Same("GET /api/v1/plan"), Same("incident plan")),
    ("POST /security/plan", PLANNED, Same("incident plan")),
    ("GET /security/trust", Same("GET /api/v1/trust"), Same("trust show")),
    ("POST /security/trust", Same("PUT /api/v1/trust"), Same("trust publish")),
    ("POST /security/trust/links", Same("PUT /api/v1/trust/links"), Same("trust links")),
    ("POST /security/trust/measures", Same("POST /api/v1/trust/measures"), Same("trust measure")),
    ("POST /security/trust/measures/{id}/remove", Same("DELETE /api/v1/trust/measures/{id}"), Same("trust remove")),
    ("GET /security/who-was-touched", Same("GET /api/v1/blast"), Same("blast")),
    ("GET /security/who-was-touched/people", Same("GET /api/v1/blast/people"), Same("blast people")),
    ("GET /security/who-was-touched/people/{subject}", Same("GET /api/v1/blast/people/{subject}"), Same("blast why")),
    ("POST /security/who-was-touched/freeze", Same("POST /api/v1/blast/frozen"), Same("blast")),
    ("POST /security/who-was-touched/country", Same("PUT /api/v1/blast/country"), Same("duties country")),
    ("GET /security/who-was-touched/frozen/{id}", Same("GET /api/v1/blast/frozen/{id}"), Same("blast show")),
    (
        "POST /security/who-was-touched/frozen/{id}/file",
        Same("POST /api/v1/blast/frozen/{id}/file"),
        Same("blast file"),
    ),
    (
        "POST /security/who-was-touched/frozen/{id}/file/people",
        Same("POST /api/v1/blast/frozen/{id}/file/people"),
        Same("blast file"),
    ),
    ("GET /audience/fields", Same("GET /api/v1/fields"), Same("fields list")),
    ("POST /audience/fields", Same("POST /api/v1/fields"), Same("fields add")),
    ("GET /audience/fields/{key}", Same("GET /api/v1/fields"), Same("fields list")),
    ("POST /audience/fields/{key}", Same("PUT /api/v1/fields/{key}"), Same("fields set")),
    ("POST /audience/fields/{key}/retire", Same("DELETE /api/v1/fields/{key}"), Same("fields retire")),
];

fn named(route: &RouteInfo) -> String {
    format!("{} {}", route.method, route.path)
}

#[test]
fn whatever_a_page_of_a_case_does_a_program_does_too_or_it_is_said_why_not() {
    let routes = waxwing_breach::routes().finish().infos;
    let held = |route: &&RouteInfo| {
        route.kind == Kind::Page
            && PAGES.iter().any(|page| route.path == *page || route.path.starts_with(&format!("{page}/")))
    };
    for route in routes.iter().filter(held) {
        let listed = TWINS.iter().filter(|(page, ..)| *page == named(route)).count();
        assert_eq!(listed, 1, "{} has to stand here once", named(route));
    }
    for (page, program, _) in TWINS {
        assert!(routes.iter().filter(held).any(|route| named(route) == *page), "{page} is listed and does not exist");
        match program {
            Same(twin) => {
                let known = routes.iter().any(|route| route.kind == Kind::Api && named(route) == *twin);
                assert!(known, "{twin}, for {page}, does not exist");
            }
            Why(reason) => assert!(!reason.is_empty(), "{page}"),
        }
    }
}

#[test]
fn whatever_a_page_of_a_case_does_the_command_line_does_too_or_it_is_said_why_not() {
    let mut tried = std::collections::BTreeSet::new();
    for (page, _, host) in TWINS {
        let Same(words) = host else { continue };
        if !tried.insert(words) {
            continue;
        }
        let mut help = Command::new(env!("CARGO_BIN_EXE_waxwing"));
        help.args(words.split(' ')).arg("--help").stdout(Stdio::piped());
        let said = help.output().expect("runs");
        let usage = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(said.status.success() && usage.contains(&format!("waxwing {words}")), "{words}, for {page}: {usage}");
    }
    assert!(tried.len() > 40, "only {} commands were tried", tried.len());
}
