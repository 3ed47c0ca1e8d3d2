//! Four eyes, as the people before and behind a request see it.

use super::{
    Approval, Kind, Passage, Policy, State, VALID, approve, by_id, mail, refuse, set_policy, store, to_decide, withdraw,
};
use crate::accounts::roles::{Grant, NewGrant, grant};
use crate::accounts::{self, NewApiKey, Person, create_api_key};
use crate::exporting::{self, Begun};
use crate::lists::{self, NewList};
use crate::login::tests::browser::{Browser, House};
use crate::login::{self, Device};
use crate::{App, Error, fields, subscribers};
use http::StatusCode;
use waxwing_domain::{
    AccountId, Action, Actor, ApprovalId, Ctx, DataClass, EmailAddress, LegalBasis, ListId, Micros, Rights, Role,
    Scope, SessionId,
};
use waxwing_testkit::store_test;

const PASSWORD: &str = "velvet anchor mosaic thirteen";
const ALL: Policy =
    Policy { exports: true, grants: true, new_audiences: true, sends_over: Some(100), retention: false };

/// Somebody who can sign in, let in by the host; and how they act.
pub(crate) async fn colleague(app: &App, host: &Ctx, name: &str, role: Role) -> (AccountId, Ctx) {
    let email = EmailAddress::parse(&format!("{name}@example.org")).expect("valid");
    let person = Person { email: email.clone(), name: name.into() };
    let mut tx = app.begin(host, "test").await.expect("begins");
    let token = accounts::invite(app, &mut tx, host, &person, Grant::of(role)).await.expect("invited");
    tx.commit().await.expect("commits");
    login::welcome(app, &app.visitor(), &token, PASSWORD.into(), &Device::default()).await.expect("a password");
    let mut tx = app.read(host, "test").await.expect("reads");
    let account = accounts::by_email(app, &mut tx, &email).await.expect("asks").expect("there").id;
    (account, acting(host, account, role))
}

/// How an account with this role acts.
pub(crate) fn acting(host: &Ctx, account: AccountId, role: Role) -> Ctx {
    let actor = Actor::Account(account, SessionId::from_i64(1));
    Ctx { actor, proven: true, origin: actor, rights: Rights::of_role(role), ..host.clone() }
}

pub(crate) async fn set(app: &App, ctx: &Ctx, policy: Policy) -> crate::Result<Passage> {
    let mut tx = app.begin(ctx, "test").await.expect("begins");
    let passage = set_policy(app, &mut tx, ctx, policy).await?;
    tx.commit().await.expect("commits");
    Ok(passage)
}

pub(crate) async fn say_yes(app: &App, ctx: &Ctx, id: ApprovalId) -> crate::Result<()> {
    let mut tx = app.begin(ctx, "test").await.expect("begins");
    approve(app, &mut tx, ctx, id).await?;
    tx.commit().await.expect("commits");
    Ok(())
}

/// A house with an owner, a security officer and a list of three people; everything needs a second person.
struct Scene {
    house: House,
    owner: Ctx,
    officer: Ctx,
    officer_id: AccountId,
    list: ListId,
}

impl Scene {
    async fn new(t: waxwing_testkit::store::TestStore) -> Self {
        let house = House::with_owner(t).await;
        let host = house.host();
        let owner = acting(&host, house.owner().await.id, Role::Owner);
        let (officer_id, officer) = colleague(&house.app, &host, "sam", Role::SecurityOfficer).await;
        let mut tx = house.app.begin(&host, "test").await.expect("begins");
        fields::install(&house.app, &mut tx, &host).await.expect("fields");
        let list = lists::create(&house.app, &mut tx, &host, NewList::named("Letters")).await.expect("a list").id;
        tx.commit().await.expect("commits");
        assert_eq!(set(&house.app, &host, ALL).await.expect("the host may"), Passage::FREE);
        Self { house, owner, officer, officer_id, list }
    }

