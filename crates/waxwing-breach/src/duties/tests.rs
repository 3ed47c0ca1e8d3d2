//! Duties of a case, in sentences.

use super::*;
use crate::incidents::{Losses, NewCase, Severity};
use crate::testing::House;
use http::StatusCode;
use waxwing_app::accounts;
use waxwing_domain::{AccountId, EmailAddress, Rights, Role, SessionId};
use waxwing_law::clock::State;
use waxwing_law::facts::{Confidentiality, DataItem, DataKind, Judgements, PeopleIn, Risk};
use waxwing_store::{args, statement};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

statement! { SEALED, "SELECT sealed FROM duty_facts WHERE workspace_id = $1" }
statement! { MOVE, "UPDATE duty_met SET rule = 'gdpr-34-1' WHERE workspace_id = $1 AND rule = 'gdpr-33-1'" }

/// A house with an owner, and a confirmed case that they lead.
pub(super) struct Room {
    pub(super) house: House,
    pub(super) owner: Ctx,
    pub(super) id: IncidentId,
}

impl Room {
    pub(super) async fn new(t: &TestStore) -> Self {
        let house = House::new(t, &[]).await;
        let email = EmailAddress::parse("olga@orchard.example").expect("an address");
        accounts::bootstrap(&house.app, &house.ctx, email.clone()).await.expect("an owner");
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        let found = accounts::by_email(&house.app, &mut tx, &email).await.expect("looks").expect("is there");
        let owner = person(&house.ctx, found.id);
        let id = incidents::open(&house.app, &mut tx, &owner, suspicion(&owner)).await.expect("opens");
        incidents::confirm(&house.app, &mut tx, &owner, id, owner.now(), None).await.expect("confirms");
        tx.commit().await.expect("commits");
        Self { house, owner, id }
    }

    pub(super) async fn act<T>(&self, act: impl AsyncFnOnce(&mut Tx) -> Result<T>) -> Result<T> {
        let mut tx = self.house.app.begin(&self.owner, "test").await.expect("begins");
        let done = act(&mut tx).await?;
        tx.commit().await.expect("commits");
        Ok(done)
    }

    pub(super) async fn state(&self, change: impl FnOnce(&mut Stated) -> Result<()>) -> Result<()> {
        self.act(async |tx| state(&self.house.app, tx, &self.owner, self.id, change).await).await
    }

    async fn sign(&self, on: i64, risk: Option<Risk>, reason: &str) -> Result<()> {
        let judgements = Judgements { risk, ..Judgements::default() };
        let signed = Signed { judgements, reason: reason.into(), ..Signed::default() };
        self.act(async |tx| sign(&self.house.app, tx, &self.owner, self.id, on, signed).await).await
    }

    pub(super) async fn meet(&self, rule: &str, at: Micros) -> Result<()> {
        self.act(async |tx| meet(&self.house.app, tx, &self.owner, self.id, rule, at, "IC-1234").await).await
    }

    pub(super) async fn overview(&self) -> Overview {
        let mut tx = self.house.app.read(&self.owner, "test").await.expect("reads");
        overview(&self.house.app, &mut tx, &self.owner, self.id).await.expect("looks")
    }
}

fn person(ctx: &Ctx, account: AccountId) -> Ctx {
    let actor = Actor::Account(account, SessionId::from_i64(account.as_i64()));
    Ctx { actor, origin: actor, rights: Rights::of_role(Role::Owner), proven: true, ..ctx.clone() }
}

fn suspicion(ctx: &Ctx) -> NewCase {
    NewCase {
        summary: "A list left the house.".into(),
        losses: Losses { confidentiality: true, ..Losses::default() },
        severity: Severity::Unknown,
        suspected_at: ctx.now(),
        alert: None,
    }
}

/// A German house whose list of names and addresses was taken.
pub(super) fn list_taken(stated: &mut Stated) -> Result<()> {
    let facts = &mut stated.facts;
    facts.role = Some(waxwing_law::facts::Role::Controller);
    facts.establishment = Some("DE".parse().expect("a code"));
    facts.nature.confidentiality = Confidentiality::UnknownRecipients;
    facts.people = vec![PeopleIn { place: "DE".parse().expect("a code"), confirmed: 40, possible: 2 }];
    facts.data =
        vec![DataItem::new(DataKind::Name, Readable::Yes), DataItem::new(DataKind::EmailAddress, Readable::Yes)];
    Ok(())
}

