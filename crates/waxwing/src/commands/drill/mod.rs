//! `waxwing drill`: attacks a made-up workspace for real, defends it, and says how long that took.
//!
//! Promise: the attacker speaks HTTP from an address of its own and keeps what it is given; the defence
//! is what a person does on the pages. A drill fails unless what the attacker took is exactly what Waxwing
//! says was touched, and nothing was honoured once containment had returned. Limit: it all runs on this
//! machine, in a temporary place that is gone afterwards; how soon a person notices is not measured here.

mod attacker;
mod insider_export;
mod key_leak;
mod letterbox;
mod mailed;
mod mis_send;
mod opt_out_leak;
mod scene;
mod stolen_backup;
mod stuffing;
mod support_takeover;
mod timeline;

use crate::cli::Drill;
use crate::output::Output;
use anyhow::{Context as _, bail};
use futures::future::BoxFuture;
use scene::Scene;
use serde_json::{Value, json};
use waxwing_demo::drills::DRILLS;

/// Plays a drill on a scene that was set for it.
type Play = for<'a> fn(&'a mut Scene) -> BoxFuture<'a, anyhow::Result<()>>;

/// How a drill goes. What each is modelled on stands at the head of its file.
fn play_of(name: &str) -> Option<Play> {
    Some(match name {
        "credential-stuffing" => |scene| Box::pin(stuffing::play(scene)),
        "support-takeover" => |scene| Box::pin(support_takeover::play(scene)),
        "insider-export" => |scene| Box::pin(insider_export::play(scene)),
        "key-leak" => |scene| Box::pin(key_leak::play(scene)),
        "stolen-backup" => |scene| Box::pin(stolen_backup::play(scene)),
        "opt-out-leak" => |scene| Box::pin(opt_out_leak::play(scene)),
        "mis-send" => |scene| Box::pin(mis_send::play(scene)),
        _ => return None,
    })
}

/// Runs a drill by its name, or lists them.
pub async fn run(command: Drill, output: Output) -> anyhow::Result<Value> {
    let Some(name) = command.name else { return Ok(list(output)) };
    let Some(play) = play_of(&name) else { bail!("there is no drill {name}; there are {}", names().join(", ")) };
    if let Some(drill) = DRILLS.iter().find(|drill| drill.name == name) {
        output.say(format!("{}\n", drill.about));
    }
    let mut scene = Scene::set(output).await?;
    let played = play(&mut scene).await;
    let told = scene.end().await;
    played.with_context(|| format!("the drill {name} did not end as it should"))?;
    told
}

fn names() -> Vec<&'static str> {
    DRILLS.iter().map(|drill| drill.name).collect()
}

fn list(output: Output) -> Value {
    for drill in &DRILLS {
        output.say(format!("{:20} {}", drill.name, drill.about));
    }
    output.say("\nRun one with: waxwing drill NAME. It attacks a workspace of its own in a temporary place.");
    json!({ "drills": names() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_drill_that_is_offered_can_be_played() {
        assert!(names().iter().all(|name| play_of(name).is_some()));
    }
}