    fn app(&self) -> &App {
        &self.house.app
    }

    async fn colleague(&self, name: &str, role: Role) -> (AccountId, Ctx) {
        colleague(self.app(), &self.house.host(), name, role).await
    }

    async fn grant(&self, to: AccountId, new: NewGrant) -> crate::Result<Passage> {
        let mut tx = self.app().begin(&self.owner, "test").await.expect("begins");
        let passage = grant(self.app(), &mut tx, &self.owner, to, new).await?;
        tx.commit().await.expect("commits");
        Ok(passage)
    }

    /// The owner asks to grant this; gives the request.
    async fn asked(&self, to: AccountId, new: NewGrant) -> ApprovalId {
        self.grant(to, new).await.expect("asks").waits().expect("waits")
    }

    async fn request(&self, id: ApprovalId) -> Approval {
        let mut tx = self.app().read(&self.owner, "test").await.expect("reads");
        by_id(&mut tx, &self.owner, id).await.expect("there")
    }

    async fn state(&self, id: ApprovalId) -> State {
        self.request(id).await.state_at(self.house.now())
    }

    async fn add(&self, names: std::ops::Range<usize>) {
        let host = self.house.host();
        let mut tx = self.app().begin(&host, "test").await.expect("begins");
        for name in names {
            let email = EmailAddress::parse(&format!("p{name}@example.net")).expect("valid");
            let person = subscribers::NewPerson { email, values: vec![] };
            let kind = crate::consent::ConsentKind::Manual;
            let admitted =
                subscribers::admit(self.app(), &mut tx, &host, person, kind, "At the fair.", &[self.list]).await;
            admitted.expect("a person");
        }
        tx.commit().await.expect("commits");
    }

    async fn export(&self, ctx: &Ctx, list: ListId, purpose: &str) -> crate::Result<Option<ApprovalId>> {
        Ok(match exporting::begin(self.app(), ctx, list, purpose, "page").await? {
            Begun::Now(_) => None,
            Begun::Waits(request) => Some(request),
        })
    }

    async fn browser(&self, name: &str) -> Browser {
        let mut browser = self.house.browser("192.0.2.9");
        let got = browser.sign_in(&format!("{name}@example.org"), PASSWORD).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
        browser
    }
}

fn until(now: Micros, days: i64) -> NewGrant {
    NewGrant { expires_at: Some(now.plus(days * Micros::DAY)), ..Grant::of(Role::PrivacyOfficer) }
}

