//! The register of breaches (GDPR Art. 33(5)): every case, those that were none among them.
//!
//! Promise: facts, effects and remedial action of each breach, and why whoever was not told was not; whoever may join
//! every case sees every row, everybody else the cases that they are in; handing it out is on the record. Limit: it says
//! what cases say; what nobody wrote down is empty, never made up.

use super::kept;
use super::numbers::Numbers;
use super::{merge, packets, store};
use crate::incidents::{self, Incident};
use serde_json::{Value, json};
use waxwing_app::importing::csv_row;
use waxwing_app::{App, Result, settings};
use waxwing_domain::{Action, Ctx, Operation};
use waxwing_law::Facts;
use waxwing_law::facts::Readable;
use waxwing_store::{Entry, Tx};

/// A row of the register.
#[derive(Clone)]
pub struct Registered {
    /// The case.
    pub case: Incident,
    /// What happened, in a person's words.
    pub what: String,
    /// How many people, by the case's facts: for certain, and possibly on top.
    pub people: (u64, u64),
    /// Kinds of data that could be read.
    pub data: Vec<&'static str>,
    /// Likely consequences.
    pub effects: String,
    /// Measures taken and planned.
    pub measures: String,
    /// Whom the case told and when: a rule, or a provider or controller with its name.
    pub told: Vec<(String, String)>,
    /// Why somebody was not told; of a case that ended, how and why too.
    pub why: String,
}

/// How the register is handed out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RegisterFormat {
    /// Comma-separated values (RFC 4180).
    Csv,
    /// JSON.
    Json,
}

impl RegisterFormat {
    /// Reads `csv` or `json`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
    /// Media type and ending of the file.
    pub const fn file(self) -> (&'static str, &'static str) {
        match self {
            Self::Csv => ("text/csv; charset=utf-8", "csv"),
            Self::Json => ("application/json", "json"),
        }
    }
}

/// The rows that whoever asks may see, the newest case first.
pub async fn register(app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Registered>> {
    ctx.authorise(Action::IncidentsRead)?;
    let own = merge::first(&settings::load(tx).await?);
    let mut rows = Vec::new();
    for case in incidents::registered(tx, ctx).await? {
        let stated = match store::stated(tx, case.id).await? {
            Some(row) => kept::stated(app, ctx, case.id, row)?,
            None => own.clone(),
        };
        let numbers = incidents::counted_of(app, tx, ctx, &case).await?.map(|counted| Numbers::of(&counted));
        let met = store::met(tx, case.id).await?;
        let met: Vec<_> = met.into_iter().map(|row| kept::met(app, ctx, case.id, row)).collect::<Result<_>>()?;
        let facts = merge::facts(&case, &stated, numbers.as_ref(), None, &met);
        let parts = stated.parts;
        let what = match parts.what_happened {
            Some(text) => text,
            None => incidents::summary(app, ctx, &case)?,
        };
        let ending = incidents::ending(app, ctx, &case)?;
        let mut told: Vec<(String, String)> = met.iter().map(|met| (met.rule.clone(), met.at.to_string())).collect();
        told.extend(packets::told(app, tx, ctx, case.id).await?);
        rows.push(Registered {
            what,
            people: people(&facts),
            data: facts.data.iter().filter(|one| one.readable != Readable::No).map(|one| one.kind.label()).collect(),
            effects: parts.consequences.unwrap_or_default(),
            measures: parts.measures.unwrap_or_default(),
            told,
            why: [parts.reasons.unwrap_or_default(), ending]
                .into_iter()
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
            case,
        });
    }
    Ok(rows)
}

fn people(facts: &Facts) -> (u64, u64) {
    let sure = facts.certain();
    (sure, facts.everybody().saturating_sub(sure))
}

impl Registered {
    fn cells(&self) -> [String; 14] {
        let at = |at: Option<waxwing_domain::Micros>| at.map(|at| at.to_string()).unwrap_or_default();
        let told: Vec<String> = self.told.iter().map(|(rule, at)| format!("{rule} {at}")).collect();
        [
            self.case.codename.clone(),
            self.case.status.as_str().into(),
            self.case.losses.words().join(" "),
            self.case.suspected_at.to_string(),
            at(self.case.aware.map(|aware| aware.at)),
            at(self.case.contained_at),
            at(self.case.ended_at),
            self.what.clone(),
            self.people.0.to_string(),
            self.people.1.to_string(),
            self.data.join("; "),
            self.effects.clone(),
            self.measures.clone(),
            [told.join("; "), self.why.clone()]
                .into_iter()
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join(" | "),
        ]
    }
    /// As JSON has it.
    pub(super) fn view(&self) -> Value {
        Value::from_iter(COLUMNS.into_iter().map(str::to_owned).zip(self.cells().into_iter().map(Value::from)))
    }
}

/// The columns of the register, as files name them.
const COLUMNS: [&str; 14] = [
    "case",
    "state",
    "losses",
    "suspected_at",
    "known_since",
    "contained_at",
    "ended_at",
    "facts",
    "people_certain",
    "people_possible",
    "data",
    "effects",
    "remedial_action",
    "told_and_reasons",
];

/// Hands the register out; that it left is on the record first.
pub async fn hand_out(app: &App, tx: &mut Tx, ctx: &Ctx, format: RegisterFormat) -> Result<String> {
    let rows = register(app, tx, ctx).await?;
    let detail = json!({ "format": format.file().1, "rows": rows.len() });
    tx.record(app.store(), ctx, Entry::new(Operation::Export, "duties.register").to("file").detail(detail)).await?;
    Ok(match format {
        RegisterFormat::Json => format!("{:#}\n", rows.iter().map(Registered::view).collect::<Value>()),
        RegisterFormat::Csv => {
            let mut text = String::new();
            csv_row(COLUMNS, &mut text);
            for row in &rows {
                csv_row(row.cells().iter().map(String::as_str), &mut text);
            }
            text
        }
    })
}
