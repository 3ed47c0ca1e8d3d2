//! `waxwing trust`: the trust page, from the host.

use super::Host;
use super::desk::{Desk, word};
use crate::cli::Trust;
use anyhow::Context as _;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use waxwing_breach::notices::{LintRule, Locale};
use waxwing_breach::trust::{self, Checked, Link, NewMeasure, Statement};

/// Runs one of the commands about the trust page.
pub async fn run(command: Trust, host: Host) -> anyhow::Result<Value> {
    let desk = Desk::open(&host, "waxwing trust").await?;
    let done = match command {
        Trust::Show => show(&desk).await,
        Trust::Publish { statements } => publish(&desk, &statements).await,
        Trust::Links { links } => set_links(&desk, &links).await,
        Trust::Measure { case, finding, text, language, let_stand } => {
            measure(&desk, (&case, &finding), text, (&language, &let_stand)).await
        }
        Trust::Remove { finding } => remove(&desk, &finding).await,
    };
    desk.close(done).await
}

async fn show(desk: &Desk) -> anyhow::Result<Value> {
    let mut tx = desk.app.read(&desk.ctx, "trust.show").await?;
    let published = trust::published(&mut tx).await?;
    let checked = trust::check(&desk.app, &mut tx, &desk.ctx).await?;
    desk.output.say(format!("{}{}\n", desk.app.config().public_url, trust::path(desk.ctx.workspace)));
    let row = |Checked { statement, holds, at, tenths }: Checked| {
        let on = published.contains(&statement);
        let stands = match (on, holds) {
            (true, true) => "public",
            (true, false) => "hidden: not true now",
            (false, true) => "could be published",
            (false, false) => "not true now",
        };
        let value =
            json!({ "statement": statement.as_str(), "published": on, "holds": holds, "at": at, "tenths": tenths });
        (format!("{:14}  {stands}", statement.as_str()), value)
    };
    Ok(desk.listed("statements", "There is no statement.", checked.into_iter().map(row)))
}

async fn set_links(desk: &Desk, links: &[String]) -> anyhow::Result<Value> {
    let read = links.iter().map(|line| Link::parse(line)).collect::<Result<Vec<_>, _>>()?;
    let count = read.len();
    desk.change("trust.set_links", async |tx| trust::set_links(&desk.app, tx, &desk.ctx, read).await).await?;
    Ok(desk.said("saved", json!({ "links": count })))
}

async fn measure(
    desk: &Desk,
    (case, finding): (&str, &str),
    text: String,
    (language, let_stand): (&str, &[String]),
) -> anyhow::Result<Value> {
    let locale = Locale::parse(language).context("the language is en, de, fr or es")?;
    let rules: Option<Vec<LintRule>> = let_stand.iter().map(|word| LintRule::parse(word)).collect();
    let new = NewMeasure { text, locale, overruled: rules.context("there is no such rule")? };
    let of = (case.parse()?, finding.parse()?);
    desk.change("trust.add_measure", async |tx| trust::add_measure(&desk.app, tx, &desk.ctx, of, &new).await).await?;
    Ok(desk.said("published, while it holds", json!({ "finding": finding })))
}

async fn remove(desk: &Desk, finding: &str) -> anyhow::Result<Value> {
    let id = finding.parse()?;
    desk.change("trust.remove_measure", async |tx| trust::remove_measure(&desk.app, tx, &desk.ctx, id).await).await?;
    Ok(desk.said("taken off the page", json!({ "finding": finding })))
}

async fn publish(desk: &Desk, words: &[String]) -> anyhow::Result<Value> {
    let read = words.iter().map(|typed| word(typed, &Statement::ALL, Statement::as_str));
    let statements = read.collect::<anyhow::Result<BTreeSet<Statement>>>()?;
    desk.change("trust.publish", async |tx| trust::publish(&desk.app, tx, &desk.ctx, &statements).await).await?;
    let said = if statements.is_empty() { "nothing is public any more" } else { "published, each while it is true" };
    Ok(desk.said(said, json!({ "statements": words })))
}
