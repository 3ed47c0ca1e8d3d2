//! What the siege is about: people on a list, a letter to all of them, a session and a key.

use crate::Outcome;
use std::net::SocketAddr;
use std::time::Duration;
use waxwing_app::login::{self, Device};
use waxwing_app::sending::{self, Facts, FrozenRevision, NewSource, Sender};
use waxwing_app::subscribers::{self, NewPerson};
use waxwing_app::{App, accounts, consent, domains, fields, lists, relays};
use waxwing_domain::{Ctx, EmailAddress, ListId, Scope};
use waxwing_message::{ContentFormat, RevisionSource};

/// Connections to the mail server.
const CONNECTIONS: i64 = 16;
/// What the address of everybody on the list begins with.
pub const PERSON: &str = "person";
/// People a transaction.
const BATCH: usize = 2_000;

/// Credentials, and what they are used on.
pub struct Crowd {
    /// The token of a session of the owner.
    pub session: String,
    /// A key of everything.
    pub key: String,
    /// The list.
    pub list: ListId,
}

/// Puts everything in place and begins to send.
pub async fn gather(app: &App, people: usize, mailboxes: SocketAddr) -> Outcome<Crowd> {
    let ctx = app.host();
    let mut tx = app.begin(&ctx, "siege").await?;
    fields::install(app, &mut tx, &ctx).await?;
    let list = lists::create(app, &mut tx, &ctx, lists::NewList::named("Siege")).await?.id;
    let url = format!("smtp://{mailboxes}?tls=none");
    let relay = relays::NewRelay { name: "mailboxes".into(), url, connections: Some(CONNECTIONS) };
    relays::add(app, &mut tx, &ctx, relay).await?;
    let new = accounts::NewApiKey::of(&ctx, "Siege", Scope::GRANTABLE);
    let (_, key) = accounts::create_api_key(app, &mut tx, &ctx, new).await?;
    tx.commit().await?;
    domains::add(app, &ctx, "example.org").await?;
    let invitation = accounts::bootstrap(app, &ctx, EmailAddress::parse("owner@example.org")?).await?;
    let password = "maroon kettle orbit fiddle".into();
    let session = login::welcome(app, &app.visitor(), &invitation, password, &Device::default()).await?;
    join(app, &ctx, list, people).await?;
    write(app, &ctx, list).await?;
    Ok(Crowd { session, key, list })
}

async fn join(app: &App, ctx: &Ctx, list: ListId, people: usize) -> Outcome<()> {
    let mut tx = app.begin(ctx, "siege").await?;
    let evidence = consent::NewConsent {
        kind: consent::ConsentKind::Import,
        statement: "made up".into(),
        list: Some(list),
        subject: None,
        wording_version: None,
        requested_at: None,
        confirmed_at: None,
        evidence: serde_json::Value::Null,
    };
    let consent = consent::attest(app, &mut tx, ctx, evidence).await?;
    tx.commit().await?;
    for from in (0..people).step_by(BATCH) {
        let person = |n: usize| -> Outcome<NewPerson> {
            let email = EmailAddress::parse(&format!("{PERSON}{n}@host{}.example", n % 97))?;
            Ok(NewPerson { email, values: Vec::new() })
        };
        let batch = (from..people.min(from + BATCH)).map(person).collect::<Outcome<Vec<_>>>()?;
        let mut tx = app.begin(ctx, "siege").await?;
        let placed = subscribers::add_many(app, &mut tx, ctx, &batch).await?;
        let joining = placed.iter().filter_map(|placed| placed.subject()).collect();
        lists::join_attested(app, &mut tx, ctx, list, joining, consent).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Opens a letter to all; the nodes fill it, then it is sent.
async fn write(app: &App, ctx: &Ctx, list: ListId) -> Outcome<()> {
    let content = RevisionSource {
        format: ContentFormat::Markdown,
        subject: "News".into(),
        preheader: String::new(),
        body: "Hello.\n\n[Unsubscribe]({{ unsubscribe_url }})".into(),
        wrapper: None,
        text: None,
    };
    let new = NewSource {
        kind: "campaign",
        reference: 1,
        revision: FrozenRevision { content, facts: Facts::default() },
        sender: Sender::parse("Siege", "news@example.org", None)?,
        lists: vec![list],
    };
    let mut tx = app.begin(ctx, "siege").await?;
    let source = sending::open_source(app, &mut tx, ctx, new).await?;
    tx.commit().await?;
    while !sending::counts(&mut app.read(ctx, "siege").await?, source).await?.filled {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut tx = app.begin(ctx, "siege").await?;
    sending::start(app, &mut tx, ctx, source).await?;
    Ok(tx.commit().await?)
}
