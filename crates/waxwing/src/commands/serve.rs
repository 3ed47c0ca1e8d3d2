//! `waxwing serve`: the web, the API, and the work that is queued.

use super::Host;
use crate::ballast::Ballast;
use crate::config::Config;
use crate::process::Ending;
use crate::work::Work;
use crate::{house, output::Output};
use anyhow::Context as _;
use serde_json::{Value, json};
use std::net::SocketAddr;
use waxwing_app::App;
use waxwing_delivery::inbound::Listener;
use waxwing_http::{Server, ServerLimits, front};

/// Serves until the process is asked to end.
pub async fn run(host: Host) -> anyhow::Result<Value> {
    let Host { config, output, .. } = host;
    let store = house::open_store(&config).await?;
    let ending = Ending::listen()?;
    let server = Server::bind(config.listen, ServerLimits::default())
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = server.address()?;
    let app = house::application(&config, store, address).await?;
    warn(&config, address, output);
    // What is said to listen does: a port that is taken ends the start here.
    let mail = house::mail(&config, &app).await?;
    output.say(format!("Waxwing serves {} (listening on {address}). Ctrl-C ends it.", config.public_url(address)));
    serve(&config, (server, mail), &app, ending.asked()).await?;
    house::close(&app).await?;
    Ok(json!({ "listened": address }))
}

/// Serves `app` and does its work until `ended` is ready.
pub async fn serve(
    config: &Config,
    (server, mail): (Server, Option<Listener>),
    app: &App,
    ended: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let address = server.address()?;
    let router = waxwing_breach::routes().finish().router.with_state(app.clone());
    let work = mail.into_iter().fold(Work::start(app), |work, listener| work.with_mail(app, listener));
    let ballast = tokio::spawn(Ballast::new(&config.data).watch());
    server.serve(front(router, house::site(config, address, app)), ended).await;
    ballast.abort();
    work.stop().await;
    Ok(())
}

/// What is unsafe about this way of serving, in plain words.
fn warn(config: &Config, address: SocketAddr, output: Output) {
    if address.ip().is_loopback() {
        return;
    }
    match &config.public {
        Some(public) if public.is_https() => {}
        _ => output.warn(
            "this address can be reached from the network, and passwords and people's data would cross it unencrypted. \
             Put a reverse proxy with TLS in front, set web.public_url to its https address, and listen on 127.0.0.1.",
        ),
    }
}
