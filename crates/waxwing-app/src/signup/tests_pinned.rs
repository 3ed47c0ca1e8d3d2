//! What strangers read while the workspace is contained, in sentences.

use super::*;
use crate::lists::{ListChange, NewList, OptIn};
use crate::testing::{self, Web};
use crate::{fields, lists, media};
use http::StatusCode;
use waxwing_domain::ListId;
use waxwing_store::OutboxMail;
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

struct House {
    app: App,
    web: Web,
    ctx: Ctx,
    list: ListId,
    form: Form,
}

impl House {
    async fn new(t: &TestStore) -> Self {
        let (app, ctx) = (testing::app(t), t.ctx());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        fields::install(&app, &mut tx, &ctx).await.expect("fields");
        settings::save(&app, &mut tx, &ctx, &named("Orchard")).await.expect("settings");
        let list = lists::create(&app, &mut tx, &ctx, NewList::named("Letters")).await.expect("a list").id;
        let form = create_form(&app, &mut tx, &ctx, list).await.expect("a form");
        tx.commit().await.expect("commits");
        Self { web: testing::visitor(&app), app, ctx, list, form }
    }

    /// What an intruder writes over everything that strangers read.
    async fn deface(&self) -> Form {
        let mut tx = self.app.begin(&self.ctx, "test").await.expect("begins");
        settings::save(&self.app, &mut tx, &self.ctx, &named("Thief & Sons")).await.expect("settings");
        let optin = Some(OptIn::Single);
        let change = ListChange { name: Some("Loot".into()), optin, ..ListChange::default() };
        lists::change(&self.app, &mut tx, &self.ctx, self.list, change).await.expect("changes");
        let change = FormChange {
            slug: self.form.slug.clone(),
            title: "Win a car".into(),
            intro: "Send your password.".into(),
            wording: "I agree to everything.".into(),
            ask_names: false,
            state: FormState::Open,
        };
        change_form(&self.app, &mut tx, &self.ctx, self.form.id, change).await.expect("changes");
        let planted = lists::create(&self.app, &mut tx, &self.ctx, NewList::named("Trap")).await.expect("a list").id;
        let planted = create_form(&self.app, &mut tx, &self.ctx, planted).await.expect("a form");
        tx.commit().await.expect("commits");
        planted
    }

    async fn pin(&self, at: Option<Micros>) {
        let mut tx = self.app.begin(&self.ctx, "test").await.expect("begins");
        tx.pin_content(at).await.expect("pins");
        tx.commit().await.expect("commits");
    }

    async fn page(&self) -> String {
        self.web.get(&format!("/f/{}", self.form.slug)).await.body
    }

    async fn mail_after_joining(&self, email: &str) -> OutboxMail {
        let place = format!("/f/{}/join", self.form.slug);
        let got = self.web.post(&place, &format!("email={email}&agree=yes")).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        testing::run_jobs(&self.app, jobs).await;
        testing::mails(&self.app).await.pop().expect("a mail")
    }
}

fn named(organisation: &str) -> settings::Workspace {
    settings::Workspace { organisation: organisation.into(), ..settings::Workspace::default() }
}

store_test! {
    async fn strangers_read_what_stood_before_the_window_and_after_it_what_is_saved(t) {
        let house = House::new(&t).await;
        t.clock.advance(Micros::DAY);
        let window = house.ctx.now();
        t.clock.advance(Micros::HOUR);
        let planted = house.deface().await;
        assert!(house.page().await.contains("Win a car"));
        house.pin(Some(window)).await;
        let page = house.page().await;
        for word in ["Subscribe to Letters", "Orchard", form::WORDING, "first_name"] {
            assert!(page.contains(word), "{word} is not in {page}");
        }
        for word in ["Win a car", "password", "Thief", "everything"] {
            assert!(!page.contains(word), "{word} is in {page}");
        }
        assert_eq!(house.web.get(&format!("/f/{}", planted.slug)).await.status, StatusCode::NOT_FOUND);
        house.pin(None).await;
        assert!(house.page().await.contains("Win a car"));
        assert_eq!(house.web.get(&format!("/f/{}", planted.slug)).await.status, StatusCode::OK);
    }

    async fn the_mail_of_a_sign_up_speaks_the_words_of_before_and_asks_for_confirmation_as_then(t) {
        let house = House::new(&t).await;
        t.clock.advance(Micros::DAY);
        let window = house.ctx.now();
        house.deface().await;
        house.pin(Some(window)).await;
        let mail = house.mail_after_joining("ada@example.org").await;
        assert_eq!(mail.kind, "signup.confirm", "the list had double opt-in, whatever an intruder made of it");
        let words = format!("{} {}", mail.subject.as_str(), mail.text);
        assert!(words.contains("Letters") && words.contains("Orchard"), "{words}");
        assert!(!words.contains("Loot") && !words.contains("Thief"), "{words}");
    }

    async fn of_several_changes_the_one_before_the_window_counts(t) {
        let house = House::new(&t).await;
        for (title, wait) in [("First", Micros::HOUR), ("Second", Micros::HOUR), ("Third", Micros::HOUR)] {
            t.clock.advance(wait);
            let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
            settings::save(&house.app, &mut tx, &house.ctx, &named(title)).await.expect("settings");
            tx.commit().await.expect("commits");
        }
        let now = house.ctx.now();
        let asked = async |at| {
            house.pin(at).await;
            let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
            settings::load(&mut tx).await.expect("reads").organisation
        };
        assert_eq!(asked(Some(now.plus(-170 * Micros::MINUTE))).await, "Orchard");
        assert_eq!(asked(Some(now.plus(-90 * Micros::MINUTE))).await, "First");
        assert_eq!(asked(Some(now.plus(-Micros::HOUR))).await, "First", "a change at that very time is of the window");
        assert_eq!(asked(Some(now.plus(-Micros::MINUTE))).await, "Second");
        assert_eq!(asked(Some(now.plus(1))).await, "Third");
        assert_eq!(asked(None).await, "Third");
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        assert_eq!(settings::saved(&mut tx).await.expect("reads").organisation, "Third", "who keeps them sees what is saved");
    }

    async fn a_picture_of_the_window_is_not_served(t) {
        let house = House::new(&t).await;
        let picture = async |shade: u8| {
            let image = image::RgbImage::from_pixel(8, 8, image::Rgb([shade, 0, 0]));
            let mut out = std::io::Cursor::new(Vec::new());
            image.write_to(&mut out, image::ImageFormat::Png).expect("encodes");
            media::add(&house.app, &house.ctx, "A", out.into_inner()).await.expect("a picture").hash
        };
        let old = picture(1).await;
        t.clock.advance(Micros::DAY);
        house.pin(Some(house.ctx.now())).await;
        let new = picture(2).await;
        let found = async |hash| {
            let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
            media::served(&mut tx, &hash).await.expect("looks").is_some()
        };
        assert!(found(old).await && !found(new).await);
        house.pin(None).await;
        assert!(found(old).await && found(new).await);
    }
}
