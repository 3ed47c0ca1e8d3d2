//! Prints what one message costs: rendering, MIME, signatures. Run with `--release`.

use std::time::Instant;
use waxwing_domain::{EmailAddress, HeaderText, MailDomain, Micros};
use waxwing_message::{
    CampaignFacts, CampaignValues, CompiledTemplate, DkimAlgorithm, DkimKey, Escaping, HeaderUrl, Kind, ListHeaders,
    Mailbox, MessageId, Parts, PersonalLinks, RenderValues, Selector, Signer, SubscriberValues, build, sign,
};

const ROUNDS: u32 = 5_000;

/// Runs `work` and prints the mean.
#[expect(clippy::print_stdout, reason = "this program exists to print")]
fn timed(what: &str, rounds: u32, mut work: impl FnMut()) {
    let start = Instant::now();
    for _ in 0..rounds {
        work();
    }
    println!("{what:<28} {:>9.2} µs", start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds));
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paragraph =
        "<p style=\"margin:0\">Hello {{ subscriber.first_name|default('friend') }}, the bees are back in town.</p>\n";
    let html = CompiledTemplate::compile(&paragraph.repeat(48), Escaping::Html)?;
    let text = CompiledTemplate::compile(
        &"Hello {{ subscriber.first_name }}, the bees are back.\n".repeat(30),
        Escaping::None,
    )?;
    let facts = CampaignValues::new(&CampaignFacts::default());
    let values = || {
        let person = SubscriberValues {
            email: "ann@example.net".into(),
            first_name: "Ann".into(),
            ..SubscriberValues::default()
        };
        RenderValues::new(&facts, person, PersonalLinks::default())
    };
    let (mut html_out, mut text_out, mut message) = (String::new(), String::new(), Vec::new());
    timed("render 5 KB HTML and 1.5 KB", ROUNDS, || {
        let values = values();
        html_out.clear();
        text_out.clear();
        let _ = html.render_into(&values, &mut html_out);
        let _ = text.render_into(&values, &mut text_out);
    });

    let domain = MailDomain::parse("example.org")?;
    let (from, to) = (EmailAddress::parse("news@example.org")?, EmailAddress::parse("ann@example.net")?);
    let subject = HeaderText::parse("News of the bees")?;
    let unsubscribe = HeaderUrl::parse("https://u.example.org/u/0123456789abcdef")?;
    let parts = Parts {
        from: Mailbox::bare(&from),
        reply_to: None,
        to: Mailbox::bare(&to),
        subject: &subject,
        date: Micros::from_i64(1_795_329_000_000_000),
        message_id: &MessageId::new([7; 16], &domain),
        kind: Kind::Bulk(ListHeaders { unsubscribe: &unsubscribe, unsubscribe_mail: None, list: None, feedback: None }),
        text: &text_out,
        html: Some(&html_out),
    };
    timed("MIME", ROUNDS, || build(&parts, &mut message));

    let now = Micros::from_i64(1_795_329_000_000_000);
    let signer = |algorithm| -> Result<Signer, waxwing_message::DkimError> {
        Ok(Signer { domain: domain.clone(), selector: Selector::parse("w")?, key: DkimKey::generate(algorithm)? })
    };
    let (rsa, ed) = (signer(DkimAlgorithm::Rsa)?, signer(DkimAlgorithm::Ed25519)?);
    let both = [rsa, ed];
    timed("DKIM without a signature", ROUNDS, || drop(sign(&[], &message, now)));
    timed("DKIM Ed25519", 2_000, || drop(sign(&both[1..], &message, now)));
    timed("DKIM RSA-2048", 1_000, || drop(sign(&both[..1], &message, now)));
    timed("DKIM both", 1_000, || drop(sign(&both, &message, now)));
    Ok(())
}
