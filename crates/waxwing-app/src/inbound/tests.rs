//! Mail that comes in, over a real connection.

use super::*;
use crate::testing::{self, Orchard};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use waxwing_delivery::inbound::{InboundLimits, Listener};
use waxwing_domain::ExportId;
use waxwing_store::{args, statement};
use waxwing_testkit::store_test;

statement! { KEPT, "SELECT sealed FROM inbound_messages WHERE workspace_id = $1" }

/// Gives the address of somebody made up.
async fn canary(house: &Orchard) -> String {
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    canaries::add(&house.app, &mut tx, &house.ctx, "maple-post.example", canaries::Locale::En).await.expect("named");
    let export = (ExportId::from_i64(7), house.list);
    let _sprinkle = canaries::mark_export(&house.app, &mut tx, &house.ctx, export, 100).await.expect("marked");
    let mark = canaries::marks(&mut tx, &house.ctx, None, 1).await.expect("reads").remove(0);
    tx.commit().await.expect("commits");
    canaries::tell(&house.app, &house.ctx, mark.id).await.expect("told").people.remove(0).email
}

store_test! {
    async fn a_letter_over_the_wire_is_kept_sealed_before_its_sender_hears_so(t) {
        let house = Orchard::new(&t, &["ann@example.org"]).await;
        let canary = canary(&house).await;
        let at = "127.0.0.1:0".parse().expect("an address");
        let listener = Listener::bind(at, "mx.example", None, InboundLimits::default()).await.expect("listens");
        let at = listener.address().expect("an address");
        let (stop, stopped) = watch::channel(false);
        let running = tokio::spawn(listener.run(Inbox::new(house.app.clone()), stopped));
        let mut stream = TcpStream::connect(at).await.expect("connects");
        let words = format!(
            "EHLO s.example\r\nMAIL FROM:<a@evil.example>\r\nRCPT TO:<ann@example.org>\r\nRCPT TO:<nobody@maple-post.example>\r\n\
             RCPT TO:<{canary}>\r\nDATA\r\nSubject: planted-words\r\n\r\nHello\r\n.\r\nQUIT\r\n"
        );
        stream.write_all(words.as_bytes()).await.expect("writes");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("reads");
        assert!(answer.contains("250 2.0.0 Taken"), "{answer}");
        assert_eq!(answer.matches("550 5.1.1 No such mailbox here").count(), 2, "one answer, whose domain it is or not: {answer}");
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        let kept = tx.all(&KEPT, args![], |r| r.blob(0)).await.expect("reads");
        assert_eq!(kept.len(), 1, "it was there when the sender heard it");
        for planted in ["planted-words", "evil.example", canary.as_str()] {
            assert!(!kept[0].windows(planted.len()).any(|part| part == planted.as_bytes()), "{planted} lies in clear");
        }
        drop(tx);
        testing::run_jobs(&house.app, |registry, app| {
            super::jobs(registry, app);
            crate::alerts::jobs(registry, app);
        })
        .await;
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        let hit = canaries::hit(&mut tx, &house.ctx).await.expect("reads");
        assert_eq!((hit.len(), hit[0].about), (1, 7));
        drop(tx);
        let told = canaries::tell(&house.app, &house.ctx, hit[0].id).await.expect("told");
        assert_eq!((told.hits[0].facts.subject.as_str(), told.hits[0].facts.unknown), ("planted-words", 2));
        stop.send_replace(true);
        running.await.expect("stops");
    }
}
