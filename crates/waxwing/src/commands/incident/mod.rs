//! `waxwing incident`: cases, for when the web is not trusted or not there.
//!
//! Promise: the host sees every case and does in it what a lead does, as the host. Limit: since when a breach is known a
//! person says; the host only passes on who.

mod evidence;
mod files;
mod life;
mod parts;
mod people;
mod plan;
mod tasks;

use super::Host;
use super::desk::Desk;
use crate::cli::Incident;
use serde_json::Value;

/// Runs one of the commands about cases.
pub async fn run(command: Incident, host: Host) -> anyhow::Result<Value> {
    let desk = Desk::open(&host, "waxwing incident").await?;
    let done = dispatch(&desk, command).await;
    desk.close(done).await
}

async fn dispatch(desk: &Desk, command: Incident) -> anyhow::Result<Value> {
    match command {
        Incident::List => life::list(desk).await,
        Incident::Plan { from: None } => plan::show(desk).await,
        Incident::Plan { from: Some(from) } => plan::set(desk, &from).await,
        Incident::Open { summary, loss, severity } => life::open(desk, summary, (&loss, &severity)).await,
        Incident::Show(id) => life::show(desk, id.case.parse()?).await,
        Incident::Classify { id, severity, loss } => life::classify(desk, id.parse()?, (&loss, &severity)).await,
        Incident::Window { id, from, until } => life::window(desk, id.parse()?, (&from, until.as_deref())).await,
        Incident::Confirm { id, by, since } => life::confirm(desk, id.parse()?, (&by, since.as_deref())).await,
        Incident::Contain { id, since } => life::contain(desk, id.parse()?, since.as_deref()).await,
        Incident::End { id, outcome, why } => life::end(desk, id.parse()?, (&outcome, &why)).await,
        Incident::Note { id, text, category, at } => {
            parts::note(desk, id.parse()?, (text, &category, at.as_deref())).await
        }
        Incident::Pin { id, entry, category } => parts::pin(desk, id.parse()?, (entry, &category)).await,
        Incident::Cause { id, kind, text } => parts::cause(desk, id.parse()?, kind.zip(text)).await,
        Incident::Asset(command) => parts::asset(desk, command).await,
        Incident::Indicators { id, from } => parts::take_in(desk, id.parse()?, &from).await,
        Incident::Indicator(command) => parts::indicator(desk, command).await,
        Incident::Evidence { id, dir } => evidence::write(desk, id.parse()?, &dir).await,
        Incident::File(command) => files::run(desk, command).await,
        Incident::Custody(id) => evidence::custody(desk, id.case.parse()?).await,
        Incident::Check(id) => evidence::check(desk, id.case.parse()?).await,
        Incident::Radius(id) => evidence::radius(desk, id.case.parse()?).await,
        Incident::Keep { id, answer } => evidence::keep(desk, id.parse()?, answer).await,
        Incident::Tasks(id) => tasks::list(desk, id.case.parse()?).await,
        Incident::Take { id, playbook } => tasks::take(desk, id.parse()?, &playbook).await,
        Incident::Run { id, task } => tasks::machine(desk, id.parse()?, task).await,
        Incident::Task(command) => tasks::own(desk, command).await,
        Incident::Finding(command) => tasks::finding(desk, command).await,
        Incident::Member(command) => people::member(desk, command).await,
        Incident::Contact(command) => people::contact(desk, command).await,
        Incident::Update(command) => people::update(desk, command).await,
        Incident::Assign { id, to, due } => people::assign(desk, id.parse()?, (to, due.as_deref())).await,
        Incident::Readers(id) => people::readers(desk, id.case.parse()?).await,
        Incident::Teach { id, text } => people::teach(desk, id.parse()?, text).await,
    }
}
