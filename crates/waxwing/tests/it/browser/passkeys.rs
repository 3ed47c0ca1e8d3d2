//! A passkey in a real browser: added, signing in without a password, and as a proof.

use super::driver::Window;
use crate::journey::house::{House, OWNER};
use waxwing_store::Engine;

const PASSWORD: &str = "orchard-lantern-vexing-plum";

#[tokio::test(flavor = "multi_thread")]
async fn a_person_adds_a_passkey_and_signs_in_with_nothing_else() {
    let Some(mut window) = Window::open(1_280).await else { return };
    let house = House::found(Engine::Sqlite).await.expect("SQLite is always here");
    let serving = house.serve();
    // A passkey belongs to a name; the server's own address is a number.
    let root = format!("http://localhost:{}", serving.address.port());
    window.with_authenticator().await;

    let welcome =
        house.founded["link"].as_str().expect("a link").split("/welcome/").nth(1).expect("a token").to_owned();
    window.go(&format!("{root}/welcome/{welcome}")).await;
    window.fill("password", PASSWORD).await;
    window.fill("repeat", PASSWORD).await;
    window.press("Begin").await;
    window.arrives(&format!("{root}/")).await;

    house.ask(&["account", "policy", "--minimum", "passkey"]);
    window.go(&format!("{root}/settings")).await;
    window.arrives(&format!("{root}/account/enrol")).await;
    window.sees("This workspace asks for a passkey").await;
    window.is_sound().await;
    window.press("Add a passkey").await;
    window.fill("name", "Work laptop").await;
    window.is_sound().await;
    window.press("Continue").await;
    window.sees("Your recovery codes").await;
    window.go(&format!("{root}/account/passkeys")).await;
    window.sees("Work laptop").await;
    window.is_sound().await;

    window.forget_cookies().await;
    window.go(&format!("{root}/sign-in")).await;
    // A browser that offers passkeys by itself may be through already.
    window.press_unless_gone("Use a passkey", &format!("{root}/")).await;
    window.arrives(&format!("{root}/")).await;
    window.go(&format!("{root}/account")).await;
    window.sees(OWNER).await;
    drop(window);
    assert!(serving.end());
}

#[tokio::test(flavor = "multi_thread")]
async fn under_a_number_the_page_says_where_passkeys_work() {
    let Some(mut window) = Window::open(1_280).await else { return };
    let house = House::found(Engine::Sqlite).await.expect("SQLite is always here");
    let serving = house.serve();
    window.go(&format!("http://{}/sign-in", serving.address)).await;
    window.press("Use a passkey").await;
    window.sees("Passkeys belong to a name").await;
    window.sees(&format!("http://localhost:{}", serving.address.port())).await;
    drop(window);
    assert!(serving.end());
}
