//! The trust page, in sentences.

use super::*;
use crate::testing::House;
use http::StatusCode;
use waxwing_app::Error;
use waxwing_domain::{GateLevel, Rights, Role};
use waxwing_law::drafts::Locale;
use waxwing_store::{args, statement};
use waxwing_testkit::store_test;

statement! { FAILED, "UPDATE incident_findings SET state = 'failed' WHERE workspace_id = $1" }

store_test! {
    /// Off until a person publishes; then what is true now, with its time, and nothing else; also while contained.
    async fn only_what_is_published_and_true_is_shown(t) {
        let house = House::new(&t, &["ada@example.org"]).await;
        let page = path(house.ctx.workspace);
        assert_eq!(house.web.get(&page).await.status, StatusCode::NOT_FOUND, "off at first");
        let all: BTreeSet<Statement> = Statement::ALL.into_iter().collect();
        let set = async |statements: &BTreeSet<Statement>| {
            let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
            publish(&house.app, &mut tx, &house.ctx, statements).await.expect("published");
            let from = tx.gate().await.expect("the gate").epoch;
            tx.turn_gate(from, GateLevel::Contained, None, house.ctx.now()).await.expect("turns");
            tx.commit().await.expect("commits");
        };
        set(&all).await;
        house.number().await;
        let got = house.web.get(&page).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        assert!(got.body.contains("signed record") && got.body.contains("key of their own"), "{}", got.body);
        for absent in [Statement::Witness, Statement::SecondFactor, Statement::TwoPeople, Statement::Backup, Statement::Https] {
            assert!(!got.body.contains(absent.words()), "{absent:?} is not true here");
        }
        t.clock.advance(2 * Micros::DAY);
        assert!(!house.web.get(&page).await.body.contains("signed record"), "a signature of the day before yesterday is none");
        set(&BTreeSet::new()).await;
        assert_eq!(house.web.get(&page).await.status, StatusCode::NOT_FOUND, "taken away");
        assert_eq!(house.web.get("/trust/0000000000zzz").await.status, StatusCode::NOT_FOUND);
        let marketer = Ctx { rights: Rights::of_role(Role::Marketer), ..house.ctx.clone() };
        let mut tx = house.app.begin(&marketer, "test").await.expect("begins");
        assert!(publish(&house.app, &mut tx, &marketer, &all).await.is_err());
    }

    /// What was changed after a case stands there while its finding holds; policies are linked; shares are cut to tenths.
    async fn measures_stand_while_they_hold_and_policies_are_linked(t) {
        let scene = crate::status::tests::Scene::new(&t).await;
        let (app, owner, case) = (&scene.house.app, &scene.owner, scene.case);
        let all: BTreeSet<Statement> = Statement::ALL.into_iter().collect();
        let due = owner.now().plus(Micros::DAY);
        let finding = scene.act(async |tx| {
            publish(app, tx, owner, &all).await?;
            incidents::add_finding(app, tx, owner, case, "Keys did not lapse.", (None, due)).await
        }).await.expect("a finding");
        let new = NewMeasure { text: "Keys lapse after 30 days.".into(), locale: Locale::En, overruled: Vec::new() };
        let tell = async |new: &NewMeasure| scene.act(async |tx| add_measure(app, tx, owner, (case, finding), new).await).await;
        assert!(matches!(tell(&new).await, Err(Error::Conflict(_))), "nobody tried it again");
        let end = async |state, proof| scene.act(async |tx| incidents::end_finding(app, tx, owner, case, (finding, state, proof)).await).await;
        end(incidents::FindingState::Done, "They lapse.").await.expect("changed");
        end(incidents::FindingState::Held, "An old key was refused.").await.expect("tried again");
        let mut tx = app.read(owner, "test").await.expect("reads");
        assert_eq!(candidates(app, &mut tx, owner).await.expect("offered").len(), 1);
        drop(tx);
        let empty = NewMeasure { text: "We take your security very seriously.".into(), ..new.clone() };
        assert!(matches!(tell(&empty).await, Err(Error::Invalid { .. })), "the linter holds here too");
        tell(&new).await.expect("published");
        let links = vec![Link::parse("Privacy policy | https://orchard.example/privacy").expect("a link")];
        scene.act(async |tx| set_links(app, tx, owner, links).await).await.expect("linked");
        let page = scene.house.web.get(&path(owner.workspace)).await.body;
        assert!(page.contains("Keys lapse after 30 days.") && page.contains("https://orchard.example/privacy"), "{page}");
        assert!(!page.contains("Keys did not lapse") && !page.contains(&scene.codename), "what is inside stays inside");
        assert!(!page.contains("in 10"), "nobody here has a second factor, and nobody is told");
        scene.act(async |tx| Ok(tx.exec(&FAILED, args![]).await?)).await.expect("tried once more");
        assert!(!scene.house.web.get(&path(owner.workspace)).await.body.contains("Keys lapse"), "it does not hold any more");
        scene.act(async |tx| remove_measure(app, tx, owner, finding).await).await.expect("taken off");
        let again = scene.act(async |tx| remove_measure(app, tx, owner, finding).await).await;
        assert!(matches!(again, Err(Error::NotFound(_))));
    }

    /// The team's page says of each line whether it is true, and publishes what is ticked.
    async fn the_page_publishes_what_is_ticked(t) {
        let house = House::new(&t, &[]).await;
        let (web, page) = house.web.session("all").open("/security/trust").await;
        assert!(page.body.contains("not true now"), "{}", page.body);
        let form = format!("csrf={}&statement=sealed&statement=nonsense", page.hidden("csrf"));
        assert_eq!(web.post("/security/trust", &form).await.status, StatusCode::SEE_OTHER);
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        assert_eq!(published(&mut tx).await.expect("words"), [Statement::Sealed].into());
    }

    /// Programs see what holds and publish what is true; a statement that there is not changes nothing.
    async fn a_program_reads_and_publishes(t) {
        let house = House::new(&t, &[]).await;
        let key = house.web.key("all");
        let put = async |body: serde_json::Value| key.json(http::Method::PUT, "/api/v1/trust", &body).await;
        assert_eq!(put(json!({ "statements": ["sealed", "magic"] })).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let got = put(json!({ "statements": ["sealed", "https"] })).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        let page: serde_json::Value = serde_json::from_str(&key.get("/api/v1/trust").await.body).expect("JSON");
        let on = |word: &str| page["statements"].as_array().expect("a list").iter().find(|one| one["statement"] == word).cloned();
        let (sealed, https) = (on("sealed").expect("listed"), on("https").expect("listed"));
        assert_eq!((&sealed["published"], &sealed["holds"]), (&json!(true), &json!(true)));
        assert_eq!((&https["published"], &https["holds"]), (&json!(true), &json!(false)), "published, and not true now");
        let nothing = house.web.key("nothing").json(http::Method::PUT, "/api/v1/trust", &json!({ "statements": [] })).await;
        assert_eq!(nothing.status, StatusCode::FORBIDDEN);
    }
}
