//! Campaigns that wait for a second person: nothing leaves that was not agreed to exactly.

use super::world::World;
use crate::accounts;
use crate::accounts::approvals::tests::{acting, colleague, say_yes, set};
use crate::accounts::approvals::{self, Kind, Policy, State};
use crate::accounts::roles::{RoleRef, withdraw};
use crate::campaigns::depart::as_planned;
use crate::campaigns::{Edit, Ordered, Phase, Plan, edit, start_now};
use crate::lists::{self, NewList};
use crate::login;
use crate::subscribers::{self, NewPerson};
use waxwing_domain::{AccountId, ApprovalId, CampaignId, Ctx, EmailAddress, Micros, Role};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

/// A workspace with a marketer, who acts, and an approver; every campaign needs a second person.
struct Scene {
    w: World,
    host: Ctx,
    marketer: AccountId,
    approver: Ctx,
}

impl Scene {
    async fn new(t: &TestStore) -> Self {
        let mut w = World::new(t).await;
        let host = w.ctx.clone();
        let owner = EmailAddress::parse("olga@example.org").expect("valid");
        let token = accounts::bootstrap(&w.app, &host, owner).await.expect("the first owner");
        let secret = "maroon kettle orbit fiddle".into();
        login::welcome(&w.app, &w.app.visitor(), &token, secret, &login::Device::default()).await.expect("in");
        let (marketer, ctx) = colleague(&w.app, &host, "mo", Role::Marketer).await;
        let (_, approver) = colleague(&w.app, &host, "ann", Role::Approver).await;
        w.ctx = ctx;
        let scene = Self { w, host, marketer, approver };
        scene.policy(Policy { sends_over: Some(0), ..Policy::default() }).await;
        scene
    }

    async fn policy(&self, policy: Policy) {
        assert!(set(&self.w.app, &self.host, policy).await.expect("the host may").waits().is_none());
    }

    /// The marketer orders the campaign as it is planned.
    async fn order(&self, id: CampaignId) -> crate::Result<Ordered<Micros>> {
        let w = &self.w;
        let proof = w.proof(id).await;
        let mut tx = w.begin().await;
        let ordered = as_planned(&w.app, &mut tx, &w.ctx, &proof).await?;
        tx.commit().await.expect("commits");
        Ok(ordered)
    }

    async fn asked(&self, id: CampaignId) -> ApprovalId {
        match self.order(id).await.expect("asks") {
            Ordered::Waits(request) => request,
            Ordered::Now(_) => panic!("it left without anybody’s yes"),
        }
    }

    async fn edit(&self, id: CampaignId, change: Edit) {
        let mut tx = self.w.begin().await;
        edit(&self.w.app, &mut tx, &self.w.ctx, id, vec![change]).await.expect("edited");
        tx.commit().await.expect("commits");
    }

    async fn state(&self, id: ApprovalId) -> State {
        let mut tx = self.w.begin().await;
        approvals::by_id(&mut tx, &self.host, id).await.expect("there").state
    }

    async fn phase(&self, id: CampaignId) -> Phase {
        let state = self.w.campaign(id).await.state;
        let mut tx = self.w.begin().await;
        crate::campaigns::standing(&mut tx, &self.host, &state).await.expect("stands").phase
    }

    async fn mail(&self) -> Vec<String> {
        crate::testing::mails(&self.w.app).await.into_iter().map(|mail| mail.kind).collect()
    }

    /// So many more people join the list.
    async fn join(&self, many: usize) {
        let mut tx = self.w.begin().await;
        for number in 0..many {
            let email = EmailAddress::parse(&format!("new{number}@example.net")).expect("valid");
            let person = NewPerson { email, values: Vec::new() };
            let kind = crate::consent::ConsentKind::Manual;
            subscribers::admit(&self.w.app, &mut tx, &self.host, person, kind, "At the fair.", &[self.w.list])
                .await
                .expect("joined");
        }
        tx.commit().await.expect("commits");
    }
}

