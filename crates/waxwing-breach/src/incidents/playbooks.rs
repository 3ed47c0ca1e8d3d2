//! Playbooks: what to do for each kind of breach, as versioned data with limits.
//!
//! Promise: each step is tagged to a category of NIST CSF 2.0 (the profile of SP 800-61r3), has a role and a time; a
//! file that breaks a limit fails the tests. Limit: they are a beginning; a case may skip a step
//! with its reason and add its own.

use super::words::{CaseRole, words};
use serde::Deserialize;
use std::sync::LazyLock;

/// Every playbook, as it is shipped.
const SHIPPED: [&str; 7] = [
    include_str!("playbooks/credential-stuffing.toml"),
    include_str!("playbooks/support-takeover.toml"),
    include_str!("playbooks/insider-export.toml"),
    include_str!("playbooks/key-leak.toml"),
    include_str!("playbooks/stolen-backup.toml"),
    include_str!("playbooks/opt-out-leak.toml"),
    include_str!("playbooks/mis-send.toml"),
];
/// The longest file, in bytes.
const LONGEST_FILE: usize = 32_768;
/// Steps of one playbook, at most.
const MOST_STEPS: usize = 40;
/// The longest title or detail, in characters.
const LONGEST: usize = 400;
/// A step is due within this at most: sixty days, in minutes.
const LATEST: i64 = 60 * 24 * 60;

words! {
    /// A category of the NIST Cybersecurity Framework 2.0 that a step serves.
    Csf {
        /// Adverse event analysis.
        DeAe = "DE.AE", "Analyse what was seen";
        /// Incident management.
        RsMa = "RS.MA", "Manage";
        /// Incident analysis.
        RsAn = "RS.AN", "Analyse";
        /// Incident response reporting and communication.
        RsCo = "RS.CO", "Tell";
        /// Incident mitigation.
        RsMi = "RS.MI", "Stop";
        /// Incident recovery plan execution.
        RcRp = "RC.RP", "Recover";
        /// Improvement.
        IdIm = "ID.IM", "Improve";
    }
}

words! {
    /// What of a step the machine can do by itself.
    Run {
        /// Contain what the case calls compromised and can be contained alone.
        Contain = "contain", "Contain what is compromised";
        /// Ask who was touched, freeze the answers and count.
        Radius = "radius", "Find out who was touched";
        /// Check the whole access record, and keep its head and the configuration with the case.
        VerifyRecord = "verify-record", "Check the access record, keep the configuration";
        /// Answer every rule, start its clock and fill its draft.
        Duties = "duties", "Work out the duties and drafts";
        /// Make the evidence and check it.
        Evidence = "evidence", "Make the evidence and check it";
    }
}

/// What to do for one kind of breach.
#[derive(Clone, Debug)]
pub struct Playbook {
    /// Its stable name.
    pub name: String,
    /// Grows with every change.
    pub version: i64,
    /// What it is for.
    pub title: String,
    /// When to take it.
    pub about: String,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// A step of a playbook.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name within the playbook.
    pub id: String,
    /// What it serves.
    pub csf: Csf,
    /// Who does it.
    pub role: CaseRole,
    /// Within how many minutes of its start.
    pub within_minutes: i64,
    /// What is to be done.
    pub title: String,
    /// How.
    pub detail: String,
    /// What of it the machine can do.
    pub run: Option<Run>,
}

