//! Who has a letter: what the blast radius says of a campaign, held against the mailboxes to a person.

use super::scene::{PATIENCE, Scene};
use anyhow::ensure;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use waxwing_demo::capture::Filter;

/// Between two looks, while answers are still on their way: each is two questions of sixty a minute.
const AGAIN: Duration = Duration::from_secs(3);

/// The people of the list in whose mailboxes a letter lies.
pub struct Mailed {
    /// Their mail server said that it took it.
    pub taken: BTreeSet<String>,
    /// Their mail server took it, and the answer was lost.
    pub unanswered: BTreeSet<String>,
}

impl Mailed {
    /// What the mailboxes hold now.
    pub fn now(scene: &Scene) -> Self {
        let with = |verdict| -> BTreeSet<String> {
            let letters = scene.caught.list(&Filter { verdict: Some(verdict), ..Filter::default() }, usize::MAX);
            let to = letters.iter().flat_map(|letter| letter.to.iter().cloned());
            to.filter(|address| scene.people.contains(address)).collect()
        };
        let taken = with("accepted");
        let unanswered = with("reply lost").difference(&taken).cloned().collect();
        Self { taken, unanswered }
    }

    /// How many have it.
    pub fn len(&self) -> usize {
        self.taken.len() + self.unanswered.len()
    }
}

/// Asks whom a campaign reached, once nothing of it leaves any more: the confirmed are exactly those whose server took it,
/// the possible exactly those whose answer was lost. Gives what the mailboxes hold.
pub async fn judge(scene: &mut Scene, campaign: &str) -> anyhow::Result<Mailed> {
    let (begun, who) = (Instant::now(), format!("campaign:{campaign}"));
    loop {
        scene.numbered().await?;
        let (confirmed, possible) = (scene.numbers(&who, "confirmed").await?, scene.numbers(&who, "possible").await?);
        let mailed = Mailed::now(scene);
        let (taken, unanswered) = (scene.numbers_of(&mailed.taken)?, scene.numbers_of(&mailed.unanswered)?);
        if confirmed == taken && possible == unanswered {
            scene.timeline.figure("letters_confirmed", confirmed.len());
            scene.timeline.figure("letters_possible", possible.len());
            return Ok(mailed);
        }
        ensure!(
            begun.elapsed() < PATIENCE,
            "{} are said to have the letter and {} have it; of {} that is said to be possible, and {} have it unanswered",
            confirmed.len(),
            taken.len(),
            possible.len(),
            unanswered.len()
        );
        tokio::time::sleep(AGAIN).await;
    }
}
