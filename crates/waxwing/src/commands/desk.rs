//! What commands about cases share: one transaction for one act, looks that are recorded, lists for people and programs.

use super::Host;
use crate::house;
use crate::output::Output;
use anyhow::Context as _;
use serde_json::{Value, json};
use waxwing_app::{App, accounts};
use waxwing_domain::{AccountId, Ctx, EmailAddress, IncidentId, Micros, Operation};
use waxwing_store::{Entry, Tx};

/// Where the host sits.
pub struct Desk {
    /// The application, at the workspace that was named.
    pub app: App,
    /// The host.
    pub ctx: Ctx,
    /// Where to speak.
    pub output: Output,
}

impl Desk {
    /// Opens the application for `purpose`, which stands in the record.
    pub async fn open(host: &Host, purpose: &'static str) -> anyhow::Result<Self> {
        let app = host.open().await?;
        let ctx = app.host().with_purpose(purpose);
        Ok(Self { app, ctx, output: host.output })
    }
    /// Ends the work: what was recorded is numbered; gives what came of it.
    pub async fn close(self, done: anyhow::Result<Value>) -> anyhow::Result<Value> {
        house::close(&self.app).await?;
        done
    }
    /// Does something in one named transaction.
    pub async fn change<T>(
        &self,
        what: &'static str,
        act: impl AsyncFnOnce(&mut Tx) -> waxwing_app::Result<T>,
    ) -> anyhow::Result<T> {
        let mut tx = self.app.begin(&self.ctx, what).await?;
        let done = act(&mut tx).await?;
        tx.commit().await?;
        Ok(done)
    }
    /// Looks at something of a case; that it was looked at is recorded before it is shown.
    pub async fn look<T>(
        &self,
        (what, case): (&'static str, IncidentId),
        act: impl AsyncFnOnce(&mut Tx) -> waxwing_app::Result<T>,
    ) -> anyhow::Result<T> {
        let mut tx = self.app.read(&self.ctx, what).await?;
        let seen = act(&mut tx).await?;
        drop(tx);
        let entry = Entry::new(Operation::Read, what).on("incident", case.as_i64()).to("cli");
        self.app.store().disclose(&self.ctx, entry).await?;
        Ok(seen)
    }
    /// A line for people and an object for programs, each; `nothing` where there is none.
    pub fn listed(&self, name: &str, nothing: &str, rows: impl IntoIterator<Item = (String, Value)>) -> Value {
        let mut all = Vec::new();
        for (line, row) in rows {
            self.output.say(line);
            all.push(row);
        }
        if all.is_empty() {
            self.output.say(nothing);
        }
        json!({ name: all })
    }
    /// Says that something was done, and gives `answer`.
    pub fn said(&self, words: &str, answer: Value) -> Value {
        self.output.say(words);
        answer
    }
    /// A moment that was typed, or now.
    pub fn moment(&self, typed: Option<&str>) -> anyhow::Result<Micros> {
        self.moment_or(typed, self.ctx.now())
    }
    /// A moment that was typed, or `other`.
    pub fn moment_or(&self, typed: Option<&str>, other: Micros) -> anyhow::Result<Micros> {
        let Some(text) = typed else { return Ok(other) };
        let stamp: jiff::Timestamp = text.parse().context("write the time like 2026-11-22T10:05:00Z")?;
        Ok(Micros::from_i64(stamp.as_microsecond()))
    }
    /// The account of somebody who signs in.
    pub async fn person(&self, email: &str) -> anyhow::Result<AccountId> {
        let mut tx = self.app.read(&self.ctx, "accounts.by_email").await?;
        let found = accounts::by_email(&self.app, &mut tx, &EmailAddress::parse(email)?).await?;
        Ok(found.context("nobody signs in with this address")?.id)
    }
}

/// A word of a list; what is wrong with it names the list.
pub fn word<T: Copy>(typed: &str, all: &[T], name: fn(T) -> &'static str) -> anyhow::Result<T> {
    let found = all.iter().copied().find(|one| name(*one) == typed);
    let words = || all.iter().map(|one| name(*one)).collect::<Vec<_>>().join(", ");
    found.with_context(|| format!("there is no {typed}; there are {}", words()))
}
