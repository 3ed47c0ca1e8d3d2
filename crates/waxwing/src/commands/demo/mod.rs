//! `waxwing demo`: a whole Waxwing in a temporary place, with providers played on this machine.
//!
//! Promise: nothing leaves the machine: the only relay is the capture server on loopback, everything
//! listens on loopback, and the place is gone at the end. Limit: whoever has an account on this
//! machine can open the same pages; the people in it do not exist.

mod journey;
pub(super) mod stage;
mod tale;

use crate::cli::Demo;
use crate::output::Output;
use crate::process::Ending;
use serde_json::{Value, json};
use stage::Stage;
use waxwing_http::count;

/// Runs the demo.
pub async fn run(demo: Demo, output: Output) -> anyhow::Result<Value> {
    if demo.once {
        return journey::run(output).await;
    }
    let ending = Ending::listen()?;
    output.say("Setting the stage: keys, database, people, a drafted campaign …");
    let mut stage = Stage::set(Some(demo.listen)).await?;
    let people = stage.invite_people(output).await?;
    stage.draft_campaign().await?;
    let answer = json!({ "drills": stage.pages.drills_url(), "link": stage.link, "caught": stage.pages.url(), "people": people });
    tell(&stage, people, output);
    stage.play(ending.asked()).await?;
    Ok(answer)
}

fn tell(stage: &Stage, people: i64, output: Output) {
    output.say(format!(
        "\nWatch an attack and its end, each at the press of a button:\n\n    {}\n",
        stage.pages.drills_url()
    ));
    output.say(format!("Open this and choose a password:\n\n    {}\n", stage.link));
    output.say(format!("What the played mailbox providers caught is on\n\n    {}\n", stage.pages.url()));
    output.say(format!("{} made-up people are on the list, and a campaign is drafted.\n", count(people)));
    output.say("Nothing leaves this machine. Ctrl-C ends the demo and removes all of it.");
}
