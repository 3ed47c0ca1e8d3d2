//! The template language: what it fills in, what it refuses, and that it always ends.

use super::*;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn values() -> RenderValues {
    let facts = CampaignFacts { organisation: "Bee & Co".into(), subject: "News".into(), ..CampaignFacts::default() };
    let custom = vec![
        (Arc::from("city"), FieldValue::Text("Zürich".into())),
        (Arc::from("points"), FieldValue::Integer(12)),
        (Arc::from("tags"), FieldValue::Many(vec!["red".into(), "blue".into()])),
        (Arc::from("born"), FieldValue::Text("1990-02-03".into())),
        (Arc::from("long"), FieldValue::Text("x".repeat(16_000))),
    ];
    let person = SubscriberValues {
        email: "ann@example.org".into(),
        first_name: "<Ann> \"A\"".into(),
        last_name: String::new(),
        custom,
    };
    let links = PersonalLinks { unsubscribe_url: "https://u.example/x?a=1&b=2".into(), view_url: String::new() };
    RenderValues::new(&CampaignValues::new(&facts), person, links)
}

fn html(source: &str) -> Result<String, TemplateError> {
    CompiledTemplate::compile(source, Escaping::Html)?.render(&values())
}

#[test]
fn values_are_escaped_in_html_and_not_in_text() {
    assert_eq!(html("{{ subscriber.first_name }}").as_deref(), Ok("&lt;Ann&gt; &quot;A&quot;"));
    assert_eq!(
        html("<a href=\"{{ unsubscribe_url }}\">").as_deref(),
        Ok("<a href=\"https://u.example/x?a=1&amp;b=2\">")
    );
    assert_eq!(html("{{ subscriber.first_name|escape }}").as_deref(), Ok("&lt;Ann&gt; &quot;A&quot;"), "not twice");
    let text = CompiledTemplate::compile("{{ subscriber.first_name }}", Escaping::None).expect("compiles");
    assert_eq!(text.render(&values()).as_deref(), Ok("<Ann> \"A\""));
}

#[test]
fn values_are_never_templates() {
    let person = SubscriberValues { first_name: "{{ 7 * 7 }}{% if".into(), ..SubscriberValues::default() };
    let values = RenderValues::new(&CampaignValues::new(&CampaignFacts::default()), person, PersonalLinks::default());
    let template = CompiledTemplate::compile("{{ subscriber.first_name }}", Escaping::None).expect("compiles");
    assert_eq!(template.render(&values).as_deref(), Ok("{{ 7 * 7 }}{% if"));
}

#[test]
fn missing_values_are_empty_and_listed() {
    let template =
        CompiledTemplate::compile("[{{ subscriber.nope.deeper|upper }}{{ other }}]", Escaping::Html).expect("compiles");
    assert_eq!(template.render(&values()).as_deref(), Ok("[]"));
    let names: Vec<_> = template.variables().iter().map(String::as_str).collect();
    assert_eq!(names, ["other", "subscriber.nope.deeper"]);
}

#[test]
fn filters_do_what_their_names_say() {
    for (source, expected) in [
        ("{{ subscriber.city|upper }}", "ZÜRICH"),
        ("{{ 'anNA-maria lee'|title }} {{ 'ÉLAN'|capitalize }}", "Anna-Maria Lee Élan"),
        ("{{ subscriber.last_name|default('friend') }}", "friend"),
        ("{{ subscriber.city|urlencode }}", "Z%C3%BCrich"),
        ("{{ 'abcdefgh'|truncate(4) }}", "abc…"),
        ("{{ 'abcdefgh'|truncate(4, end='') }}", "abcd"),
        ("{{ subscriber.born|date('%d.%m.%Y') }}", "03.02.1990"),
        ("{{ subscriber.city|date }}", "Zürich"),
        ("{{ subscriber.tags|join(' + ') }} ({{ subscriber.tags|length }})", "red + blue (2)"),
        (
            "{% for t in subscriber.tags %}{{ loop.index }}{{ t }}{% if not loop.last %},{% endif %}{% endfor %}",
            "1red,2blue",
        ),
        ("{% if subscriber.points > 10 and subscriber.city in ['Bern', 'Zürich'] %}yes{% else %}no{% endif %}", "yes"),
        ("{% set n = subscriber.city|lower %}{{ n }}", "zürich"),
        ("{{ organisation }}: {{ campaign.subject }}", "Bee &amp; Co: News"),
    ] {
        assert_eq!(html(source).as_deref(), Ok(expected), "{source}");
    }
}

