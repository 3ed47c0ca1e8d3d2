//! Clients that ask all the time while somebody contains: after it returned, nothing is answered.

use super::house::House;
use crate::containment::Scope;
use http::Method;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use waxwing_app::exporting::{self, Begun};
use waxwing_domain::Role;
use waxwing_testkit::store_test;
use waxwing_testkit::web::Web;

/// What the crowd saw.
#[derive(Default)]
struct Seen {
    contained: AtomicBool,
    over: AtomicBool,
    before: AtomicU64,
    /// Answers that came whole after `contain` had returned.
    after: AtomicU64,
}

impl Seen {
    /// Counts an answer; an answer counts as late only if it was released after the return.
    fn count(&self) {
        let late = self.contained.load(Ordering::SeqCst);
        if late { &self.after } else { &self.before }.fetch_add(1, Ordering::SeqCst);
    }
}

async fn ask_on(web: Web, method: Method, path: String, seen: Arc<Seen>) {
    while !seen.over.load(Ordering::SeqCst) {
        // What broke off on its way was not answered.
        let got = web.try_ask(method.clone(), &path, "application/json", "").await;
        if got.is_some_and(|got| got.status.is_success()) {
            seen.count();
        }
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
}

/// Exports again and again, and counts each chunk with people in it.
async fn export_on(house: Arc<House>, ctx: waxwing_domain::Ctx, seen: Arc<Seen>) {
    while !seen.over.load(Ordering::SeqCst) {
        let begun = exporting::begin(&house.app, &ctx, house.list, "test", "test").await;
        if let Ok(Begun::Now(mut export)) = begun {
            while let Ok(Some(_)) = export.next().await {
                seen.count();
            }
        }
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
}

store_test! {
    async fn after_contain_returned_no_request_is_honoured_and_no_chunk_of_an_export_leaves(t) {
        let house = Arc::new(House::new(t, 40).await);
        let (owner, other) = (house.owner().await, house.member("mara@example.org", Role::Owner).await);
        let (_, key) = house.key().await;
        let seen = Arc::new(Seen::default());
        let export = format!("/api/v1/lists/{}/export?purpose=test", house.list);
        let asks = [
            (house.web.key(&key), Method::GET, "/api/v1/subscribers".to_owned()),
            (house.web.key(&key), Method::GET, "/api/v1/lists".to_owned()),
            (house.web.key(&key), Method::POST, export),
            (house.web.session(&other.token), Method::GET, "/audience".to_owned()),
            (house.web.session(&other.token), Method::GET, "/settings/people".to_owned()),
        ];
        let mut crowd = tokio::task::JoinSet::new();
        for (web, method, path) in asks {
            crowd.spawn(ask_on(web, method, path, seen.clone()));
        }
        crowd.spawn(export_on(house.clone(), house.acting(&other).await, seen.clone()));
        tokio::time::sleep(Duration::from_millis(600)).await;
        let done = house.contain(&house.acting(&owner).await, Scope::Workspace).await.expect("contains");
        seen.contained.store(true, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(800)).await;
        seen.over.store(true, Ordering::SeqCst);
        crowd.join_all().await;
        assert!(seen.before.load(Ordering::SeqCst) > 10, "the crowd was there");
        assert_eq!(seen.after.load(Ordering::SeqCst), 0, "honoured after the return");
        assert!(done.effective_in < 2_000, "{} ms", done.effective_in);
    }
}
