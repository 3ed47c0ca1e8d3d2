//! API keys in a public repository. One is bound to a network, one is not.

use super::attacker::{self, Hammer};
use super::scene::{Scene, key_from};
use super::timeline::Side;
use anyhow::ensure;
use http::Method;
use waxwing_domain::Scope;

pub async fn play(scene: &mut Scene) -> anyhow::Result<()> {
    let home = vec!["127.0.0.1/32".parse()?];
    let (_, bound) = key_from(&scene.app, "Shop", &[Scope::Read], home).await?;
    let (loose, text) = scene.key("Old sync", &[Scope::Read]).await?;

    let mut thief = attacker::program(scene.server, attacker::address(9), &bound)?;
    let refused = thief.api(Method::GET, "/api/v1/subscribers", None).await?;
    ensure!(!refused.status.is_success(), "a key was taken from a network that it is not for");
    scene.timeline.tell(Side::Attacker, "tries the key of the shop from elsewhere and is refused");
    scene.alerted(&["key.elsewhere"], "raises an alert: a key came from a network that it is not for").await?;

    let mut thief = attacker::program(scene.server, attacker::address(9), &text)?;
    let loot = attacker::read_everybody(&mut thief).await?;
    ensure!(loot == scene.people, "the attacker has {} of {} people", loot.len(), scene.people.len());
    scene.timeline.tell(Side::Attacker, format!("reads {} people with a key that is bound to nothing", loot.len()));

    let hammer = Hammer::start(thief, "/api/v1/subscribers?limit=1");
    let done = scene.contain(&format!("api_key:{loose}"), "A key of ours is in a public repository.").await?;
    let last = hammer.end().await?;
    scene.nothing_after(done, last)?;
    scene.numbered().await?;
    scene.measure(&format!("key:{loose}"), &loot).await
}
