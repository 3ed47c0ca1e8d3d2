//! The first owner's first hour.

use super::driver::Window;
use crate::journey::house::House;
use waxwing_store::Engine;

const PASSWORD: &str = "orchard-lantern-vexing-plum";

#[tokio::test(flavor = "multi_thread")]
async fn the_first_owner_sends_a_first_campaign() {
    let Some(mut window) = Window::open(1_280).await else { return };
    let house = House::found(Engine::Sqlite).await.expect("SQLite is always here");
    let serving = house.serve();
    let link = house.founded["link"].as_str().expect("a link");
    let path = &link[link.find("/welcome/").expect("a welcome link")..];
    window.go(&format!("http://{}{path}", serving.address)).await;
    window.is_sound().await;
    window.fill("password", PASSWORD).await;
    window.fill("repeat", PASSWORD).await;
    window.press_at("//button[contains(@class, 'primary')]").await;
    window.sees("Larkfield").await;
    assert!(serving.end());
}
