//! A colleague with the right to export takes a list home (Customer.io, June 2022: an engineer passed six
//! customers' lists on).

use super::attacker::{self, Hammer};
use super::scene::Scene;
use super::timeline::Side;
use anyhow::ensure;
use waxwing_domain::Role;

const INSIDER: &str = "ivo@larkfield.example";

pub async fn play(scene: &mut Scene) -> anyhow::Result<()> {
    let (account, mut insider) = scene.colleague(INSIDER, Role::PrivacyOfficer).await?;
    let page = "/audience/export";
    let list = scene.list.to_string();
    let file = insider.submit(page, page, &[("list", &list), ("purpose", "Yearly statistics")]).await?;
    ensure!(file.status.is_success(), "the export was refused ({})", file.status);
    let loot = attacker::addresses_of_csv(&file.body);
    let ours: std::collections::BTreeSet<String> = loot.intersection(&scene.people).cloned().collect();
    ensure!(ours == scene.people, "the file holds {} of {} people", ours.len(), scene.people.len());
    scene.timeline.tell(Side::Attacker, format!("exports {} people “for yearly statistics”", ours.len()));
    scene.observe(&["export.begun"], "notes the export: who, when, which list").await?;

    let hammer = Hammer::start(insider, "/audience");
    let done = scene.contain(&format!("account:{account}"), "A list of ours is offered for sale.").await?;
    let last = hammer.end().await?;
    scene.nothing_after(done, last)?;
    scene.numbered().await?;
    scene.measure(&format!("person:{account}"), &ours).await
}
