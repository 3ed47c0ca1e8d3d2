//! Cases, in sentences.

use super::*;
use crate::testing::House;
use http::StatusCode;
use serde_json::{Value, json};
use waxwing_app::accounts::{self, roles::Grant};
use waxwing_app::{Error, Result};
use waxwing_domain::{
    AccountId, Actor, ApiKeyId, CasePartId, Ctx, EmailAddress, IncidentId, Micros, Rights, Role, SessionId,
};
use waxwing_store::{RecordCheck, args, statement, verify_evidence};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

statement! { TEXTS, "SELECT sealed FROM incident_events WHERE workspace_id = $1 AND sealed IS NOT NULL" }

/// A house with an owner and somebody else who signs in.
pub(super) struct Room {
    pub(super) house: House,
    pub(super) owner: AccountId,
    pub(super) other: AccountId,
}

impl Room {
    pub(super) async fn new(t: &TestStore) -> Self {
        let house = House::new(t, &[]).await;
        let email = |text: &str| EmailAddress::parse(text).expect("an address");
        accounts::bootstrap(&house.app, &house.ctx, email("olga@orchard.example")).await.expect("an owner");
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        let person = accounts::Person { email: email("mara@orchard.example"), name: "Mara".into() };
        let role = Grant::of(Role::Marketer);
        accounts::invite(&house.app, &mut tx, &house.ctx, &person, role).await.expect("invites");
        let id = async |tx: &mut waxwing_store::Tx, text: &str| {
            accounts::by_email(&house.app, tx, &email(text)).await.expect("looks").expect("is there").id
        };
        let owner = id(&mut tx, "olga@orchard.example").await;
        let other = id(&mut tx, "mara@orchard.example").await;
        tx.commit().await.expect("commits");
        Self { house, owner, other }
    }

    fn as_role(&self, account: AccountId, role: Role) -> Ctx {
        let actor = Actor::Account(account, SessionId::from_i64(account.as_i64()));
        Ctx { actor, origin: actor, rights: Rights::of_role(role), proven: true, ..self.house.ctx.clone() }
    }
    pub(super) fn owner(&self) -> Ctx {
        self.as_role(self.owner, Role::Owner)
    }
    pub(super) fn marketer(&self) -> Ctx {
        self.as_role(self.other, Role::Marketer)
    }

    pub(super) async fn open(&self, ctx: &Ctx) -> IncidentId {
        let mut tx = self.house.app.begin(ctx, "test").await.expect("begins");
        let id = open(&self.house.app, &mut tx, ctx, suspicion(ctx)).await.expect("opens");
        tx.commit().await.expect("commits");
        id
    }

    /// Does something in a transaction of its own.
    pub(super) async fn act<T>(
        &self,
        ctx: &Ctx,
        act: impl AsyncFnOnce(&mut waxwing_store::Tx) -> Result<T>,
    ) -> Result<T> {
        let mut tx = self.house.app.begin(ctx, "test").await.expect("begins");
        let done = act(&mut tx).await?;
        tx.commit().await.expect("commits");
        Ok(done)
    }

    pub(super) async fn case(&self, ctx: &Ctx, id: IncidentId) -> Result<Incident> {
        let mut tx = self.house.app.read(ctx, "test").await.expect("reads");
        by_id(&mut tx, ctx, id).await
    }

    pub(super) async fn lines(&self, ctx: &Ctx, id: IncidentId) -> Vec<Line> {
        let mut tx = self.house.app.read(ctx, "test").await.expect("reads");
        lines(&self.house.app, &mut tx, ctx, id).await.expect("lines")
    }
}

fn suspicion(ctx: &Ctx) -> NewCase {
    NewCase {
        summary: "Olga saw a sign-in that was not hers.".into(),
        losses: Losses { confidentiality: true, ..Losses::default() },
        severity: Severity::Unknown,
        suspected_at: ctx.now(),
        alert: None,
    }
}

