//! What a case says: lines of its timeline, what it touches, how it came about, what others can look for.

use crate::cli::{CaseAsset, CaseIndicator};
use crate::commands::desk::{Desk, word};
use anyhow::Context as _;
use serde_json::{Value, json};
use std::path::Path;
use waxwing_breach::incidents::{
    self, Asset, AssetKind, Category, CauseKind, Compromise, Indicator, IndicatorFormat, IndicatorKind, NewAsset,
    NewIndicator, NewLine, Tlp,
};
use waxwing_domain::{CasePartId, IncidentId};

pub(super) async fn note(
    desk: &Desk,
    id: IncidentId,
    (text, category, at): (String, &str, Option<&str>),
) -> anyhow::Result<Value> {
    let category = word(category, Category::ALL, Category::as_str)?;
    let (at, zone, source) = (desk.moment(at)?, "UTC".into(), "waxwing incident".into());
    let new = NewLine { at, zone, category, source, text, corrects: None };
    let line =
        desk.change("incidents.note", async |tx| incidents::note(&desk.app, tx, &desk.ctx, id, new).await).await?;
    Ok(desk.said("written on the timeline", json!({ "line": line })))
}

pub(super) async fn pin(desk: &Desk, id: IncidentId, (entry, category): (i64, &str)) -> anyhow::Result<Value> {
    let category = word(category, Category::ALL, Category::as_str)?;
    let pinned = async |tx: &mut _| incidents::pin(&desk.app, tx, &desk.ctx, id, entry, category).await;
    let line = desk.change("incidents.pin", pinned).await?;
    Ok(desk.said("the entry stands on the timeline", json!({ "line": line })))
}

pub(super) async fn cause(desk: &Desk, id: IncidentId, stated: Option<(String, String)>) -> anyhow::Result<Value> {
    let (app, ctx) = (&desk.app, &desk.ctx);
    if let Some((kind, text)) = stated {
        let kind = word(&kind, CauseKind::ALL, CauseKind::as_str)?;
        desk.change("incidents.cause", async |tx| incidents::state_cause(app, tx, ctx, id, kind, &text).await).await?;
    }
    let cause = desk.look(("incidents.cause", id), async |tx| incidents::cause(app, tx, ctx, id).await).await?;
    let Some(cause) = cause else {
        return Ok(desk.said("Nobody has stated how it came about.", json!({ "cause": null })));
    };
    desk.output.say(format!("{}: {}", cause.kind.said(), cause.text));
    Ok(json!({ "cause": { "kind": cause.kind.as_str(), "text": cause.text, "controls": cause.controls } }))
}

pub(super) async fn asset(desk: &Desk, command: CaseAsset) -> anyhow::Result<Value> {
    match command {
        CaseAsset::List(id) => assets(desk, id.case.parse()?).await,
        CaseAsset::Add { case, kind, name, number, compromised } => {
            let kind = word(&kind, AssetKind::ALL, AssetKind::as_str)?;
            let compromise = word(&compromised, Compromise::ALL, Compromise::as_str)?;
            let (id, new) = (case.parse()?, NewAsset { kind, name, number, compromise });
            let added = async |tx: &mut _| incidents::add_asset(&desk.app, tx, &desk.ctx, id, new).await;
            let asset = desk.change("incidents.add_asset", added).await?;
            Ok(desk.said("noted", json!({ "asset": asset })))
        }
        CaseAsset::Judge { case, asset, compromised } => {
            let compromise = word(&compromised, Compromise::ALL, Compromise::as_str)?;
            let (id, asset): (IncidentId, CasePartId) = (case.parse()?, asset.parse()?);
            let judged =
                async |tx: &mut _| incidents::judge_asset(&desk.app, tx, &desk.ctx, id, asset, compromise).await;
            desk.change("incidents.judge_asset", judged).await?;
            Ok(desk.said("saved", json!({ "asset": asset, "compromise": compromise.as_str() })))
        }
    }
}

async fn assets(desk: &Desk, id: IncidentId) -> anyhow::Result<Value> {
    let found = async |tx: &mut _| incidents::assets(&desk.app, tx, &desk.ctx, id).await;
    let found = desk.look(("incidents.assets", id), found).await?;
    let row = |one: &Asset| {
        let (kind, compromise, number) = (one.kind.as_str(), one.compromise.as_str(), one.number());
        let line = format!(
            "{}  {kind:8}  {compromise:7}  {}  {}",
            one.id,
            number.as_deref().unwrap_or("            -"),
            one.name
        );
        let value = json!({
            "id": one.id, "kind": kind, "compromise": compromise, "number": number, "name": one.name,
        });
        (line, value)
    };
    Ok(desk.listed("assets", "Nothing is named as touched.", found.iter().map(row)))
}

pub(super) async fn take_in(desk: &Desk, id: IncidentId, from: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(from).with_context(|| from.display().to_string())?;
    let taken = async |tx: &mut _| incidents::take_in_indicators(&desk.app, tx, &desk.ctx, id, &text).await;
    let came = desk.change("incidents.take_indicators", taken).await?;
    desk.output.say(format!("{} indicators were taken in; {} objects were left out", came.taken, came.left_out));
    Ok(json!({ "taken": came.taken, "left_out": came.left_out }))
}

pub(super) async fn indicator(desk: &Desk, command: CaseIndicator) -> anyhow::Result<Value> {
    match command {
        CaseIndicator::List(id) => indicators(desk, id.case.parse()?).await,
        CaseIndicator::Note { case, kind, value, tlp } => {
            let kind = word(&kind, IndicatorKind::ALL, IndicatorKind::as_str)?;
            let (now, tlp) = (desk.ctx.now(), word(&tlp, Tlp::ALL, Tlp::as_str)?);
            let (id, new) = (case.parse()?, NewIndicator { kind, value, tlp, seen: (now, now) });
            let noted = async |tx: &mut _| incidents::note_indicator(&desk.app, tx, &desk.ctx, id, new).await;
            let indicator = desk.change("incidents.add_indicator", noted).await?;
            Ok(desk.said("noted", json!({ "indicator": indicator })))
        }
        CaseIndicator::Export { case, tlp, format } => {
            let format = IndicatorFormat::parse(&format).context("the format is stix or csv")?;
            let (id, most) = (case.parse()?, word(&tlp, Tlp::ALL, Tlp::as_str)?);
            let left = async |tx: &mut _| incidents::hand_out(&desk.app, tx, &desk.ctx, id, (format, most)).await;
            let text = desk.change("incidents.export_indicators", left).await?;
            Ok(desk.said(text.trim_end(), json!({ "text": text })))
        }
    }
}

async fn indicators(desk: &Desk, id: IncidentId) -> anyhow::Result<Value> {
    let found = async |tx: &mut _| incidents::indicators(&desk.app, tx, &desk.ctx, id).await;
    let found = desk.look(("incidents.indicators", id), found).await?;
    let row = |one: &Indicator| {
        let (kind, tlp) = (one.kind.as_str(), one.tlp.as_str());
        let value = json!({
            "id": one.id, "kind": kind, "tlp": tlp, "value": one.value,
            "first_seen": one.first_seen, "last_seen": one.last_seen,
        });
        (format!("{}  {kind:10}  {tlp:5}  {}", one.id, one.value), value)
    };
    Ok(desk.listed("indicators", "There is no indicator.", found.iter().map(row)))
}