/// Why a text is no playbook.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PlaybookError {
    /// Longer than a playbook may be.
    #[error("it is longer than {LONGEST_FILE} bytes")]
    Long,
    /// Not TOML, or not of this form.
    #[error("it is not of the form of a playbook: {0}")]
    Form(String),
    /// A value breaks a limit.
    #[error("{0}")]
    Value(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    version: i64,
    title: String,
    about: String,
    step: Vec<FileStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileStep {
    id: String,
    csf: String,
    role: String,
    within_minutes: i64,
    title: String,
    detail: String,
    #[serde(default)]
    run: Option<String>,
}

impl Playbook {
    /// Reads a playbook.
    ///
    /// # Errors
    /// [`PlaybookError`] for whatever is not one.
    pub fn parse(text: &str) -> Result<Self, PlaybookError> {
        if text.len() > LONGEST_FILE {
            return Err(PlaybookError::Long);
        }
        let file: File = toml::from_str(text).map_err(|error| PlaybookError::Form(error.message().to_owned()))?;
        if file.version < 1 || file.step.is_empty() || file.step.len() > MOST_STEPS {
            return Err(PlaybookError::Value(format!("a playbook has a version from 1 and 1 to {MOST_STEPS} steps")));
        }
        let mut steps: Vec<Step> = Vec::new();
        for step in file.step {
            let step = Step::of(step)?;
            if steps.iter().any(|other| other.id == step.id) {
                return Err(PlaybookError::Value(format!("the step {} stands twice", step.id)));
            }
            steps.push(step);
        }
        let (name, title, about) = (word(file.name)?, sentence(file.title)?, sentence(file.about)?);
        Ok(Self { name, version: file.version, title, about, steps })
    }
}

impl Step {
    fn of(step: FileStep) -> Result<Self, PlaybookError> {
        let value = |what: &str| PlaybookError::Value(format!("{}: {what}", step.id));
        let csf = Csf::parse(&step.csf).ok_or_else(|| value("an unknown category of CSF 2.0"))?;
        let role = CaseRole::parse(&step.role).ok_or_else(|| value("an unknown role"))?;
        if !(1..=LATEST).contains(&step.within_minutes) {
            return Err(value("it is due within 1 minute to 60 days"));
        }
        let run =
            step.run.as_deref().map(|text| Run::parse(text).ok_or_else(|| value("nothing that the machine can do")));
        let run = run.transpose()?;
        let (id, within_minutes) = (word(step.id)?, step.within_minutes);
        Ok(Self { id, csf, role, within_minutes, title: sentence(step.title)?, detail: sentence(step.detail)?, run })
    }
}

/// Small letters, digits and dashes.
fn word(text: String) -> Result<String, PlaybookError> {
    let plain = (1..=60).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if plain {
        Ok(text)
    } else {
        Err(PlaybookError::Value("a name has 1 to 60 small letters, digits and dashes".into()))
    }
}

/// One line that says something.
fn sentence(text: String) -> Result<String, PlaybookError> {
    let fits = !text.trim().is_empty() && text.chars().count() <= LONGEST && !text.chars().any(char::is_control);
    if fits { Ok(text) } else { Err(PlaybookError::Value(format!("a text is one line of 1 to {LONGEST} characters"))) }
}

/// Every playbook that is shipped; a test holds that each of them can be read.
pub fn playbooks() -> &'static [Playbook] {
    static ALL: LazyLock<Vec<Playbook>> =
        LazyLock::new(|| SHIPPED.iter().filter_map(|text| Playbook::parse(text).ok()).collect());
    &ALL
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_shipped_playbook_is_read_and_ends_in_an_improvement() {
        for text in SHIPPED {
            let playbook = Playbook::parse(text).expect("a playbook");
            assert!(playbook.steps.iter().any(|step| step.csf == Csf::IdIm), "{}", playbook.name);
            let done: HashSet<_> = playbook.steps.iter().filter_map(|step| step.run).collect();
            for run in [Run::VerifyRecord, Run::Duties, Run::Evidence] {
                assert!(done.contains(&run), "{} leaves {} to people", playbook.name, run.as_str());
            }
            assert!(playbook.steps.iter().any(|step| step.csf == Csf::RsMi), "{} stops nothing", playbook.name);
        }
        let names: HashSet<_> = playbooks().iter().map(|playbook| playbook.name.as_str()).collect();
        assert_eq!(names.len(), SHIPPED.len());
    }

    #[test]
    fn what_breaks_a_limit_is_no_playbook() {
        let step = |csf: &str, role: &str, within: i64| {
            format!(
                "[[step]]\nid = \"a\"\ncsf = \"{csf}\"\nrole = \"{role}\"\nwithin_minutes = {within}\ntitle = \"t\"\ndetail = \"d\"\n"
            )
        };
        let file = |steps: &str| format!("name = \"x\"\nversion = 1\ntitle = \"t\"\nabout = \"a\"\n{steps}");
        assert!(Playbook::parse(&file(&step("RS.AN", "lead", 5))).is_ok());
        for wrong in [
            file(""),
            file(&step("RS.XX", "lead", 5)),
            file(&step("RS.AN", "king", 5)),
            file(&step("RS.AN", "lead", 0)),
            file(&step("RS.AN", "lead", LATEST + 1)),
            file(&step("RS.AN", "lead", 5).repeat(2)),
            file(&step("RS.AN", "lead", 5)).replace("version = 1", "version = 0"),
            file(&step("RS.AN", "lead", 5)).replace("\"x\"", "\"../x\""),
            file(&step("RS.AN", "lead", 5)) + "run = \"rm -rf\"\n",
            format!("# {}\n", "x".repeat(LONGEST_FILE)),
        ] {
            assert!(Playbook::parse(&wrong).is_err(), "{}", &wrong[..wrong.len().min(200)]);
        }
    }
}