fn line(ctx: &Ctx, text: &str, corrects: Option<CasePartId>) -> NewLine {
    let (category, source) = (Category::InitialAccess, "Olga's call".to_owned());
    NewLine { at: ctx.now(), zone: "Europe/Berlin".into(), category, source, text: text.into(), corrects }
}

store_test! {
    /// Who need not know does not learn that it exists; who may join, joins on the record.
    async fn a_case_is_found_by_who_is_in_it_only(t) {
        let room = Room::new(&t).await;
        let (owner, marketer) = (room.owner(), room.marketer());
        let id = room.open(&marketer).await;
        assert!(room.case(&marketer, id).await.is_ok());
        assert!(matches!(room.case(&owner, id).await, Err(Error::NotFound(_))));
        let mut tx = room.house.app.read(&owner, "test").await.expect("reads");
        assert_eq!(page(&mut tx, &owner, None, 10).await.expect("reads").len(), 0);
        assert_eq!(others(&mut tx, &owner).await.expect("reads").len(), 1, "its codename is known");
        assert_eq!(others(&mut tx, &marketer).await.expect("reads").len(), 0);
        drop(tx);
        let app = &room.house.app;
        let refused = room.act(&marketer, async |tx| join(app, tx, &marketer, id).await).await;
        assert!(matches!(refused, Err(Error::Denied(_))));
        room.act(&owner, async |tx| join(app, tx, &owner, id).await).await.expect("joins");
        assert!(room.case(&owner, id).await.is_ok());
        assert!(room.lines(&owner, id).await.iter().any(|line| line.what == "incidents.join"));
        let passer = Ctx { actor: Actor::Public, rights: Rights::everything(), ..owner.clone() };
        assert!(matches!(room.case(&passer, id).await, Err(Error::NotFound(_))));
    }

    /// Each step from the state before it, and from no other.
    async fn a_case_goes_from_suspicion_to_its_end(t) {
        let room = Room::new(&t).await;
        let (owner, app) = (room.owner(), &room.house.app);
        let id = room.open(&owner).await;
        let known = owner.now().plus(-Micros::HOUR);
        let early = room.act(&owner, async |tx| contain(app, tx, &owner, id, owner.now()).await).await;
        assert!(matches!(early, Err(Error::Conflict(_))));
        let ahead = owner.now().plus(Micros::DAY);
        let ahead = room.act(&owner, async |tx| confirm(app, tx, &owner, id, ahead, None).await).await;
        assert!(matches!(ahead, Err(Error::Invalid { .. })));
        room.act(&owner, async |tx| confirm(app, tx, &owner, id, known, None).await).await.expect("confirms");
        let case = room.case(&owner, id).await.expect("is there");
        assert_eq!(case.aware.map(|aware| (aware.at, aware.by)), Some((known, room.owner)));
        let dismissed = room.act(&owner, async |tx| end(app, tx, &owner, id, Outcome::FalseAlarm, "no").await).await;
        assert!(matches!(dismissed, Err(Error::Conflict(_))), "a breach is not dismissed");
        room.act(&owner, async |tx| contain(app, tx, &owner, id, owner.now()).await).await.expect("contains");
        let causeless = room.act(&owner, async |tx| end(app, tx, &owner, id, Outcome::Harm, "done").await).await;
        assert!(matches!(causeless, Err(Error::Conflict(_))), "the cause comes first");
        let touched = NewAsset {
            kind: AssetKind::Person, name: "Mara".into(), number: room.other.to_string(), compromise: Compromise::Yes,
        };
        room.act(&owner, async |tx| add_asset(app, tx, &owner, id, touched).await).await.expect("names");
        let state = async |tx: &mut waxwing_store::Tx| {
            state_cause(app, tx, &owner, id, CauseKind::Phishing, "A false sign-in page.").await
        };
        room.act(&owner, state).await.expect("states");
        room.act(&owner, async |tx| end(app, tx, &owner, id, Outcome::Harm, "All were told.").await).await.expect("ends");
        let mut tx = app.read(&owner, "test").await.expect("reads");
        let stated = cause(app, &mut tx, &owner, id).await.expect("reads").expect("a cause");
        assert_eq!(stated.controls.people.len(), 1);
        assert!(!stated.controls.people[0].second_factor && stated.controls.people[0].account == room.other);
        drop(tx);
        let late = room.act(&owner, async |tx| classify(app, tx, &owner, id, Losses::default(), Severity::Low).await);
        assert!(matches!(late.await, Err(Error::Conflict(_))), "what has ended stays");
    }

    /// A program sees what it opened, and every owner leads it; since when it is known a person says.
    async fn a_program_opens_a_case_and_confirms_none(t) {
        let room = Room::new(&t).await;
        let key = Actor::ApiKey(ApiKeyId::from_i64(9));
        let program = Ctx { actor: key, origin: key, rights: Rights::of_role(Role::Integrator), ..room.house.ctx.clone() };
        let id = room.open(&program).await;
        assert!(room.case(&program, id).await.is_ok() && room.case(&room.owner(), id).await.is_ok());
        assert!(room.case(&room.marketer(), id).await.is_err());
        let app = &room.house.app;
        let (host, now) = (&room.house.ctx, room.house.ctx.now());
        let by_key = room.act(&program, async |tx| confirm(app, tx, &program, id, now, Some(room.owner)).await).await;
        assert!(matches!(by_key, Err(Error::Denied(_))));
        let nameless = room.act(host, async |tx| confirm(app, tx, host, id, now, None).await).await;
        assert!(matches!(nameless, Err(Error::Conflict(_))));
        room.act(host, async |tx| confirm(app, tx, host, id, now, Some(room.owner)).await).await.expect("in her name");
    }

    /// What is written stays, sealed; what the machine says names its entry.
    async fn a_timeline_is_added_to_and_never_changed(t) {
        let room = Room::new(&t).await;
        let (owner, app) = (room.owner(), &room.house.app);
        let id = room.open(&owner).await;
        let first = room.act(&owner, async |tx| note(app, tx, &owner, id, line(&owner, "At ten.", None)).await);
        let first = first.await.expect("writes");
        let second = line(&owner, "At eleven.", Some(first));
        room.act(&owner, async |tx| note(app, tx, &owner, id, second).await).await.expect("corrects");
        let stray = line(&owner, "Of nothing.", Some(CasePartId::from_i64(7)));
        assert!(matches!(room.act(&owner, async |tx| note(app, tx, &owner, id, stray).await).await, Err(Error::NotFound(_))));
        let found = room.lines(&owner, id).await;
        assert_eq!(found.iter().filter(|line| !line.is_machine()).map(|line| line.text.as_str()).collect::<Vec<_>>(),
            ["At ten.", "At eleven."]);
        assert_eq!((found[0].is_machine(), found[0].index), (true, None), "not numbered yet");
        room.house.number().await;
        let found = room.lines(&owner, id).await;
        assert!(found.iter().filter(|line| line.is_machine()).all(|line| line.index.is_some()));
        let index = found[0].index.expect("a number");
        room.act(&owner, async |tx| pin(app, tx, &owner, id, index, Category::Detection).await).await.expect("pins");
        let gone = room.act(&owner, async |tx| pin(app, tx, &owner, id, 1_000_000, Category::Note).await).await;
        assert!(matches!(gone, Err(Error::NotFound(_))));
        let mut tx = app.read(&owner, "test").await.expect("reads");
        let sealed = tx.all(&TEXTS, args![], |r| r.blob(0)).await.expect("reads");
        assert!(sealed.iter().all(|bytes| !bytes.windows(3).any(|part| part == b"At ")));
    }

    /// An observer reads; a lead decides who is in it; the last one stays.
    async fn whoever_is_in_a_case_does_what_their_part_is(t) {
        let room = Room::new(&t).await;
        let (owner, marketer, app) = (room.owner(), room.marketer(), &room.house.app);
        let id = room.open(&owner).await;
        let put = async |role: CaseRole| {
            room.act(&owner, async |tx| add_member(app, tx, &owner, id, room.other, role).await).await.expect("puts in");
        };
        put(CaseRole::Observer).await;
        assert!(room.case(&marketer, id).await.is_ok());
        let written = room.act(&marketer, async |tx| note(app, tx, &marketer, id, line(&marketer, "Hm.", None)).await).await;
        assert!(matches!(written, Err(Error::Denied(_))));
        put(CaseRole::Comms).await;
        let written = room.act(&marketer, async |tx| note(app, tx, &marketer, id, line(&marketer, "Hm.", None)).await).await;
        assert!(written.is_ok());
        let decided = room.act(&marketer, async |tx| confirm(app, tx, &marketer, id, marketer.now(), None).await).await;
        assert!(matches!(decided, Err(Error::Denied(_))), "only a lead decides");
        let last = room.act(&owner, async |tx| remove_member(app, tx, &owner, id, MemberRef::account(room.owner)).await);
        assert!(matches!(last.await, Err(Error::Conflict(_))));
        let other = MemberRef::account(room.other);
        room.act(&owner, async |tx| remove_member(app, tx, &owner, id, other).await).await.expect("takes out");
        assert!(matches!(room.case(&marketer, id).await, Err(Error::NotFound(_))));
    }

    /// Red stays in the house; a spreadsheet runs nothing.
    async fn indicators_leave_as_far_as_they_may_be_told(t) {
        let room = Room::new(&t).await;
        let (owner, app) = (room.owner(), &room.house.app);
        let id = room.open(&owner).await;
        for (kind, value, tlp) in [
            (IndicatorKind::Address, "192.0.2.7", Tlp::Green),
            (IndicatorKind::UserAgent, "=cmd()", Tlp::Clear),
            (IndicatorKind::Domain, "evil.example", Tlp::Red),
        ] {
            let new = NewIndicator { kind, value: value.into(), tlp, seen: (owner.now(), owner.now()) };
            room.act(&owner, async |tx| note_indicator(app, tx, &owner, id, new).await).await.expect("notes");
        }
        let out = async |format, most| {
            room.act(&owner, async |tx| hand_out(app, tx, &owner, id, (format, most)).await).await.expect("hands out")
        };
        let csv = out(IndicatorFormat::Csv, Tlp::Amber).await;
        assert!(csv.contains("192.0.2.7") && csv.contains("'=cmd()") && !csv.contains("evil.example"), "{csv}");
        let stix: Value = serde_json::from_str(&out(IndicatorFormat::Stix, Tlp::Red).await).expect("JSON");
        assert_eq!(stix["objects"].as_array().map(Vec::len), Some(4), "an author and three indicators");
        assert!(room.lines(&owner, id).await.iter().any(|line| line.what == "incidents.export_indicators"));
    }

    /// From the form to the room and on, as a browser does it.
    async fn a_person_opens_a_case_and_confirms_it_on_its_page(t) {
        let house = House::new(&t, &["ann@orchard.example"]).await;
        let web = house.web.session("all");
        let (web, page) = web.open("/security/incidents/new").await;
        let seal = page.hidden("csrf");
        let opened = web.post("/security/incidents", &format!("csrf={seal}&summary=A+strange+export&severity=high")).await;
        assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.body);
        let at = opened.headers["location"].to_str().expect("a path").to_owned();
        let (web, room) = web.open(&at).await;
        assert!(room.body.contains("A strange export") && room.body.contains("Confirm the breach"), "{}", room.body);
        let form = format!("csrf={}&at=2026-12-01T09%3A30&zone=Europe%2FBerlin", room.hidden("csrf"));
        assert_eq!(web.post(&format!("{at}/confirm"), &form).await.status, StatusCode::SEE_OTHER);
        assert!(web.get(&at).await.body.contains("2026-12-01T08:30:00Z"), "in the zone that was said");
        assert_eq!(house.web.session("nothing").get(&at).await.status, StatusCode::FORBIDDEN);
        let (seal, many) = (room.hidden("csrf"), house.people.len());
        let asset = format!("csrf={seal}&kind=list&name=Letters+to+{many}&number={}&compromise=yes", house.list);
        assert_eq!(web.post(&format!("{at}/assets"), &asset).await.status, StatusCode::SEE_OTHER);
        let details = web.get(&format!("{at}/details")).await;
        assert!(details.body.contains("Letters to 1") && details.body.contains(&house.list.to_string()));
        assert!(details.body.contains("Somebody who is gone"), "an account without a row is still shown");
    }

    /// As a program does it.
    async fn the_api_opens_shows_and_writes(t) {
        let house = House::new(&t, &[]).await;
        let key = house.web.key("all");
        let new = json!({ "summary": "Seen by the monitor", "losses": ["integrity"], "severity": "low" });
        let got = key.json(http::Method::POST, "/api/v1/incidents", &new).await;
        assert_eq!(got.status, StatusCode::CREATED, "{}", got.body);
        let case: Value = serde_json::from_str(&got.body).expect("JSON");
        let path = format!("/api/v1/incidents/{}", case["id"].as_str().expect("an id"));
        assert!(key.get(&path).await.body.contains("Seen by the monitor"));
        let line = json!({ "category": "detection", "text": "A rule fired.", "at": "2026-12-01T08:00:00Z" });
        let wrote = key.json(http::Method::POST, &format!("{path}/timeline"), &line).await;
        assert_eq!(wrote.status, StatusCode::NO_CONTENT, "{}", wrote.body);
        let lines: Value = serde_json::from_str(&key.get(&format!("{path}/timeline")).await.body).expect("JSON");
        assert!(lines.as_array().expect("lines").iter().any(|line| line["source"] == "human"), "{lines}");
        for wrong in [json!({ "summary": "" }), json!({ "summary": "x", "losses": ["money"] }), json!({ "summary": "x", "alert": "nope" })] {
            assert!(key.json(http::Method::POST, "/api/v1/incidents", &wrong).await.status.is_client_error(), "{wrong}");
        }
    }

    /// Steps of a playbook, due from when it was taken; each ends with a word on what came of it.
    async fn a_playbook_becomes_tasks_that_end_with_a_proof(t) {
        let room = Room::new(&t).await;
        let (owner, app) = (room.owner(), &room.house.app);
        let id = room.open(&owner).await;
        room.act(&owner, async |tx| take_playbook(app, tx, &owner, id, "key-leak").await).await.expect("takes");
        let twice = room.act(&owner, async |tx| take_playbook(app, tx, &owner, id, "key-leak").await).await;
        assert!(matches!(twice, Err(Error::Conflict(_))));
        let unknown = room.act(&owner, async |tx| take_playbook(app, tx, &owner, id, "no-such").await).await;
        assert!(matches!(unknown, Err(Error::NotFound(_))));
        let listed = async || {
            let mut tx = app.read(&owner, "test").await.expect("reads");
            tasks(app, &mut tx, &owner, id).await.expect("tasks")
        };
        let first = listed().await.remove(0);
        assert_eq!((first.step.as_str(), first.csf, first.is_late(owner.now())), ("revoke", Csf::RsMi, false));
        assert!(first.is_late(owner.now().plus(Micros::HOUR)));
        let outside = Some(room.other);
        let given = room.act(&owner, async |tx| assign_task(app, tx, &owner, id, (first.id, outside)).await).await;
        assert!(matches!(given, Err(Error::Conflict(_))), "who is not in the case would not see it");
        let own = Some(room.owner);
        room.act(&owner, async |tx| assign_task(app, tx, &owner, id, (first.id, own)).await).await.expect("assigns");
        let end = async |state: TaskState, proof: &str| {
            room.act(&owner, async |tx| finish_task(app, tx, &owner, id, (first.id, state, proof)).await).await
        };
        assert!(matches!(end(TaskState::Done, " ").await, Err(Error::Invalid { .. })), "a proof says something");
        end(TaskState::Done, "Revoked at ten.").await.expect("ends");
        assert!(matches!(end(TaskState::Skipped, "No.").await, Err(Error::Conflict(_))), "what has ended stays");
        let first = listed().await.into_iter().find(|task| task.id == first.id).expect("is there");
        assert_eq!((first.state, first.proof.as_str(), first.owner), (TaskState::Done, "Revoked at ten.", own));
        let new = NewTask { title: "Call the bank".into(), csf: Csf::RsCo, role: CaseRole::Lead, due_at: owner.now() };
        room.act(&owner, async |tx| add_task(app, tx, &owner, id, new).await).await.expect("adds");
        assert_eq!(listed().await[0].title, "Call the bank");
    }

    /// On another machine, without the database: whole as it was written, and any change is named.
    async fn evidence_shows_every_change(t) {
        let room = Room::new(&t).await;
        let (host, app) = (&room.house.ctx, &room.house.app);
        let id = room.open(&room.owner()).await;
        let new = line(host, "A file lay on the share.", None);
        room.act(host, async |tx| note(app, tx, host, id, new).await).await.expect("writes");
        let dir = t.dir.path().join("evidence");
        let marketer = room.marketer();
        assert!(matches!(to_files(app, &marketer, id, &dir).await, Err(Error::Denied(_))));
        let written = to_files(app, host, id, &dir).await.expect("writes");
        assert!(matches!(to_files(app, host, id, &dir).await, Err(Error::Conflict(_))), "nothing is written over");
        let check = RecordCheck { key: Some(written.key.parse().expect("a key")), ..RecordCheck::default() };
        let whole = || verify_evidence(&dir, &check, |_, _| ()).is_ok_and(|report| report.is_whole());
        let report = verify_evidence(&dir, &check, |_, _| ()).expect("readable");
        assert!(report.is_whole(), "{:?}", report.findings);
        let timeline = std::fs::read_to_string(dir.join("timeline.json")).expect("a timeline");
        assert!(timeline.contains("A file lay on the share.") && timeline.contains("incidents.evidence"), "{timeline}");
        let mut tried = 0;
        for path in files(&dir) {
            let kept = std::fs::read(&path).expect("reads");
            let mut other = kept.clone();
            let at = other.len() / 2;
            other[at] ^= 1;
            std::fs::write(&path, &other).expect("writes");
            assert!(!whole(), "{} was changed and nobody saw it", path.display());
            std::fs::remove_file(&path).expect("removes");
            assert!(!whole(), "{} is gone and nobody saw it", path.display());
            std::fs::write(&path, &kept).expect("writes");
            tried += 1;
        }
        assert!(tried >= 10, "only {tried} files");
        assert!(whole());
        std::fs::write(dir.join("planted.txt"), "x").expect("writes");
        assert!(!whole(), "a planted file");
        std::fs::remove_file(dir.join("planted.txt")).expect("removes");
        let stranger = RecordCheck { key: Some(other_key()), ..RecordCheck::default() };
        assert!(!verify_evidence(&dir, &stranger, |_, _| ()).is_ok_and(|report| report.is_whole()), "another's key");
    }
}

/// The key of a log that is not ours.
pub(super) fn other_key() -> waxwing_crypto::tlog::VerifierKey {
    let rng = waxwing_domain::TestRng::seeded(5);
    let kind = waxwing_crypto::tlog::SignatureKind::Note;
    waxwing_crypto::tlog::NoteSigner::random("log", kind, &rng).expect("a key").verifier().clone()
}

/// Every file below a folder.
fn files(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).expect("reads").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
