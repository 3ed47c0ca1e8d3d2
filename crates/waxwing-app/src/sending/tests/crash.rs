//! What a lane that is gone leaves behind, without a process to kill: `tests/kill_loop.rs` kills one.

use super::rig::{Rig, addresses};
use crate::sending::{SourceState, Tuning};
use waxwing_demo::capture::Rules;
use waxwing_domain::Micros;
use waxwing_store::{args, statement};
use waxwing_testkit::store_test;

statement! { LEAVE,
"UPDATE ledger SET state = $2, worker = 0, next_at = $3 WHERE workspace_id = $1 AND subject IN [$4]" }
statement! { TALLY, "SELECT state, COUNT(*) FROM ledger WHERE workspace_id = $1 GROUP BY state ORDER BY state" }

store_test! {
    async fn leased_rows_come_back_and_in_flight_rows_become_unknown_after_their_time(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        rig.relay().await;
        let (list, people) = rig.list("News", &addresses("ann", 20)).await;
        let id = rig.send(&[list]).await;
        let numbers: Vec<i64> = people.iter().map(|p| p.as_i64()).collect();
        let soon = rig.ctx.now().plus(2 * Micros::SECOND);
        let mut tx = rig.begin().await;
        tx.exec(&LEAVE, args![1_i64, soon, numbers[..5].to_vec()]).await.expect("leased by a ghost");
        tx.exec(&LEAVE, args![2_i64, soon, numbers[5..8].to_vec()]).await.expect("in flight by a ghost");
        tx.commit().await.expect("commits");
        let lane = rig.lane(Tuning::default());
        let counts = rig.until(id, |counts| counts.accepted == 17).await;
        assert_eq!((counts.unknown, counts.pending), (0, 3), "nothing is given up before its time");
        rig.until_state(id, SourceState::Done).await;
        let counts = rig.counts(id).await;
        assert_eq!((counts.accepted, counts.unknown), (17, 3));
        let mut tx = rig.app.read(&rig.ctx, "test").await.expect("begins");
        let tally = tx.all(&TALLY, args![], |r| Ok((r.int(0)?, r.int(1)?))).await.expect("rows");
        assert_eq!(tally, [(3, 17), (7, 3)], "the counts are those of the rows");
        drop(tx);
        assert!(rig.doubles().is_empty());
        lane.stop().await;
    }

    async fn a_newer_lane_fences_the_older_one(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        rig.relay().await;
        let (list, _) = rig.list("News", &addresses("ann", 400)).await;
        let id = rig.send(&[list]).await;
        let older = rig.lane(Tuning { batch: 32, ..Tuning::default() });
        rig.until(id, |counts| counts.accepted > 20).await;
        let newer = rig.lane(Tuning { batch: 32, ambiguous_after: 0, ..Tuning::default() });
        rig.until_state(id, SourceState::Done).await;
        let counts = rig.counts(id).await;
        assert_eq!(counts.accepted + counts.unknown, 400, "{counts:?}");
        assert!(rig.doubles().is_empty(), "two lanes never send to one person");
        rig.stop_jobs();
        older.stop().await;
        newer.stop().await;
    }
}
