//! The first owner's way in, over HTTP against the real binary.

use super::house::{House, OWNER};
use waxwing_demo::browser::Browser;
use waxwing_store::Engine;

const PASSWORD: &str = "orchard-lantern-vexing-plum";

#[tokio::test]
async fn the_first_owner_comes_in_by_the_link_and_nobody_twice() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(house) = House::found(engine).await else { continue };
        let serving = house.serve();
        let link = house.founded["link"].as_str().expect("a link");
        let path = &link[link.find("/welcome/").expect("a welcome link")..];
        let mut browser = Browser::new(serving.address).expect("loopback");
        let signed_out = browser.get("/").await.expect("answers");
        assert!(signed_out.status.is_redirection(), "{}", signed_out.status);
        let fields = [("password", PASSWORD), ("repeat", PASSWORD)];
        let welcomed = browser.submit(path, "/welcome", &fields).await.expect("answers");
        assert!(welcomed.status.is_redirection(), "{}: {}", welcomed.status, welcomed.body);
        let mut second = Browser::new(serving.address).expect("loopback");
        let again = second.get(path).await.expect("answers");
        assert!(!again.body.contains("type=\"password\""), "the link worked twice");
        let wrong =
            second.submit("/sign-in", "/sign-in", &[("email", OWNER), ("password", "wrong")]).await.expect("answers");
        assert!(!wrong.status.is_redirection());
        let right =
            second.submit("/sign-in", "/sign-in", &[("email", OWNER), ("password", PASSWORD)]).await.expect("answers");
        assert!(right.status.is_redirection(), "{}", right.status);
        let home = second.open("/").await.expect("answers");
        assert!(home.status.is_success() && home.body.contains("Larkfield"), "{}: {}", home.status, home.body);
        assert!(serving.end());
    }
}
