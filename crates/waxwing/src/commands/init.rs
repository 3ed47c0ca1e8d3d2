//! `waxwing init`: founds an installation and prints the first owner's one-time link, which is kept
//! nowhere in clear.

use super::Host;
use crate::cli::Init;
use crate::founding::{self, Founder};
use crate::house;
use anyhow::Context as _;
use serde_json::{Value, json};
use waxwing_domain::EmailAddress;

/// Runs the command.
pub async fn run(init: Init, host: Host) -> anyhow::Result<Value> {
    let owner = EmailAddress::parse(&init.owner).context("--owner")?;
    let founder = Founder { owner, sender: init.organisation.zip(init.postal) };
    let (app, link) = founding::found(&host.config, founder, host.config.listen).await?;
    founding::write_settings(&host.config, init.public_url.as_deref())?;
    house::close(&app).await?;
    tell(&host, &link);
    let keys = &host.config.keys;
    Ok(json!({ "link": link, "data": host.config.data, "root_key": keys.root, "key_ring": keys.ring }))
}

fn tell(host: &Host, link: &str) {
    let say = |line: String| host.output.say(line);
    let (data, keys) = (host.config.data.display(), &host.config.keys);
    say(format!("Waxwing is ready in {data}."));
    say(format!("Keys: {} and {}.", keys.root.display(), keys.ring.display()));
    say("Keep copies of both key files away from this machine: without them nothing sealed can ever be read again."
        .into());
    say(format!("\nStart it:   waxwing serve --data {data}"));
    say(format!("Then open, once, as the first owner:\n\n    {link}\n"));
    say("If you serve it under another address, the link begins with that one.".into());
    say("It ends after seven days; `waxwing account link` makes another.".into());
}
