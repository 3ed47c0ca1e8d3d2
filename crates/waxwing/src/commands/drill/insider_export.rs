//! A colleague with the right to export takes a list home (Customer.io, June 2022: an engineer passed six
//! customers' lists on). Later somebody writes to a person of the file who does not exist.

use super::attacker::{self, Hammer};
use super::letterbox::{self, Letterbox};
use super::scene::Scene;
use super::timeline::Side;
use anyhow::{Context as _, ensure};
use std::collections::BTreeSet;
use waxwing_app::canaries::MarkKind;
use waxwing_domain::{AccountId, Actor, ExportId, Role};

const INSIDER: &str = "ivo@larkfield.example";

pub async fn play(scene: &mut Scene) -> anyhow::Result<()> {
    let (account, mut insider) = scene.colleague(INSIDER, Role::PrivacyOfficer).await?;
    let letterbox = Letterbox::open(scene).await?;
    let page = "/audience/export";
    let list = scene.list.to_string();
    let file = insider.submit(page, page, &[("list", &list), ("purpose", "Yearly statistics")]).await?;
    ensure!(file.status.is_success(), "the export was refused ({})", file.status);
    let loot = attacker::addresses_of_csv(&file.body);
    let ours: BTreeSet<String> = loot.intersection(&scene.people).cloned().collect();
    ensure!(ours == scene.people, "the file holds {} of {} people", ours.len(), scene.people.len());
    scene.timeline.tell(Side::Attacker, format!("exports {} people “for yearly statistics”", ours.len()));
    scene.observe(&["export.begun"], "notes the export: who, when, which list").await?;
    sold(scene, &letterbox, &loot, account).await?;

    let hammer = Hammer::start(insider, "/audience");
    let done = scene.contain(&format!("account:{account}"), "A list of ours is offered for sale.").await?;
    let last = hammer.end().await?;
    scene.nothing_after(done, last)?;
    scene.numbered().await?;
    letterbox.close().await?;
    scene.measure(&format!("person:{account}"), &ours).await
}

/// Whoever bought the list writes to a part of it, and one of the recipients does not exist: the hit must name this
/// export, this person and when it was.
async fn sold(
    scene: &mut Scene,
    letterbox: &Letterbox,
    loot: &BTreeSet<String>,
    account: AccountId,
) -> anyhow::Result<()> {
    let made_up = letterbox::made_up(loot);
    let target = *made_up.first().context("nobody in the file is made up")?;
    scene.timeline.tell(
        Side::Attacker,
        format!("sells the file; the buyer writes to it, and {} of it do not exist", made_up.len()),
    );
    letterbox.write_to(target).await?;
    scene.alerted(&["canary"], "raises an alert: somebody who does not exist was heard of").await?;
    let mark = letterbox.heard(scene).await?.mark;
    ensure!(mark.kind == MarkKind::Export, "the hit names no export");
    ensure!(matches!(mark.actor, Actor::Account(who, _) if who == account), "the hit names somebody else");
    let exported = ExportId::from_i64(mark.about);
    scene.timeline.tell(Side::Waxwing, format!("names export {exported} of {} and who made it", mark.at));
    scene.timeline.figure("canaries_in_file", made_up.len());
    scene.timeline.figure("canary_names_export", exported.to_string());
    scene.timeline.figure("canary_names_person", account.to_string());
    Ok(())
}
