//! The incident plan, in sentences.

use super::tests::Room;
use super::*;
use http::StatusCode;
use waxwing_app::Error;
use waxwing_domain::{Ctx, Micros, Rights, Role};
use waxwing_store::{args, statement};
use waxwing_testkit::store_test;
use waxwing_testkit::web::mails;

statement! { SEALED_PLAN, "SELECT sealed FROM incident_plans WHERE workspace_id = $1" }
statement! { JOINED, "UPDATE accounts SET state = 'active' WHERE workspace_id = $1" }

fn a_plan(playbook: &str) -> Plan {
    let person = PlanPerson {
        name: "Ines Insurer".into(),
        role: "Insurer".into(),
        phone: "+49 30 1234567".into(),
        decides: "Whether a forensic firm is called".into(),
    };
    let drill = PlanDrill { on: "2099-01-02".into(), about: "key-leak".into(), done: String::new() };
    Plan { people: vec![person], playbook: playbook.into(), review_on: "2099-06-01".into(), drills: vec![drill] }
}

store_test! {
    /// Sealed at rest, changed by one at a time, in every case that is opened afterwards.
    async fn every_new_case_begins_with_the_plan(t) {
        let room = Room::new(&t).await;
        let (owner, app) = (room.owner(), &room.house.app);
        let before = room.open(&owner).await;
        let book = &playbooks()[0].name;
        let set = async |version: i64, plan: Plan| room.act(&owner, async |tx| set_plan(app, tx, &owner, version, &plan).await).await;
        set(0, a_plan(book)).await.expect("written");
        assert!(matches!(set(0, a_plan(book)).await, Err(Error::Conflict(_))), "somebody changed it meanwhile");
        let mut tx = app.read(&owner, "test").await.expect("reads");
        let sealed = tx.all(&SEALED_PLAN, args![], |r| r.blob(0)).await.expect("rows");
        assert!(sealed.len() == 1 && !sealed[0].windows(4).any(|part| part == b"Ines"), "in clear");
        drop(tx);
        let after = room.open(&owner).await;
        let mut tx = app.read(&owner, "test").await.expect("reads");
        let sheet = contacts(app, &mut tx, &owner, after).await.expect("a sheet");
        assert_eq!((sheet.len(), sheet[0].name.as_str()), (1, "Ines Insurer"));
        assert!(sheet[0].note.contains("forensic firm"), "who decides what is on it: {}", sheet[0].note);
        let steps = tasks(app, &mut tx, &owner, after).await.expect("tasks");
        assert!(!steps.is_empty() && steps.iter().all(|task| task.playbook == *book));
        assert!(contacts(app, &mut tx, &owner, before).await.expect("a sheet").is_empty(), "an older case stays as it is");
    }

    /// What is no number, no day or no playbook is refused, and so is who may not join every case.
    async fn a_plan_is_checked_and_written_by_who_leads(t) {
        let room = Room::new(&t).await;
        let (owner, app) = (room.owner(), &room.house.app);
        let set = async |ctx: &Ctx, plan: Plan| room.act(ctx, async |tx| set_plan(app, tx, ctx, 0, &plan).await).await;
        let good = a_plan("");
        let mut person = good.people[0].clone();
        person.phone = "ask Olga".into();
        let mut drill = good.drills[0].clone();
        drill.on = "soon".into();
        for wrong in [
            Plan { people: vec![person], ..good.clone() },
            Plan { people: vec![PlanPerson::default()], ..good.clone() },
            Plan { drills: vec![drill], ..good.clone() },
            Plan { review_on: "2026-02-30".into(), ..good.clone() },
            Plan { playbook: "none-such".into(), ..good.clone() },
            Plan { people: vec![good.people[0].clone(); 41], ..good.clone() },
        ] {
            assert!(matches!(set(&owner, wrong).await, Err(Error::Invalid { .. })));
        }
        let marketer = Ctx { rights: Rights::of_role(Role::Marketer), ..owner.clone() };
        assert!(matches!(set(&marketer, good.clone()).await, Err(Error::Denied(_))));
        set(&owner, good).await.expect("written");
    }

    /// On the day, then every week until it is done; what was practised is known to the trust page.
    async fn a_review_that_is_due_is_reminded_of_once_a_week(t) {
        let room = Room::new(&t).await;
        let (owner, app) = (room.owner(), &room.house.app);
        room.act(&owner, async |tx| Ok(tx.exec(&JOINED, args![]).await?)).await.expect("they have joined");
        let today = owner.now().timestamp().strftime("%Y-%m-%d").to_string();
        let plan = Plan { review_on: today.clone(), ..Plan::default() };
        room.act(&owner, async |tx| set_plan(app, tx, &owner, 0, &plan).await).await.expect("written");
        mails(app.store(), app.workspace()).await;
        let remind = async || room.act(&owner, async |tx| plan::tell(app, tx, &owner).await).await.expect("looks");
        assert!(remind().await > 0);
        assert_eq!(remind().await, 0, "once");
        t.clock.advance(8 * Micros::DAY);
        assert!(remind().await > 0, "a week later it is still due");
        let done = PlanDrill { on: today.clone(), about: "key-leak".into(), done: today };
        let plan = Plan { review_on: "2099-01-01".into(), drills: vec![done], ..Plan::default() };
        room.act(&owner, async |tx| set_plan(app, tx, &owner, 1, &plan).await).await.expect("written");
        assert_eq!(remind().await, 0, "it was done");
        let mut tx = app.read(&owner, "test").await.expect("reads");
        assert!(practised_at(&mut tx).await.expect("looks").is_some());
    }

    /// The page writes rows, the sheet is for paper, a program reads.
    async fn the_plan_has_a_page_a_sheet_and_an_interface(t) {
        let room = Room::new(&t).await;
        let (web, page) = room.house.web.session("all").open("/security/plan").await;
        let form = format!(
            "csrf={}&version=0&name=Ines+Insurer&role=Insurer&phone=%2B49301234567&decides=All&name=&role=&phone=&decides=&\
             playbook=&review_on=2099-01-01&drill=key-leak&drill_on=2099-02-01&drill_done=&drill=&drill_on=&drill_done=",
            page.hidden("csrf")
        );
        let saved = web.post("/security/plan", &form).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
        let sheet = web.get("/security/plan/sheet").await.body;
        assert!(sheet.contains("Ines Insurer") && sheet.contains("2099-02-01: key-leak"), "{sheet}");
        let wrong = web.post("/security/plan", &form.replace("version=0", "version=1").replace("2099-02-01", "soon")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let read: serde_json::Value = serde_json::from_str(&room.house.web.key("all").get("/api/v1/plan").await.body).expect("JSON");
        assert_eq!((&read["version"], &read["plan"]["people"][0]["name"]), (&1.into(), &"Ines Insurer".into()), "{read}");
    }
}
