//! `waxwing doctor`: what is wrong or about to be, each with what to do.
//!
//! Promise: it changes nothing but the record, brings the schema up to date as every command does,
//! and exits with 0 only when nothing is wrong. Limit: it sees this machine; whether mail reaches
//! inboxes, nobody can see from here.

mod files;
mod mail;
mod places;
mod web;
mod work;

use super::Host;
use crate::house;
use serde_json::{Value, json};
use waxwing_app::App;

/// How a check ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// As it should be.
    Good,
    /// Should be seen to.
    Attention,
    /// Must be seen to.
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug)]
pub struct Finding {
    what: &'static str,
    level: Level,
    words: String,
}

impl Finding {
    /// As it should be.
    pub fn good(what: &'static str, words: impl Into<String>) -> Self {
        Self { what, level: Level::Good, words: words.into() }
    }
    /// Should be seen to.
    pub fn attention(what: &'static str, words: impl Into<String>) -> Self {
        Self { what, level: Level::Attention, words: words.into() }
    }
    /// Must be seen to.
    pub fn wrong(what: &'static str, words: impl Into<String>) -> Self {
        Self { what, level: Level::Wrong, words: words.into() }
    }

    const fn word(&self) -> &'static str {
        match self.level {
            Level::Good => "good",
            Level::Attention => "attention",
            Level::Wrong => "wrong",
        }
    }
}

/// What is of a workspace, for each of them; where there are several, the words begin with which.
async fn workspaces(app: &App) -> anyhow::Result<Vec<Finding>> {
    let all = app.store().workspaces().await?;
    let mut findings = Vec::new();
    for workspace in &all {
        let app = app.at(workspace.id);
        let mut found = work::look(&app).await?;
        found.extend(mail::look(&app).await?);
        if all.len() > 1 {
            found.iter_mut().for_each(|finding| finding.words = format!("{}: {}", workspace.word, finding.words));
        }
        findings.extend(found);
    }
    Ok(findings)
}

/// Looks at everything.
pub async fn run(host: Host) -> anyhow::Result<Value> {
    let mut findings = files::look(&host.config);
    findings.extend(web::look(&host.config));
    findings.push(places::look(&host.config));
    match house::open(&host.config).await {
        Ok(app) => {
            findings.push(Finding::good("database", format!("opens; schema {}", waxwing_store::schema_version())));
            findings.extend(workspaces(&app).await?);
            house::close(&app).await?;
        }
        Err(error) => findings.push(Finding::wrong("database", format!("{error:#}"))),
    }
    for finding in &findings {
        host.output.say(format!("{:<10} {:<14} {}", finding.word(), finding.what, finding.words));
    }
    let wrong = findings.iter().filter(|finding| finding.level == Level::Wrong).count();
    if wrong > 0 {
        anyhow::bail!("{wrong} of {} checks found something wrong", findings.len());
    }
    let list: Vec<Value> =
        findings.iter().map(|f| json!({ "what": f.what, "level": f.word(), "words": f.words })).collect();
    Ok(json!({ "findings": list }))
}
