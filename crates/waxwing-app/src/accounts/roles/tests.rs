//! Roles: what they allow is asked anew, and nobody gives what they lack.

use super::{
    Grant, NewGrant, NewRole, RoleRef, UNMASKED_FOR, custom, define, discard, grant, rights_of, unmask, withdraw,
};
use crate::accounts::{self, Person};
use crate::login::tests::browser::{Browser, House};
use crate::login::{self, Device};
use crate::{Error, lists};
use http::StatusCode;
use waxwing_domain::{
    AccountId, Action, ActionSet, Actor, ClassSet, Ctx, EmailAddress, Micros, Rights, Role, SessionId, SubjectNo,
};
use waxwing_testkit::store_test;

const PASSWORD: &str = "velvet anchor mosaic thirteen";

/// Somebody else with this role, and the account.
async fn invited(house: &House, role: Role) -> AccountId {
    let ctx = house.host();
    let person = Person { email: EmailAddress::parse("mo@example.org").expect("valid"), name: "Mo".into() };
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    let token = accounts::invite(&house.app, &mut tx, &ctx, &person, Grant::of(role)).await.expect("invited");
    tx.commit().await.expect("commits");
    login::welcome(&house.app, &house.visitor("192.0.2.8"), &token, PASSWORD.into(), &Device::default())
        .await
        .expect("a good password");
    let mut tx = house.app.read(&ctx, "test").await.expect("reads");
    accounts::by_email(&house.app, &mut tx, &person.email).await.expect("asks").expect("there").id
}

async fn browser_of(house: &House) -> Browser {
    let mut browser = house.browser("192.0.2.8");
    let got = browser.sign_in("mo@example.org", PASSWORD).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    browser
}

async fn rights(house: &House, account: AccountId) -> Rights {
    let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
    rights_of(&mut tx, account, SessionId::from_i64(1), house.now()).await.expect("asks")
}

