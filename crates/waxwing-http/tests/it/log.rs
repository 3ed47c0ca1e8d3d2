//! What the log says of a request, and what it never says.

use crate::site::ask;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("whole").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Kept {
    type Writer = Self;
    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// What a request leaves in the log.
async fn logged(request: impl Future) -> String {
    let kept = Kept::default();
    let subscriber = tracing_subscriber::fmt().json().with_writer(kept.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    request.await;
    drop(guard);
    let bytes = kept.0.lock().expect("whole").clone();
    String::from_utf8(bytes).expect("text")
}

#[tokio::test]
async fn who_lacks_a_right_a_seal_or_a_key_is_noted_with_what_they_asked_for() {
    let denied = logged(ask("POST", "/audience").session("reader").form("name=x")).await;
    for part in ["refused", "lists.write", "/audience", "POST", "WARN", "Account("] {
        assert!(denied.contains(part), "{part}: {denied}");
    }
    let unsealed = logged(ask("POST", "/audience").session("owner").form("name=x")).await;
    assert!(unsealed.contains("a seal of this session"), "{unsealed}");
    let stranger = logged(ask("GET", "/api/v1/lists").with("authorization", "Bearer ww_guess").get()).await;
    assert!(stranger.contains("a key that works"), "{stranger}");
    let scope = logged(ask("POST", "/api/v1/lists").with("authorization", "Bearer ww_read").json("{}")).await;
    assert!(scope.contains("lists.write") && scope.contains("ApiKey("), "{scope}");
}

#[tokio::test]
async fn the_log_holds_no_path_query_credential_or_body() {
    let asked = ask("POST", "/confirm/s3cr3t-token?next=s3cr3t-query").session("s3cr3t-session");
    let asked = asked.with("authorization", "Bearer s3cr3t-key").with("user-agent", "s3cr3t-agent");
    let said = logged(asked.form("name=s3cr3t-name&csrf=s3cr3t-seal")).await;
    assert!(said.contains("/confirm/{token}") && !said.contains("s3cr3t"), "{said}");
    assert!(said.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{said}");
}

#[tokio::test]
async fn an_ordinary_visit_is_no_refusal() {
    for path in ["/", "/who", "/nothing"] {
        let said = logged(ask("GET", path).get()).await;
        assert!(!said.contains("refused"), "{said}");
    }
}