#[test]
fn errors_name_the_line_and_never_a_value() {
    let error = CompiledTemplate::compile("a\nb {{ x|shout }}", Escaping::Html).expect_err("refused");
    assert_eq!(error.to_string(), "line 2: there is no filter “shout”");
    let error = CompiledTemplate::compile("a\n{% if x %}", Escaping::Html).expect_err("refused");
    assert!(matches!(error, TemplateError::Syntax { .. }), "{error}");
    let error = html("\n\n{{ subscriber.tags }}").expect_err("a list");
    assert!(error.to_string().starts_with("line 3: "), "{error}");
    let error = html("{{ subscriber.city - 1 }}").expect_err("text minus number");
    assert!(!error.to_string().contains("rich"), "{error}");
    let error = html("{% set s = subscriber %}{{ s.email }}").expect_err("an alias");
    assert!(matches!(error, TemplateError::Tag { problem: TagProblem::BareSubscriber, .. }));
}

#[test]
fn a_subject_stays_one_line() {
    let template =
        CompiledTemplate::compile("Hi\r\nBcc: {{ subscriber.city }}\t\0 !", Escaping::None).expect("compiles");
    assert_eq!(template.render_line(&values()).map(String::from).as_deref(), Ok("Hi Bcc: Zürich !"));
    let long = CompiledTemplate::compile("{{ subscriber.long }}", Escaping::None).expect("compiles");
    assert_eq!(long.render_line(&values()).err(), Some(TemplateError::NotAHeader));
}

/// Every hostile template ends with an error or a bounded output within a second of a debug build.
#[test]
fn bombs_end_quickly() {
    let wide = format!("{{% for a in [{}] %}}", ["1"; 400].join(","));
    let ends = "{% endfor %}";
    let bombs = [
        format!("{wide}{wide}{wide}x{ends}{ends}{ends}"),
        format!("{wide}{}{ends}", "{{ subscriber.long }}".repeat(200)),
        format!("{wide}{}{ends}", "{{ subscriber.long|upper|lower|title|trim|e }}".repeat(3)),
        format!("{{% set a = 'x' %}}{}", "{% set a = a|urlencode|urlencode|e|e %}".repeat(200)),
        format!("{}x{}", "{% if true %}".repeat(2_000), "{% endif %}".repeat(2_000)),
        format!("{{{{ {}1{} }}}}", "(".repeat(900), ")".repeat(900)),
        format!("{{{{ {}1 }}}}", "-".repeat(1_900)),
        format!("{{{{ {}true }}}}", "not ".repeat(450)),
        "{{ 1 }}".repeat(6_000),
        "{{ 'x'|truncate(99999999999, end='y') }}{{ subscriber.born|date('%999999d') }}".to_owned(),
        "{".repeat(900_000),
        "{{ '".repeat(200_000),
    ];
    for bomb in bombs {
        let start = Instant::now();
        let size = html(&bomb).map(|out| out.len()).unwrap_or(0);
        assert!(size <= MAX_OUTPUT);
        assert!(start.elapsed() < Duration::from_secs(5), "{:?} for {}…", start.elapsed(), &bomb[..60]);
    }
    assert_eq!(html(&"x".repeat(MAX_SOURCE + 1)).err(), Some(TemplateError::TooLong));
}

#[test]
fn a_compiled_template_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<CompiledTemplate>();
    shared::<RenderValues>();
}