store_test! {
    async fn the_first_owner_may_everything_and_the_invited_what_their_role_says(t) {
        let house = House::with_owner(t).await;
        assert_eq!(rights(&house, house.owner().await.id).await, Rights::of_role(Role::Owner));
        let mo = invited(&house, Role::Editor).await;
        assert_eq!(rights(&house, mo).await, Rights::of_role(Role::Editor));
    }

    async fn a_role_that_changes_bites_on_the_next_request(t) {
        let house = House::with_owner(t).await;
        let mo = invited(&house, Role::Marketer).await;
        let mut browser = browser_of(&house).await;
        assert_eq!(browser.get("/audience/import").await.status, StatusCode::OK);
        let ctx = house.host();
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        assert_eq!(grant(&house.app, &mut tx, &ctx, mo, Grant::of(Role::Analyst)).await.expect("granted").waits(), None);
        withdraw(&house.app, &mut tx, &ctx, mo, RoleRef::BuiltIn(Role::Marketer)).await.expect("withdrawn");
        tx.commit().await.expect("commits");
        assert_eq!(browser.get("/audience/import").await.status, StatusCode::FORBIDDEN);
        assert_eq!(browser.get("/reports").await.status, StatusCode::OK);
    }

    async fn a_role_with_an_end_is_over_when_it_comes(t) {
        let house = House::with_owner(t).await;
        let mo = invited(&house, Role::Analyst).await;
        let ctx = house.host();
        let guest = |expires_at| NewGrant { expires_at, ..Grant::of(Role::GuestResponder) };
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        for wrong in [None, Some(house.now()), Some(house.now().plus(400 * Micros::DAY))] {
            let answer = grant(&house.app, &mut tx, &ctx, mo, guest(wrong)).await;
            assert!(matches!(answer, Err(Error::Invalid { .. })), "{wrong:?}");
        }
        assert_eq!(grant(&house.app, &mut tx, &ctx, mo, guest(Some(house.now().plus(Micros::DAY)))).await.expect("granted").waits(), None);
        tx.commit().await.expect("commits");
        assert!(rights(&house, mo).await.actions.has(Action::RecordRead));
        house.pass(Micros::DAY);
        assert!(!rights(&house, mo).await.actions.has(Action::RecordRead));
    }

    async fn nobody_gives_what_they_lack(t) {
        let house = House::with_owner(t).await;
        let mo = invited(&house, Role::Editor).await;
        let mut tx = house.app.begin(&house.host(), "test").await.expect("begins");
        let weak = Ctx { rights: Rights::of_role(Role::Marketer), ..house.host() };
        assert!(matches!(grant(&house.app, &mut tx, &weak, mo, Grant::of(Role::Editor)).await, Err(Error::Denied(_))));
        let actions: ActionSet = [Action::RolesGrant, Action::HomeRead].into_iter().collect();
        let granter = Ctx { rights: Rights { actions, ..Rights::default() }, ..house.host() };
        let answer = grant(&house.app, &mut tx, &granter, mo, Grant::of(Role::Owner)).await;
        assert!(matches!(answer, Err(Error::Conflict(_))));
        let new = NewRole { name: "Mine".into(), actions: ActionSet::ALL, clear: ClassSet::ALL, lists: None };
        assert!(matches!(define(&house.app, &mut tx, &granter, new).await, Err(Error::Conflict(_))));
    }

    async fn the_last_owner_stays_one(t) {
        let house = House::with_owner(t).await;
        let (owner, ctx) = (house.owner().await.id, house.host());
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        let role = RoleRef::BuiltIn(Role::Owner);
        assert!(matches!(withdraw(&house.app, &mut tx, &ctx, owner, role).await, Err(Error::Conflict(_))));
        assert!(matches!(accounts::remove(&house.app, &mut tx, &ctx, owner).await, Err(Error::Conflict(_))));
        let ending = NewGrant { expires_at: Some(house.now().plus(Micros::DAY)), ..Grant::of(Role::Owner) };
        assert!(matches!(grant(&house.app, &mut tx, &ctx, owner, ending).await, Err(Error::Conflict(_))));
    }

    async fn a_role_of_ones_own_grants_its_atoms(t) {
        let house = House::with_owner(t).await;
        let (mo, ctx) = (invited(&house, Role::Analyst).await, house.host());
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        let new = |name: &str| NewRole {
            name: name.into(),
            actions: [Action::ListsRead, Action::SubscribersRead].into_iter().collect(),
            clear: ClassSet::UP_TO_INTERNAL,
            lists: None,
        };
        for wrong in ["", "Owner", "auditor", "a\nb"] {
            let answer = define(&house.app, &mut tx, &ctx, new(wrong)).await;
            assert!(matches!(answer, Err(Error::Invalid { .. })), "{wrong:?}");
        }
        let role = define(&house.app, &mut tx, &ctx, new("Desk")).await.expect("defined");
        assert!(matches!(define(&house.app, &mut tx, &ctx, new("Desk")).await, Err(Error::Conflict(_))));
        let given = NewGrant { role: RoleRef::Custom(role.id), expires_at: None };
        assert_eq!(grant(&house.app, &mut tx, &ctx, mo, given).await.expect("granted").waits(), None);
        assert!(matches!(discard(&house.app, &mut tx, &ctx, role.id).await, Err(Error::Conflict(_))), "it is in use");
        tx.commit().await.expect("commits");
        let rights = rights(&house, mo).await;
        assert!(rights.actions.has(Action::SubscribersRead) && rights.actions.has(Action::ReportsRead));
        assert_eq!(rights.clear, ClassSet::UP_TO_INTERNAL);
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        withdraw(&house.app, &mut tx, &ctx, mo, RoleRef::Custom(role.id)).await.expect("withdrawn");
        discard(&house.app, &mut tx, &ctx, role.id).await.expect("discarded");
        assert!(custom(&mut tx, &ctx).await.expect("asks").is_empty());
    }

    async fn a_role_for_some_lists_limits_whatever_else_its_person_may_do(t) {
        let house = House::with_owner(t).await;
        let (mo, ctx) = (invited(&house, Role::Owner).await, house.host());
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        let list = lists::create(&house.app, &mut tx, &ctx, lists::NewList::named("Berlin")).await.expect("a list").id;
        let new = |actions: &[Action], list| NewRole {
            name: "Berlin desk".into(),
            actions: actions.iter().copied().collect(),
            clear: ClassSet::NONE,
            lists: Some([list].into()),
        };
        for wrong in [new(&[Action::SettingsRead], list), new(&[Action::ListsRead], waxwing_domain::ListId::from_i64(7))] {
            let answer = define(&house.app, &mut tx, &ctx, wrong).await;
            assert!(matches!(answer, Err(Error::Invalid { field, .. }) if field == "lists"));
        }
        let role = define(&house.app, &mut tx, &ctx, new(&[Action::CampaignsRead], list)).await.expect("defined");
        let given = NewGrant { role: RoleRef::Custom(role.id), expires_at: None };
        assert_eq!(grant(&house.app, &mut tx, &ctx, mo, given).await.expect("granted").waits(), None);
        tx.commit().await.expect("commits");
        let rights = rights(&house, mo).await;
        assert_eq!(rights.lists.as_deref(), Some(&[list].into()));
        assert!(rights.actions.has(Action::SubscribersRead) && rights.actions.has(Action::CampaignsRead));
        assert!(!rights.actions.has(Action::SettingsRead), "what cannot be limited falls away, an owner's too");
    }

    async fn one_person_is_unmasked_for_a_reason_and_a_while_in_one_session(t) {
        let house = House::with_owner(t).await;
        let mo = invited(&house, Role::Marketer).await;
        let (here, elsewhere) = (SessionId::from_i64(5), SessionId::from_i64(6));
        let ctx = Ctx { actor: Actor::Account(mo, here), proven: true, rights: Rights::of_role(Role::Marketer), ..house.host() };
        let subject = SubjectNo::new(12);
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        let short = unmask(&house.app, &mut tx, &ctx, subject, "because").await;
        assert!(matches!(short, Err(Error::Invalid { .. })));
        unmask(&house.app, &mut tx, &ctx, subject, "She called about her order").await.expect("unmasked");
        tx.commit().await.expect("commits");
        let mut tx = house.app.read(&ctx, "test").await.expect("reads");
        let seen = async |tx: &mut _, session, at| rights_of(tx, mo, session, at).await.expect("asks").unmasked;
        assert!(seen(&mut tx, here, house.now()).await.contains(&subject));
        assert!(seen(&mut tx, elsewhere, house.now()).await.is_empty());
        assert!(seen(&mut tx, here, house.now().plus(UNMASKED_FOR)).await.is_empty());
        let key = Ctx { actor: Actor::Host, ..ctx };
        drop(tx);
        let mut tx = house.app.begin(&key, "test").await.expect("begins");
        let answer = unmask(&house.app, &mut tx, &key, subject, "She called about her order").await;
        assert!(matches!(answer, Err(Error::Denied(_))), "only in a session");
    }

    async fn the_matrix_and_a_persons_roles_are_pages_that_work(t) {
        let house = House::with_owner(t).await;
        let mo = invited(&house, Role::Editor).await;
        let mut owner = house.signed_in().await;
        let matrix = owner.get("/settings/roles").await;
        assert!(matrix.body.contains("subscribers.unmask") && matrix.body.contains("Guest responder"));
        let form = [("name", "Helpdesk"), ("action", "subscribers.read"), ("class", "personal")];
        assert_eq!(owner.post("/settings/roles", "/settings/roles", &form).await.status, StatusCode::SEE_OTHER);
        assert!(owner.get("/settings/roles").await.body.contains("Helpdesk"));
        let page = format!("/settings/people/{mo}");
        let got = owner.post(&page, &format!("{page}/roles"), &[("role", "guest_responder"), ("until", "")]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(got.body.contains("needs a day"), "{}", got.body);
        let got = owner.post(&page, &format!("{page}/roles/withdraw"), &[("role", "editor")]).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER);
        assert!(owner.get(&page).await.body.contains("No role"));
    }
}