store_test! {
    async fn a_campaign_leaves_by_itself_after_another_persons_yes(t) {
        let scene = Scene::new(&t).await;
        let id = scene.w.draft("Hello").await;
        let request = scene.asked(id).await;
        assert_eq!(scene.asked(id).await, request, "pressing twice asks once");
        scene.w.run_jobs().await;
        assert_eq!(scene.phase(id).await, Phase::Draft, "nothing leaves before the yes");
        assert!(say_yes(&scene.w.app, &acting(&scene.host, scene.marketer, Role::Owner), request).await.is_err());
        say_yes(&scene.w.app, &scene.approver, request).await.expect("another person");
        scene.w.run_jobs().await;
        assert_eq!(scene.phase(id).await, Phase::Leaving);
        assert_eq!(scene.state(request).await, State::Used);
        scene.w.clock.advance(31 * Micros::SECOND);
        scene.w.run_jobs().await;
        assert_eq!(scene.phase(id).await, Phase::Sending);
    }

    async fn whatever_is_edited_takes_the_request_back_before_and_after_the_yes(t) {
        let scene = Scene::new(&t).await;
        let id = scene.w.draft("Hello").await;
        let list = {
            let mut tx = scene.w.begin().await;
            let list = lists::create(&scene.w.app, &mut tx, &scene.host, NewList::named("Others")).await.expect("a list").id;
            tx.commit().await.expect("commits");
            list
        };
        let content = crate::templates::Content { body: "Bye".into(), ..scene.w.campaign(id).await.content };
        let from = crate::campaigns::From { name: "Mo".into(), ..scene.w.campaign(id).await.from };
        let plan = Plan::At { local: "2099-01-01T09:00".into(), zone: "UTC".into() };
        let changes = [
            Edit::Content(content),
            Edit::Sender(from),
            Edit::Subject { subject: "Pears".into(), preheader: String::new() },
            Edit::Audience { lists: vec![scene.w.list, list], reason: String::new() },
            Edit::Plan(plan),
        ];
        for change in changes {
            let asked = scene.asked(id).await;
            scene.edit(id, change.clone()).await;
            assert_eq!(scene.state(asked).await, State::Withdrawn);
            let agreed = scene.asked(id).await;
            say_yes(&scene.w.app, &scene.approver, agreed).await.expect("another person");
            scene.edit(id, change).await;
            assert_eq!(scene.state(agreed).await, State::Withdrawn, "approve, then swap");
            scene.w.run_jobs().await;
            assert_eq!(scene.phase(id).await, Phase::Draft, "nothing left");
        }
    }

    async fn what_changes_around_the_campaign_takes_the_yes_away_too(t) {
        let scene = Scene::new(&t).await;
        let id = scene.w.draft("Hello").await;
        let request = scene.asked(id).await;
        scene.mail().await;
        scene.w.settings("Somebody Else", "1 Tree Lane").await;
        say_yes(&scene.w.app, &scene.approver, request).await.expect("another person");
        scene.w.run_jobs().await;
        assert_eq!(scene.phase(id).await, Phase::Draft, "the footer is part of what was agreed to");
        assert!(scene.mail().await.contains(&"campaigns.not_sent".to_owned()), "whoever asked is told");
    }

    async fn an_audience_that_grew_after_the_yes_is_not_sent_to(t) {
        let scene = Scene::new(&t).await;
        let id = scene.w.draft("Hello").await;
        let request = scene.asked(id).await;
        scene.join(11).await;
        say_yes(&scene.w.app, &scene.approver, request).await.expect("another person");
        scene.w.run_jobs().await;
        assert_eq!(scene.phase(id).await, Phase::Draft);
        let again = scene.asked(id).await;
        assert_ne!(again, request);
        say_yes(&scene.w.app, &scene.approver, again).await.expect("another person");
        scene.w.run_jobs().await;
        assert_eq!(scene.phase(id).await, Phase::Leaving, "14 people were agreed to");
    }

    async fn an_audience_that_grows_between_order_and_departure_is_looked_at_again(t) {
        let scene = Scene::new(&t).await;
        scene.policy(Policy { sends_over: Some(5), ..Policy::default() }).await;
        let id = scene.w.draft("Hello").await;
        assert!(scene.order(id).await.expect("three people need nobody").now().is_some());
        scene.join(20).await;
        scene.mail().await;
        scene.w.clock.advance(31 * Micros::SECOND);
        scene.w.run_jobs().await;
        assert_eq!(scene.phase(id).await, Phase::Draft, "23 people need a second person");
        assert!(scene.mail().await.contains(&"campaigns.not_sent".to_owned()));
    }

    async fn a_list_that_nothing_was_sent_to_needs_a_second_person_the_first_time(t) {
        let scene = Scene::new(&t).await;
        scene.policy(Policy { new_audiences: true, ..Policy::default() }).await;
        let first = scene.w.draft("Hello").await;
        let request = scene.asked(first).await;
        say_yes(&scene.w.app, &scene.approver, request).await.expect("another person");
        let proof = scene.w.proof(first).await;
        let started = start_now(&scene.w.app, &scene.w.ctx, &proof).await.expect("starts");
        assert!(started.now().is_some(), "a program sends at once what was agreed to");
        let second = scene.w.draft("Hello again").await;
        assert!(scene.order(second).await.expect("ordered").now().is_some(), "the list is known now");
    }

    async fn a_yes_is_worth_nothing_once_whoever_asked_may_not_send(t) {
        let scene = Scene::new(&t).await;
        let id = scene.w.draft("Hello").await;
        let request = scene.asked(id).await;
        let mut tx = scene.w.begin().await;
        let role = RoleRef::BuiltIn(Role::Marketer);
        withdraw(&scene.w.app, &mut tx, &scene.host, scene.marketer, role).await.expect("taken away");
        tx.commit().await.expect("commits");
        say_yes(&scene.w.app, &scene.approver, request).await.expect("another person");
        scene.w.run_jobs().await;
        assert_eq!(scene.phase(id).await, Phase::Draft);
        assert_ne!(scene.state(request).await, State::Used);
    }

    async fn a_campaign_taken_back_needs_another_yes(t) {
        let scene = Scene::new(&t).await;
        let id = scene.w.draft("Hello").await;
        let request = scene.asked(id).await;
        say_yes(&scene.w.app, &scene.approver, request).await.expect("another person");
        scene.w.run_jobs().await;
        let mut tx = scene.w.begin().await;
        crate::campaigns::take_back(&scene.w.app, &mut tx, &scene.w.ctx, id).await.expect("taken back");
        tx.commit().await.expect("commits");
        assert_ne!(scene.asked(id).await, request);
        let mut tx = scene.w.begin().await;
        let waiting = approvals::waiting_for(&mut tx, &scene.w.ctx, Kind::Send, id.as_i64()).await.expect("asks");
        assert!(waiting.is_some_and(|waiting| waiting.state == State::Asked && waiting.people == 3));
    }
}
