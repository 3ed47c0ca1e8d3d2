//! The first owner's first hour: come in, bring people, write, review, send, read the report.

use super::driver::Window;
use crate::journey::house::House;
use std::net::SocketAddr;
use std::time::Duration;
use waxwing_demo::capture::{CaptureOptions, CaptureServer};
use waxwing_demo::mime;
use waxwing_store::Engine;

const PASSWORD: &str = "orchard-lantern-vexing-plum";
const PEOPLE: &str =
    "email,first_name\nada.alder@postbox.example,Ada\nben.birch@mailhaus.example,Ben\nnot an address,Cy\n";

/// The button that a page wants pressed.
const PRIMARY: &str = "//main//button[contains(@class, 'primary')] | //form[contains(@class, 'card')]//button[contains(@class, 'primary')]";

#[tokio::test(flavor = "multi_thread")]
async fn the_first_owner_sends_a_first_campaign() {
    let Some(mut window) = Window::open(1_280).await else { return };
    let mailboxes = CaptureServer::start(SocketAddr::from(([127, 0, 0, 1], 0)), CaptureOptions::default()).await;
    let mailboxes = mailboxes.expect("loopback");
    let house = House::found(Engine::Sqlite).await.expect("SQLite is always here");
    house.ask(&["relay", "add", "providers", "--url", &format!("smtp://{}?tls=none", mailboxes.address())]);
    house.ask(&["domain", "add", "larkfield.example"]);
    let serving = house.serve();
    let root = format!("http://{}", serving.address);
    come_in(&mut window, &root, &house).await;
    bring_people(&mut window, &root, &house).await;
    write(&mut window, &root).await;
    review_and_send(&mut window).await;
    mailboxes.captured().wait_for(2, Duration::from_secs(90)).await.expect("both got it");
    let mail = mailboxes.captured().newest_to("ada.alder@postbox.example").expect("she got it");
    assert!(mime::subject(&mail.raw).is_some_and(|subject| subject.contains("Ada")), "the subject names her");
    read_the_report(&mut window, &root).await;
    assert!(serving.end());
}

async fn come_in(window: &mut Window, root: &str, house: &House) {
    let link = house.founded["link"].as_str().expect("a link");
    window.go(&format!("{root}{}", &link[link.find("/welcome/").expect("a welcome link")..])).await;
    window.is_sound().await;
    window.fill("password", PASSWORD).await;
    window.fill("repeat", PASSWORD).await;
    window.press_at(PRIMARY).await;
    window.sees("Larkfield").await;
    window.is_sound().await;
}

async fn bring_people(window: &mut Window, root: &str, house: &House) {
    let file = house.dir.path().join("people.csv");
    std::fs::write(&file, PEOPLE).expect("writes");
    window.go(&format!("{root}/audience/import")).await;
    window.is_sound().await;
    window.attach("file", &file).await;
    window.press("Upload").await;
    window.sees("Which column is what?").await;
    window.is_sound().await;
    window.fill("list", "Seed letter").await;
    window.fill("consent", "Ticked the box on the paper form").await;
    window.press("Count what would happen").await;
    window.sees_within("Ready to import", Duration::from_secs(60)).await;
    window.is_sound().await;
    window.press("Import to Seed letter").await;
    window.sees_within("See the people", Duration::from_secs(60)).await;
    window.go(&format!("{root}/audience")).await;
    window.sees("ada.alder@postbox.example").await;
    window.is_sound().await;
}

async fn write(window: &mut Window, root: &str) {
    window.go(&format!("{root}/campaigns/new")).await;
    window.is_sound().await;
    window.fill("name", "The autumn letter").await;
    window.press("Begin").await;
    window.sees("Audience").await;
    window.is_sound().await;
    let campaign = window.url().await;
    window.go(&format!("{campaign}/audience")).await;
    window.press_at("//input[@name='lists']").await;
    window.press("Save").await;
    window.arrives(&campaign).await;
    window.go(&format!("{campaign}/sender")).await;
    window.fill("name", "Larkfield").await;
    window.fill("address", "letters@larkfield.example").await;
    window.press("Save").await;
    window.arrives(&campaign).await;
    window.go(&format!("{campaign}/subject")).await;
    window.fill("subject", "{{ subscriber.first_name }}, the seed list is here").await;
    window.press("Save").await;
    window.arrives(&campaign).await;
    window.go(&format!("{campaign}/content")).await;
    window.is_sound().await;
    window.go(&campaign).await;
}

async fn review_and_send(window: &mut Window) {
    window.press("Review and send").await;
    window.sees("What was reviewed is what is sent").await;
    window.is_sound().await;
    window.press_at("//form[contains(@action, '/send')]//button[contains(@class, 'primary')]").await;
    window.sees("Undo").await;
    window.is_sound().await;
}

async fn read_the_report(window: &mut Window, root: &str) {
    window.go(&format!("{root}/reports")).await;
    window.is_sound().await;
    window.press("The autumn letter").await;
    window.sees_within("accepted", Duration::from_secs(60)).await;
    window.is_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_place_is_readable_on_a_telephone() {
    let Some(mut window) = Window::open(500).await else { return };
    let house = House::found(Engine::Sqlite).await.expect("SQLite is always here");
    let serving = house.serve();
    let root = format!("http://{}", serving.address);
    come_in(&mut window, &root, &house).await;
    for place in
        ["/", "/audience", "/audience/lists", "/campaigns", "/forms", "/reports", "/security", "/settings", "/account"]
    {
        window.go(&format!("{root}{place}")).await;
        window.is_sound().await;
    }
    assert!(serving.end());
}
