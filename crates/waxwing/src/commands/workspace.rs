//! `waxwing workspace`: several organisations in one installation, each with keys, people and staff
//! of its own.
//!
//! Promise: a workspace is made by whoever holds the machine and by nobody else; a running server
//! picks it up within seconds. Limit: there is no command that takes one away again.

use super::Host;
use crate::cli::Workspace;
use crate::founding::{self, Founder};
use crate::house;
use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use waxwing_app::App;
use waxwing_domain::{EmailAddress, WorkspaceWord};
use waxwing_store::StoreError;

/// Makes a workspace, or lists them.
pub async fn run(command: Workspace, host: Host) -> anyhow::Result<Value> {
    match command {
        Workspace::Create { name, word, owner, organisation, postal } => {
            let owner = EmailAddress::parse(&owner).context("--owner")?;
            let word = match word {
                Some(text) => text.parse().context("--word")?,
                None => WorkspaceWord::suggested_by(&name),
            };
            create(&host, &name, word, Founder { owner, sender: organisation.zip(postal) }).await
        }
        Workspace::List => list(&host).await,
    }
}

async fn create(host: &Host, name: &str, word: WorkspaceWord, founder: Founder) -> anyhow::Result<Value> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        bail!("give the workspace a name of at most 100 characters");
    }
    let all = house::open(&host.config).await?;
    let id = match all.store().create_workspace_called(&word, name).await {
        Err(StoreError::Conflict(_)) => bail!("there is a workspace {word} already; choose another --word"),
        made => made?,
    };
    let app = all.at(id);
    let link = founding::furnish(&app, founder, "waxwing workspace create").await?;
    house::close(&app).await?;
    tell(host, &word, &link);
    Ok(json!({ "id": id, "word": word.as_str(), "name": name, "link": link }))
}

fn tell(host: &Host, word: &WorkspaceWord, link: &str) {
    let say = |line: String| host.output.say(line);
    say(format!("The workspace {word} is ready; a running server knows it within seconds."));
    say(format!("\nOpen, once, as its first owner:\n\n    {link}\n"));
    say(format!("It ends after seven days; `waxwing account link --workspace {word}` makes another."));
    say("Commands that work on one workspace now take --workspace.".into());
    say("Make a new backup of the keys: this workspace has its own.".into());
}

async fn list(host: &Host) -> anyhow::Result<Value> {
    let app: App = house::open(&host.config).await?;
    let all = app.store().workspaces().await?;
    app.store().close().await;
    for workspace in &all {
        host.output.say(format!("{:<33}{}", workspace.word, workspace.name));
    }
    let view = |w: &waxwing_store::Workspace| json!({ "id": w.id, "word": w.word.as_str(), "name": w.name });
    Ok(json!({ "workspaces": all.iter().map(view).collect::<Vec<_>>() }))
}
