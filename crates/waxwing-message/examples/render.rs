//! Prints a starter as a made-up person would get it: `cargo run --example render newsletter`.

use waxwing_message::starters::starter;
use waxwing_message::{
    CampaignFacts, CampaignValues, PersonalLinks, RenderValues, Revision, RevisionSource, SubscriberValues,
};

#[expect(clippy::print_stdout, reason = "this program exists to print")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = std::env::args().nth(1).unwrap_or_else(|| "newsletter".to_owned());
    let starter = starter(&key).ok_or("there is no starter of that name")?;
    let revision = Revision::compile(&RevisionSource {
        format: starter.format,
        subject: "News of the bees".to_owned(),
        preheader: "What happened in {{ organisation }} this month".to_owned(),
        body: starter.body.to_owned(),
        wrapper: None,
        text: None,
    })?;
    let campaign = CampaignValues::new(&CampaignFacts {
        organisation: "Alpine Bees".to_owned(),
        postal_address: "1 Hive Lane, 3000 Bern".to_owned(),
        list_name: "Monthly news".to_owned(),
        reason: "You get this mail because you signed up on our website.".to_owned(),
        subject: "News of the bees".to_owned(),
    });
    let person = SubscriberValues { first_name: "Ann".to_owned(), ..SubscriberValues::default() };
    let links = PersonalLinks {
        unsubscribe_url: "https://mail.example.org/u/abc".to_owned(),
        view_url: "https://mail.example.org/v/abc".to_owned(),
    };
    let rendered = revision.render(&RenderValues::new(&campaign, person, links))?;
    if std::env::args().any(|arg| arg == "--text") {
        println!("{}", rendered.text);
    } else {
        println!("{}", rendered.html.unwrap_or_default());
    }
    Ok(())
}
