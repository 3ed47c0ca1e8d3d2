//! `waxwing witness`: a second machine that signs what it saw of another's record (C2SP tlog-witness).
//!
//! Promise: it needs no database and no installation; it signs a head only if that goes on from the
//! one before, which is durable first. What it refuses as another past is said on standard error:
//! that is the alarm it is there for. Limit: it speaks plain HTTP; a reverse proxy adds TLS.

use super::record::text_or_file;
use crate::cli::{Witness as Command, WitnessServe};
use crate::output::Output;
use crate::process::Ending;
use anyhow::{Context as _, bail};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;
use waxwing_crypto::tlog::{AddCheckpoint, NoteSigner, SignatureKind, VerifierKey};
use waxwing_domain::{Clock as _, SystemClock, SystemRng};
use waxwing_http::{Server, ServerLimits};
use waxwing_store::{Witness, WitnessAnswer};

/// Connections at once: logs come once a second at most.
const CONNECTIONS: usize = 64;

/// Runs the command.
pub async fn run(command: Command, output: Output) -> anyhow::Result<Value> {
    match command {
        Command::Init { name, key } => init(&name, &key, output),
        Command::Serve(serve) => self::serve(serve, output).await,
    }
}

/// A new key in a file of its own.
fn init(name: &str, path: &Path, output: Output) -> anyhow::Result<Value> {
    let signer = NoteSigner::random(name, SignatureKind::Cosignature, &SystemRng);
    let signer = signer.context("--name: without spaces and plus signs, like witness.example.org/1")?;
    let file = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path);
    let text = format!("{}\n", &*signer.private_text());
    file.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    })
    .with_context(|| path.display().to_string())?;
    let vkey = signer.verifier().to_string();
    output.say(format!("The witness's key, for the logs that it will sign:\n\n    {vkey}"));
    Ok(json!({ "vkey": vkey, "key": path }))
}

fn signer(path: &Path) -> anyhow::Result<NoteSigner> {
    let about = || path.display().to_string();
    let mode = std::fs::metadata(path).with_context(about)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("{} can be read by others; make it private (chmod 600) and consider its key known", path.display());
    }
    let signer = NoteSigner::from_private_text(std::fs::read_to_string(path).with_context(about)?.trim_end());
    let signer = signer.with_context(about)?;
    match signer.verifier().kind() {
        SignatureKind::Cosignature => Ok(signer),
        SignatureKind::Note => bail!("{} holds a key of a log, not of a witness", path.display()),
    }
}

/// Serves until the process is asked to end.
async fn serve(serve: WitnessServe, output: Output) -> anyhow::Result<Value> {
    let mut logs: Vec<VerifierKey> = Vec::new();
    for given in &serve.log {
        for line in text_or_file(given)?.lines().filter(|line| !line.trim().is_empty()) {
            logs.push(line.trim().parse().with_context(|| format!("--log: {line}"))?);
        }
    }
    if let Some(wrong) = logs.iter().find(|log| log.kind() != SignatureKind::Note) {
        bail!("--log: {} is the key of a witness, not of a log", wrong.name());
    }
    let witness = Witness::open(&serve.state, signer(&serve.key)?, logs)?;
    let vkey = witness.verifier().to_string();
    let limits = ServerLimits { connections: CONNECTIONS, ..ServerLimits::default() };
    let server = Server::bind(serve.listen, limits).await;
    let server = server.with_context(|| format!("cannot listen on {}", serve.listen))?;
    let address = server.address()?;
    let ending = Ending::listen()?;
    output.say(format!(
        "The witness {vkey}\nanswers on http://{address}/add-checkpoint (listening on {address}). Ctrl-C ends it."
    ));
    server.serve(router(Desk { witness: Arc::new(witness), output }), ending.asked()).await;
    Ok(json!({ "listened": address, "vkey": vkey }))
}

/// What every request is handed.
#[derive(Clone)]
struct Desk {
    witness: Arc<Witness>,
    output: Output,
}

fn router(desk: Desk) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint).layer(DefaultBodyLimit::max(AddCheckpoint::MAX)))
        .route("/checkpoint", get(last))
        .with_state(desk)
}

async fn add_checkpoint(State(desk): State<Desk>, body: Bytes) -> Response {
    let witness = desk.witness.clone();
    let answered = tokio::task::spawn_blocking(move || witness.add_checkpoint(&body, SystemClock.now())).await;
    // A panic in there has signed nothing.
    let answer = answered.unwrap_or(WitnessAnswer::Unavailable);
    match &answer {
        WitnessAnswer::Conflict(size) => {
            desk.output.warn(format!("refused: a log does not go on from the {size} entries seen"))
        }
        WitnessAnswer::Inconsistent => desk.output.warn("refused: a log shows another past than the one seen"),
        WitnessAnswer::Unavailable => desk.output.warn("refused: what was seen could not be kept"),
        _ => {}
    }
    let (status, kind, body) = answer.http();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response()
}

/// What was seen last of a log, for whoever checks its files: `?origin=NAME`.
async fn last(State(desk): State<Desk>, Query(asked): Query<HashMap<String, String>>) -> Response {
    let origin = asked.get("origin").map(String::as_str).unwrap_or_default();
    match desk.witness.last(origin) {
        Ok(Some((_, note))) => {
            ([(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))], note.to_text()).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