store_test! {
    async fn a_powerful_role_waits_for_another_persons_yes_and_is_then_granted_once(t) {
        let scene = Scene::new(t).await;
        let (mo, as_mo) = scene.colleague("mo", Role::Editor).await;
        let request = scene.asked(mo, Grant::of(Role::PrivacyOfficer)).await;
        assert_eq!(scene.asked(mo, Grant::of(Role::PrivacyOfficer)).await, request, "asking again asks nothing new");
        for own in [&scene.owner, &as_mo] {
            assert!(say_yes(scene.app(), own, request).await.is_err(), "{own:?}");
        }
        assert_eq!(scene.state(request).await, State::Asked);
        say_yes(scene.app(), &scene.officer, request).await.expect("another person");
        assert!(say_yes(scene.app(), &scene.officer, request).await.is_err(), "decided once");
        let passage = scene.grant(mo, Grant::of(Role::PrivacyOfficer)).await.expect("goes on");
        assert_eq!(passage, Passage::Open(Some((request, scene.request(request).await.digest_hex()))));
        assert_eq!(scene.state(request).await, State::Used);
        let again = scene.asked(mo, Grant::of(Role::PrivacyOfficer)).await;
        assert_ne!(again, request, "a yes holds for one act");
        assert_eq!(scene.grant(mo, Grant::of(Role::Marketer)).await.expect("granted"), Passage::FREE);
    }

    async fn a_yes_to_one_role_person_and_end_is_no_yes_to_another(t) {
        let scene = Scene::new(t).await;
        let (mo, _) = scene.colleague("mo", Role::Editor).await;
        let (pat, _) = scene.colleague("pat", Role::Editor).await;
        let now = scene.house.now();
        let swaps = [
            (mo, Grant::of(Role::Owner)),
            (mo, Grant::of(Role::PrivacyOfficer)),
            (mo, until(now, 31)),
            (pat, until(now, 30)),
        ];
        for (to, new) in swaps {
            let request = scene.asked(mo, until(now, 30)).await;
            say_yes(scene.app(), &scene.officer, request).await.expect("another person");
            let other = scene.grant(to, new.clone()).await.expect("asks");
            assert!(other.waits().is_some_and(|other| other != request), "{to} {new:?}");
        }
        let roles = testing_roles(&scene, mo).await;
        assert_eq!(roles, ["editor"], "nothing was granted on the way");
    }

    async fn a_yes_holds_for_24_hours_to_the_microsecond(t) {
        let scene = Scene::new(t).await;
        let (mo, _) = scene.colleague("mo", Role::Editor).await;
        let request = scene.asked(mo, Grant::of(Role::Owner)).await;
        say_yes(scene.app(), &scene.officer, request).await.expect("another person");
        scene.house.pass(scene.request(request).await.expires_at.since(scene.house.now()) - 1);
        assert_eq!(scene.state(request).await, State::Approved);
        scene.house.pass(1);
        assert_eq!(scene.state(request).await, State::Expired);
        let later = scene.asked(mo, Grant::of(Role::Owner)).await;
        assert_ne!(later, request);
        scene.house.pass(VALID);
        assert!(matches!(say_yes(scene.app(), &scene.officer, later).await, Err(Error::Conflict(_))), "too late");
    }

    async fn a_yes_ends_when_whoever_gave_it_must_prove_anew_who_they_are(t) {
        let scene = Scene::new(t).await;
        let (mo, _) = scene.colleague("mo", Role::Editor).await;
        let request = scene.asked(mo, Grant::of(Role::PrivacyOfficer)).await;
        say_yes(scene.app(), &scene.officer, request).await.expect("another person");
        let host = scene.house.host();
        let mut tx = scene.app().begin(&host, "test").await.expect("begins");
        let whom = accounts::ResetScope::Person(scene.officer_id);
        accounts::force_reset(scene.app(), &mut tx, &host, whom, Action::AccountsWrite).await.expect("as containment does");
        tx.commit().await.expect("commits");
        let anew = scene.asked(mo, Grant::of(Role::PrivacyOfficer)).await;
        assert_ne!(anew, request, "asked anew");
        assert_eq!(scene.state(request).await, State::Withdrawn);
        assert_eq!(testing_roles(&scene, mo).await, ["editor"], "nothing was granted on the way");
    }

    async fn whoever_was_let_in_today_by_the_one_who_asks_is_no_second_person(t) {
        let scene = Scene::new(t).await;
        let host = scene.house.host();
        assert_eq!(set(scene.app(), &host, Policy { exports: true, ..Policy::default() }).await.expect("set"), Passage::FREE);
        let (puppet, _) = scene.colleague("puppet", Role::Editor).await;
        assert_eq!(scene.grant(puppet, Grant::of(Role::PrivacyOfficer)).await.expect("granted"), Passage::FREE);
        let as_puppet = acting(&host, puppet, Role::PrivacyOfficer);
        let asked = scene.export(&scene.owner, scene.list, "audit").await;
        assert!(matches!(asked, Err(Error::Conflict(_))), "nobody else could decide it");
        let (_, officer) = scene.colleague("privacy", Role::PrivacyOfficer).await;
        let request = scene.export(&scene.owner, scene.list, "audit").await.expect("asks").expect("waits");
        assert!(matches!(say_yes(scene.app(), &as_puppet, request).await, Err(Error::Conflict(_))));
        scene.house.pass(VALID);
        let request = scene.export(&scene.owner, scene.list, "audit").await.expect("asks").expect("waits");
        let mut tx = scene.app().read(&as_puppet, "test").await.expect("reads");
        let waiting: Vec<_> = to_decide(&mut tx, &as_puppet).await.expect("asks").iter().map(|one| one.id).collect();
        assert_eq!(waiting, [request], "a day later it is a colleague");
        drop(tx);
        say_yes(scene.app(), &officer, request).await.expect("another person");
    }

    async fn an_export_waits_and_leaves_once_exactly_as_it_was_agreed_to(t) {
        let scene = Scene::new(t).await;
        scene.add(0..3).await;
        let (_, privacy) = scene.colleague("privacy", Role::PrivacyOfficer).await;
        let owner = &scene.owner;
        let host = scene.house.host();
        let mut tx = scene.app().begin(&host, "test").await.expect("begins");
        let other = lists::create(scene.app(), &mut tx, &host, NewList::named("Others")).await.expect("a list").id;
        tx.commit().await.expect("commits");
        let request = scene.export(owner, scene.list, "audit").await.expect("asks").expect("waits");
        assert_eq!(scene.request(request).await.people, 3);
        assert!(say_yes(scene.app(), &scene.officer, request).await.is_err(), "who may not export does not decide it");
        say_yes(scene.app(), &privacy, request).await.expect("another person");
        assert!(scene.export(owner, other, "audit").await.expect("asks").is_some(), "another list");
        assert!(scene.export(&privacy, scene.list, "audit").await.expect("asks").is_some(), "another person");
        assert_eq!(scene.export(owner, scene.list, "audit").await.expect("leaves"), None);
        let spent = scene.export(owner, scene.list, "audit").await.expect("asks").expect("a yes holds for one export");
        say_yes(scene.app(), &privacy, spent).await.expect("another person");
        assert!(scene.export(owner, scene.list, "other").await.expect("asks").is_some(), "another purpose");
        let grown = scene.export(owner, scene.list, "audit").await.expect("asks").expect("waits");
        say_yes(scene.app(), &privacy, grown).await.expect("another person");
        scene.add(3..14).await;
        assert!(scene.export(owner, scene.list, "audit").await.expect("asks").is_some(), "11 more people");
        assert_eq!(scene.export(&host, scene.list, "audit").await.expect("leaves"), None, "the host asks nobody");
    }

    async fn a_yes_to_some_fields_is_no_yes_to_one_more(t) {
        let scene = Scene::new(t).await;
        scene.add(0..3).await;
        let (_, privacy) = scene.colleague("privacy", Role::PrivacyOfficer).await;
        let request = scene.export(&scene.owner, scene.list, "audit").await.expect("asks").expect("waits");
        say_yes(scene.app(), &privacy, request).await.expect("another person");
        let host = scene.house.host();
        let mut tx = scene.app().begin(&host, "test").await.expect("begins");
        let diet = fields::NewField {
            key: "diet".into(),
            label: "Diet".into(),
            kind: fields::FieldKind::Text,
            class: DataClass::Sensitive,
            purpose: "Catering".into(),
            basis: LegalBasis::Consent,
            retention_days: None,
            kind_of_data: None,
        };
        fields::define(scene.app(), &mut tx, &host, diet).await.expect("a field");
        tx.commit().await.expect("commits");
        let again = scene.export(&scene.owner, scene.list, "audit").await.expect("asks").expect("waits");
        assert_ne!(again, request, "the yes was to a file without diets");
    }

    async fn keeping_a_field_longer_waits_and_keeping_it_less_long_does_not(t) {
        let scene = Scene::new(t).await;
        let host = scene.house.host();
        let (_, other) = scene.colleague("olaf", Role::Owner).await;
        let set_to = Policy { retention: true, ..Policy::default() };
        assert_eq!(set(scene.app(), &host, set_to).await.expect("set"), Passage::FREE);
        let kept = async |ctx: &Ctx, days: Option<i64>, purpose: &str| {
            let mut tx = scene.app().begin(ctx, "test").await.expect("begins");
            let purpose = purpose.to_owned();
            let basis = LegalBasis::Consent;
            let change = fields::FieldChange { label: "First name".into(), purpose, basis, retention_days: days, kind_of_data: None };
            let passage = fields::change(scene.app(), &mut tx, ctx, "first_name", change).await.expect("may");
            tx.commit().await.expect("commits");
            passage.waits()
        };
        let days = async || {
            let mut tx = scene.app().read(&host, "test").await.expect("reads");
            fields::by_key(&mut tx, "first_name").await.expect("built in").retention_days
        };
        assert_eq!(kept(&scene.owner, Some(30), "To greet").await, None, "shorter than without end");
        let request = kept(&scene.owner, Some(90), "To greet").await.expect("waits");
        assert_eq!(days().await, Some(30));
        assert!(say_yes(scene.app(), &scene.owner, request).await.is_err(), "not who asked");
        say_yes(scene.app(), &other, request).await.expect("another person");
        for (swapped, purpose) in [(None, "To greet"), (Some(91), "To greet"), (Some(90), "To sell")] {
            assert!(kept(&scene.owner, swapped, purpose).await.is_some(), "{swapped:?} {purpose} was not agreed to");
        }
        let again = kept(&scene.owner, Some(90), "To greet").await.expect("asking for another ends a yes");
        say_yes(scene.app(), &other, again).await.expect("another person");
        assert_eq!(kept(&scene.owner, Some(90), "To greet").await, None, "exactly what was agreed to");
        assert_eq!(days().await, Some(90));
        assert!(kept(&scene.owner, Some(91), "To greet").await.is_some(), "once");
        assert_eq!(kept(&host, None, "To greet").await, None, "the host asks nobody");
    }

    async fn needing_less_needs_a_second_person_and_needing_more_does_not(t) {
        let scene = Scene::new(t).await;
        let (app, owner) = (scene.app(), &scene.owner);
        let host = scene.house.host();
        let alone = set(app, owner, Policy { sends_over: Some(10), ..ALL }).await;
        assert!(matches!(alone, Err(Error::Conflict(_))), "nobody else could decide exports and campaigns");
        let (_, privacy) = scene.colleague("privacy", Role::PrivacyOfficer).await;
        scene.colleague("ann", Role::Approver).await;
        let stricter = Policy { sends_over: Some(10), ..ALL };
        assert_eq!(set(app, owner, stricter).await.expect("set"), Passage::FREE);
        let looser = Policy { exports: false, ..stricter };
        let request = set(app, owner, looser).await.expect("asks").waits().expect("waits");
        assert_eq!(current(&scene).await, stricter);
        say_yes(app, &privacy, request).await.expect("another person");
        let swapped = set(app, owner, Policy { grants: false, ..looser }).await.expect("asks");
        assert!(swapped.waits().is_some_and(|other| other != request), "a yes to one change is none to another");
        let request = set(app, owner, looser).await.expect("asks").waits().expect("waits");
        say_yes(app, &privacy, request).await.expect("another person");
        assert!(set(app, owner, looser).await.expect("set").waits().is_none());
        assert_eq!(current(&scene).await, looser);
        assert_eq!(set(app, &host, Policy::default()).await.expect("the way out"), Passage::FREE);
    }

    async fn what_a_key_asks_for_is_not_decided_by_whoever_made_the_key(t) {
        let scene = Scene::new(t).await;
        let (privacy_id, privacy) = scene.colleague("privacy", Role::PrivacyOfficer).await;
        let mut tx = scene.app().begin(&scene.owner, "test").await.expect("begins");
        let new = NewApiKey::of(&scene.owner, "Nightly", &[Scope::Read, Scope::Export]);
        let (key, _) = create_api_key(scene.app(), &mut tx, &scene.owner, new).await.expect("made");
        tx.commit().await.expect("commits");
        let actor = Actor::ApiKey(key);
        let program = Ctx { actor, origin: actor, rights: Rights::of_scopes(&[Scope::Read, Scope::Export]), ..scene.owner.clone() };
        let request = scene.export(&program, scene.list, "nightly").await.expect("asks").expect("waits");
        assert_eq!(scene.request(request).await.behind, Some(AccountId::from_i64(scene.owner.actor.principal())));
        assert!(matches!(say_yes(scene.app(), &scene.owner, request).await, Err(Error::Conflict(_))));
        assert!(say_yes(scene.app(), &program, request).await.is_err(), "no program decides");
        say_yes(scene.app(), &privacy, request).await.expect("another person");
        assert_eq!(scene.export(&program, scene.list, "nightly").await.expect("leaves"), None);
        assert_ne!(privacy_id, scene.officer_id);
    }

    async fn a_refusal_has_a_reason_and_ends_it_and_a_request_can_be_taken_back(t) {
        let scene = Scene::new(t).await;
        let (mo, as_mo) = scene.colleague("mo", Role::Editor).await;
        let request = scene.asked(mo, Grant::of(Role::Owner)).await;
        let app = scene.app();
        for reason in ["", "   ", &"x".repeat(501)] {
            let mut tx = app.begin(&scene.officer, "test").await.expect("begins");
            assert!(matches!(refuse(app, &mut tx, &scene.officer, request, reason).await, Err(Error::Invalid { .. })));
        }
        let mut tx = app.begin(&scene.officer, "test").await.expect("begins");
        refuse(app, &mut tx, &scene.officer, request, "Not before the audit.").await.expect("refused");
        tx.commit().await.expect("commits");
        assert_eq!(scene.state(request).await, State::Refused);
        let second = scene.asked(mo, Grant::of(Role::Owner)).await;
        let mut tx = app.begin(&as_mo, "test").await.expect("begins");
        assert!(matches!(withdraw(app, &mut tx, &as_mo, second).await, Err(Error::NotFound(_))), "not one's own");
        drop(tx);
        let mut tx = app.begin(&scene.owner, "test").await.expect("begins");
        withdraw(app, &mut tx, &scene.owner, second).await.expect("one's own");
        assert!(matches!(withdraw(app, &mut tx, &scene.owner, second).await, Err(Error::Conflict(_))));
        tx.commit().await.expect("commits");
        assert!(matches!(say_yes(app, &scene.officer, second).await, Err(Error::Conflict(_))));
    }

    async fn those_who_may_decide_get_mail_once_and_nobody_else(t) {
        let scene = Scene::new(t).await;
        let (mo, _) = scene.colleague("mo", Role::Editor).await;
        scene.house.mail().await;
        let request = scene.asked(mo, Grant::of(Role::Owner)).await;
        for _ in 0..2 {
            let mut tx = scene.app().begin(&scene.house.host(), "test").await.expect("begins");
            mail::ask(scene.app(), &mut tx, &scene.house.host(), request).await.expect("told");
            tx.commit().await.expect("commits");
        }
        let mail = scene.house.mail().await;
        assert_eq!(mail.iter().map(|one| one.to.as_str()).collect::<Vec<_>>(), ["sam@example.org"]);
        assert!(mail[0].text.contains(&format!("/security/approvals/{request}")), "{}", mail[0].text);
        say_yes(scene.app(), &scene.officer, request).await.expect("another person");
        let answer = scene.house.mail().await;
        assert_eq!((answer.len(), answer[0].kind.as_str()), (1, "approvals.decided"));
    }

    async fn a_page_shows_what_will_happen_and_only_its_buttons_decide(t) {
        let scene = Scene::new(t).await;
        let (mo, _) = scene.colleague("mo", Role::Editor).await;
        scene.colleague("analyst", Role::Analyst).await;
        let request = scene.asked(mo, Grant::of(Role::PrivacyOfficer)).await;
        let page = format!("/security/approvals/{request}");
        assert_eq!(scene.browser("analyst").await.get(&page).await.status, StatusCode::NOT_FOUND, "not theirs to see");
        let mut officer = scene.browser("sam").await;
        assert!(officer.get("/").await.body.contains("waits for your yes or no"), "home says so");
        assert!(officer.get("/security/approvals").await.body.contains("Grant a role: Privacy officer"));
        let shown = officer.get(&page).await.body;
        for part in ["export.run", "without end", "mo", &scene.request(request).await.digest_hex()] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        for verb in ["approve", "refuse", "withdraw"] {
            assert_ne!(officer.get(&format!("{page}/{verb}")).await.status, StatusCode::OK, "no GET decides");
        }
        assert_eq!(scene.state(request).await, State::Asked);
        let silent = officer.post(&page, &format!("{page}/refuse"), &[("reason", " ")]).await;
        assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(officer.post(&page, &format!("{page}/approve"), &[]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(scene.state(request).await, State::Approved);
        let mut owner = scene.house.signed_in().await;
        let shown = owner.get(&page).await.body;
        assert!(shown.contains(&format!("/settings/people/{mo}?role=privacy_officer")), "{shown}");
        let form = format!("/settings/people/{mo}");
        let granted = owner.post(&form, &format!("{form}/roles"), &[("role", "privacy_officer"), ("until", "")]).await;
        assert_eq!(granted.location(), form, "granted, for the yes was there");
        assert_eq!(testing_roles(&scene, mo).await, ["editor", "privacy_officer"]);
    }

    async fn the_settings_page_says_what_waits_and_fills_it_in_again(t) {
        let scene = Scene::new(t).await;
        scene.colleague("privacy", Role::PrivacyOfficer).await;
        scene.colleague("ann", Role::Approver).await;
        let mut owner = scene.house.signed_in().await;
        let path = "/settings/approvals";
        let wrong = owner.post(path, path, &[("sends_over", "many")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let loose = owner.post(path, path, &[("exports", "on"), ("sends_over", "1,000")]).await;
        assert!(loose.location().starts_with("/security/approvals/"), "{}", loose.location());
        let filled = owner.get(&format!("{path}?again=1&exports=on&sends_over=1000")).await.body;
        assert!(filled.contains("value=\"1000\""), "{filled}");
        assert_eq!(current(&scene).await, ALL);
        assert_eq!(scene.request(loose.location().rsplit('/').next().expect("an id").parse().expect("an id")).await.kind, Kind::Policy);
    }

    async fn what_is_over_is_marked_by_the_sweep(t) {
        let scene = Scene::new(t).await;
        let (mo, _) = scene.colleague("mo", Role::Editor).await;
        let request = scene.asked(mo, Grant::of(Role::Owner)).await;
        scene.house.pass(VALID);
        let mut tx = scene.app().begin(&scene.owner, "test").await.expect("begins");
        store::sweep(&mut tx, scene.house.now()).await.expect("sweeps");
        assert_eq!(store::by_id(&mut tx, request).await.expect("reads").expect("there").state, State::Expired);
    }
}

async fn testing_roles(scene: &Scene, account: AccountId) -> Vec<String> {
    let host = scene.house.host();
    let mut tx = scene.app().read(&host, "test").await.expect("reads");
    let grants = crate::accounts::roles::grants_of(&mut tx, &host, account).await.expect("reads");
    let mut roles: Vec<_> = grants.iter().map(|grant| grant.role.to_string()).collect();
    roles.sort();
    roles
}

async fn current(scene: &Scene) -> Policy {
    let mut tx = scene.app().read(&scene.owner, "test").await.expect("reads");
    super::policy(&mut tx).await.expect("reads")
}