fn one<'a>(overview: &'a Overview, rule: &str) -> &'a Standing {
    overview.duties.iter().find(|standing| standing.duty.rule == rule).expect("a rule")
}

store_test! {
    /// The first hour: the clock runs, what is missing is said, and nothing is guessed.
    async fn a_case_of_which_nothing_is_stated_has_open_duties(t) {
        let room = Room::new(&t).await;
        let seen = room.overview().await;
        let notify = one(&seen, "gdpr-33-1");
        let Verdict::MayApply(missing) = &notify.duty.verdict else { panic!("{:?}", notify.duty.verdict) };
        assert!(missing.iter().any(|what| what.contains("which kinds of data")), "{missing:?}");
        assert!(matches!(notify.clock.as_ref().expect("a clock").state(room.owner.now().timestamp()), State::Running(_)));
        assert!(seen.assessment.is_none() && seen.signature.is_none());
        assert_eq!(seen.stated.parts.organisation.as_deref(), Some("Orchard"), "what the workspace knows of itself");
    }

    /// Facts decide; a judgement counts once a person signed it, and on the facts that they saw.
    async fn a_signed_judgement_decides_and_only_on_the_facts_that_were_seen(t) {
        let room = Room::new(&t).await;
        room.state(list_taken).await.expect("stated");
        let seen = room.overview().await;
        assert_eq!(one(&seen, "gdpr-33-1").duty.verdict, Verdict::Applies, "until somebody judges a risk unlikely");
        assert!(matches!(one(&seen, "gdpr-34-1").duty.verdict, Verdict::MayApply(_)));
        assert_eq!(seen.assessment.as_ref().expect("a score").score.to_string(), "1.50");
        assert!(matches!(room.sign(0, Some(Risk::High), "Because.").await, Err(Error::Conflict(_))), "other facts");
        assert!(matches!(room.sign(1, Some(Risk::High), "  ").await, Err(Error::Invalid { .. })), "without a reason");
        room.sign(1, Some(Risk::High), "Many may be deceived.").await.expect("signs");
        let seen = room.overview().await;
        assert_eq!(one(&seen, "gdpr-34-1").duty.verdict, Verdict::Applies);
        assert_eq!(seen.signature.as_ref().expect("signed").signed.reason, "Many may be deceived.");
        room.sign(1, Some(Risk::Unlikely), "All of it is public.").await.expect("signs again");
        assert_eq!(one(&room.overview().await, "gdpr-33-1").duty.verdict, Verdict::DoesNotApply);
    }

    /// A duty is noted as done once, not before its clock began and not ahead of time.
    async fn a_duty_is_done_once_and_within_its_time(t) {
        let room = Room::new(&t).await;
        room.state(list_taken).await.expect("stated");
        let now = room.owner.now();
        assert!(matches!(room.meet("gdpr-33-1", now.plus(-Micros::HOUR)).await, Err(Error::Invalid { .. })));
        assert!(matches!(room.meet("gdpr-33-1", now.plus(Micros::HOUR)).await, Err(Error::Invalid { .. })));
        assert!(matches!(room.meet("gdpr-33-2", now).await, Err(Error::NotFound(_))), "not asked of a controller");
        assert!(matches!(room.meet("no-such-rule", now).await, Err(Error::NotFound(_))));
        room.meet("gdpr-33-1", now).await.expect("noted");
        assert!(matches!(room.meet("gdpr-33-1", now).await, Err(Error::Conflict(_))));
        let seen = room.overview().await;
        let done = one(&seen, "gdpr-33-1");
        assert_eq!(done.met.as_ref().expect("met").reference, "IC-1234");
        assert!(matches!(done.clock.as_ref().expect("a clock").state(now.plus(Micros::HOUR).timestamp()), State::Met(_)));
    }

    /// What is stated is sealed and bound to its place; what contradicts itself is refused; a program signs nothing.
    async fn what_is_stated_is_sealed_and_checked(t) {
        let room = Room::new(&t).await;
        room.state(|stated| {
            stated.parts.what_happened = Some("Olga left her desk.".into());
            list_taken(stated)
        }).await.expect("stated");
        let mut tx = room.house.app.read(&room.owner, "test").await.expect("reads");
        let sealed = tx.all(&SEALED, args![], |r| r.blob(0)).await.expect("rows");
        drop(tx);
        assert!(sealed.iter().all(|bytes| !bytes.windows(4).any(|word| word == b"Olga")), "in clear");
        let backwards = room.state(|stated| {
            stated.facts.times.occurred_from = Some(jiff::Timestamp::UNIX_EPOCH);
            stated.facts.times.occurred_to = Some(jiff::Timestamp::MIN);
            Ok(())
        }).await;
        assert!(matches!(backwards, Err(Error::Invalid { .. })));
        assert_eq!(room.overview().await.stated.version, 1, "nothing of it was kept");
        room.meet("gdpr-33-1", room.owner.now()).await.expect("noted");
        room.act(async |tx| Ok(tx.exec(&MOVE, args![]).await?)).await.expect("moved");
        let mut tx = room.house.app.read(&room.owner, "test").await.expect("reads");
        assert!(overview(&room.house.app, &mut tx, &room.owner, room.id).await.is_err(), "a moved row does not pass");
    }

    /// The pages: facts are typed, duties follow, a draft is handed out; who is not in the case does not learn of it.
    async fn the_pages_take_facts_and_hand_out_drafts(t) {
        let room = Room::new(&t).await;
        let house = &room.house;
        let stranger = house.web.session("all");
        let theirs = format!("/security/incidents/{}/duties", room.id);
        assert_eq!(stranger.get(&theirs).await.status, StatusCode::NOT_FOUND);
        let (web, page) = house.web.session("all").open("/security/incidents/new").await;
        let seal = page.hidden("csrf");
        let opened = web.post("/security/incidents", &format!("csrf={seal}&summary=A+list+left&severity=high&losses=confidentiality")).await;
        let at = format!("{}/duties", opened.headers["location"].to_str().expect("a path"));
        let (web, page) = web.open(&at).await;
        assert!(page.body.contains("What is missing") && page.body.contains("unverified"), "{}", page.body);
        let seal = page.hidden("csrf");
        let form = format!("csrf={seal}&role=controller&establishment=DE&zone=Europe%2FBerlin&active_in=GB%2C+US-CA\
            &confidentiality=unknown-recipients&integrity=kept&availability=kept&people=DE+40+2%0AUS-CA+600\
            &data=name%3Ayes&data=&data=email-address%3Ayes");
        assert_eq!(web.post(&format!("{at}/facts"), &form).await.status, StatusCode::SEE_OTHER);
        assert!(web.get(&at).await.body.contains("None of this is personal information in California"));
        assert!(web.get(&format!("{at}/facts")).await.body.contains("US-CA 600 0"));
        let case = at.trim_end_matches("/duties");
        assert!(!web.get(case).await.body.contains("left, by"), "no clock runs before the breach is confirmed");
        assert_eq!(web.post(&format!("{case}/confirm"), &format!("csrf={seal}&at=&zone=")).await.status, StatusCode::SEE_OTHER);
        let shown = web.get(case).await.body;
        assert!(shown.contains("GDPR Article 33(1)") && shown.contains("hours left, by"), "the nearest clock stands in the room: {shown}");
        let got = web.post(&format!("{at}/draft"), &format!("csrf={seal}&draft=authority")).await;
        assert!(got.body.contains("Number of people: about 640 for certain, and possibly 2 more"), "{}", got.body);
        assert_eq!(web.post(&format!("{at}/draft"), &format!("csrf={seal}&draft=poem")).await.status, StatusCode::NOT_FOUND);
        let wrong = web.post(&format!("{at}/facts"), &form.replace("US-CA+600", "Atlantis+600")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}
