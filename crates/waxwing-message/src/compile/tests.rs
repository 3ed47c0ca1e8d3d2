//! Content in every format becomes a revision that is safe, complete and always the same.

use super::*;
use crate::template::{CampaignFacts, CampaignValues, FieldValue, PersonalLinks, SubscriberValues};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn source(format: ContentFormat, body: &str) -> RevisionSource {
    RevisionSource {
        format,
        subject: "Hi".into(),
        preheader: String::new(),
        body: body.into(),
        wrapper: None,
        text: None,
    }
}

fn compile(format: ContentFormat, body: &str) -> Revision {
    Revision::compile(&source(format, body)).unwrap_or_else(|error| panic!("{error}"))
}

fn error(format: ContentFormat, body: &str) -> String {
    Revision::compile(&source(format, body)).err().unwrap_or_else(|| panic!("accepted: {body}")).to_string()
}

fn values() -> RenderValues {
    let facts = CampaignFacts {
        organisation: "Bee & Co".into(),
        postal_address: "1 Hive Lane, Bern".into(),
        reason: "You signed up.".into(),
        subject: "News".into(),
        ..CampaignFacts::default()
    };
    let custom = vec![(Arc::from("tags"), FieldValue::Many(vec!["red".into(), "blue".into()]))];
    let person = SubscriberValues { first_name: "Ann <3".into(), custom, ..SubscriberValues::default() };
    let links =
        PersonalLinks { unsubscribe_url: "https://u.example/x?a=1&b=2".into(), view_url: "https://u.example/v".into() };
    RenderValues::new(&CampaignValues::new(&facts), person, links)
}

fn rendered(format: ContentFormat, body: &str) -> (String, String) {
    let rendered = compile(format, body).render(&values()).expect("renders");
    (rendered.html.unwrap_or_default(), rendered.text)
}

#[test]
fn tags_survive_in_text_attributes_and_tables() {
    let body = "<table>{% for t in subscriber.tags %}<tr><td title=\"{{ t }}\">{{ t }}</td></tr>{% endfor %}</table>\
                <a href=\"{{ unsubscribe_url }}\" style=\"color:{% if x %}red{% else %}blue{% endif %}\">Bye</a>{# gone #}<!-- gone -->";
    let (html, text) = rendered(ContentFormat::Html, body);
    assert!(html.contains("<tr><td title=\"red\">red</td></tr><tr><td title=\"blue\">blue</td></tr>"), "{html}");
    assert!(html.contains("<a href=\"https://u.example/x?a=1&amp;b=2\" style=\"color:blue\">Bye</a>"), "{html}");
    assert!(!html.contains("gone"));
    assert_eq!(text, "red\nblue\n\nBye (https://u.example/x?a=1&b=2)");
}

#[test]
fn styles_move_into_elements_and_media_queries_stay() {
    let body = "<html lang=\"de\"><head><style>p { color: red } @media (max-width:480px) { .w { width: 100% !important } }</style></head>\
                <body style=\"background:#fff\"><p class=\"w\">a</p></body></html>";
    let (html, _) = rendered(ContentFormat::Html, body);
    assert!(html.contains("<html lang=\"de\"") && html.contains("<body style=\"background:#fff\">"), "{html}");
    assert!(html.contains("<p class=\"w\" style=\"color: red;\">a</p>"), "{html}");
    assert!(html.contains("@media (max-width:480px)") || html.contains("@media (max-width: 480px)"), "{html}");
}

#[test]
fn nothing_that_runs_comes_through_any_format() {
    let nasty = "<script>alert(1)</script><p onclick=\"x()\">a</p><iframe src=\"https://x.example\"></iframe><a href=\"javascript:x\">b</a>";
    let mjml = format!(
        "<mjml><mj-head><mj-style>@import url(https://x.example);</mj-style></mj-head><mj-body><mj-raw>{nasty}</mj-raw><mj-section><mj-column><mj-text>{nasty}</mj-text></mj-column></mj-section></mj-body></mjml>"
    );
    for (format, body) in [
        (
            ContentFormat::Html,
            format!(
                "<html><head>{nasty}<style>@import 'https://x.example';</style></head><body onload=\"x()\">{nasty}</body></html>"
            ),
        ),
        (ContentFormat::Markdown, format!("Hi\n\n{nasty}\n\n[a](javascript:alert(1))")),
        (ContentFormat::Mjml, mjml),
    ] {
        let html = compile(format, &body).html_source.expect("html").to_lowercase();
        for word in ["<script", "onclick", "onload", "<iframe", "javascript:", "@import", "alert"] {
            assert!(!html.contains(word), "{word} in {format:?}: {html}");
        }
    }
}

/// MJML is XML: an entity that names a file, or grows without end, is not resolved.
#[test]
fn an_entity_of_ones_own_is_never_resolved() {
    let letter = |entities: &str, text: &str| {
        format!(
            "<!DOCTYPE mjml [{entities}]><mjml><mj-body><mj-section><mj-column><mj-text>{text}</mj-text></mj-column></mj-section></mj-body></mjml>"
        )
    };
    let outside = "<!ENTITY x SYSTEM \"file:///etc/passwd\">";
    let grows: String = (1..9).map(|n| format!("<!ENTITY a{n} \"{}\">", format!("&a{};", n - 1).repeat(10))).collect();
    let grows = format!("<!ENTITY a0 \"planted-content\">{grows}");
    for body in [letter(outside, "&x;"), letter(&grows, "&a8;"), letter("<!ENTITY a0 \"planted-content\">", "&a0;")] {
        let Ok(revision) = Revision::compile(&source(ContentFormat::Mjml, &body)) else { continue };
        let html = revision.html_source.expect("html");
        assert!(!html.contains("planted-content") && !html.contains("root:") && html.len() < 20_000, "{html}");
    }
}

#[test]
fn markdown_fills_the_slot_of_its_wrapper() {
    let body = "# Hello {{ subscriber.first_name }}\n\n{% for t in subscriber.tags %}\n* {{ t }}\n{% endfor %}\n\n[Bye]({{ unsubscribe_url }}) `a < b`";
    let (html, text) = rendered(ContentFormat::Markdown, body);
    assert!(html.contains(">Hello Ann &lt;3</h1>"), "{html}");
    assert!(html.contains("href=\"https://u.example/x?a=1&amp;b=2\""), "{html}");
    assert!(html.contains(">red</li>") && html.contains(">blue</li>") && html.contains("a &lt; b"), "{html}");
    assert!(text.starts_with("Hello Ann <3\n\n") && text.contains("Bye (https://u.example/x?a=1&b=2) a < b"), "{text}");
    assert!(text.contains("- red") && text.contains("- blue"), "{text}");
}

#[test]
fn a_wrapper_can_be_mjml_and_needs_a_slot() {
    let frame = |inside: &str| Wrapper {
        format: WrapperFormat::Mjml,
        source: format!(
            "<mjml><mj-body><mj-section><mj-column><mj-text>{inside}</mj-text></mj-column></mj-section></mj-body></mjml>"
        ),
    };
    let with = |wrapper| {
        Revision::compile(&RevisionSource {
            wrapper: Some(wrapper),
            ..source(ContentFormat::Markdown, "**hi** {{ reason }}")
        })
    };
    let html = with(frame("{{ content }}")).expect("compiles").html_source.expect("html");
    assert!(html.contains("<strong>hi</strong> {{ reason }}"), "{html}");
    assert_eq!(with(frame("none")).err(), Some(CompileError::NoSlot));
    assert!(
        with(Wrapper { format: WrapperFormat::Mjml, source: "<mjml>".into() })
            .is_err_and(|e| e.to_string().starts_with("wrapper: line 1"))
    );
}

#[test]
fn errors_name_the_line_of_the_source() {
    let cases = [
        (
            ContentFormat::Mjml,
            "<mjml>\n<mj-body>\n<mj-oops/>\n</mj-body></mjml>",
            "line 3: there is no element <mj-oops>",
        ),
        (
            ContentFormat::Mjml,
            "<mjml>\n<mj-body>\n<mj-include path=\"/etc/passwd\" />\n</mj-body></mjml>",
            "line 3: mj-include is not available",
        ),
        (ContentFormat::Mjml, "<p>a</p>", "line 1: "),
        (ContentFormat::Mjml, "", "line 1: "),
        (ContentFormat::Mjml, "<mjml><mj-body>", "line 1: it ends too early: an element is not closed"),
        (ContentFormat::Html, "a\n{{ x|shout }}", "line 2: there is no filter “shout”"),
        (
            ContentFormat::Html,
            "a\n<style>p{color:{{ x }}}</style>",
            "line 2: template tags cannot stand in a style sheet",
        ),
        (ContentFormat::Html, "a\n<p {% if x %}class=a{% endif %}>", "line 2: inside an element"),
        (
            ContentFormat::Html,
            "a\n<script>{% if x %}</script>{% endif %}",
            "line 2: this if, for or set cannot stand here",
        ),
        (ContentFormat::Text, "a\n{% if x %}", "line 2: "),
    ];
    for (format, body, expected) in cases {
        let said = error(format, body);
        assert!(said.starts_with(expected), "{body}: {said}");
    }
}

#[test]
fn a_lost_expression_is_a_warning_with_its_line() {
    let revision = compile(ContentFormat::Html, "a\n<script>{{ x }}</script>");
    assert_eq!(revision.warnings, [Warning::TagDropped { line: 2 }]);
}

#[test]
fn the_preheader_is_hidden_text_and_escaped() {
    let mut with = source(ContentFormat::Html, "<p>a</p>");
    with.preheader = "Less < more, {{ subscriber.first_name }}".into();
    let rendered = Revision::compile(&with).expect("compiles").render(&values()).expect("renders");
    let html = rendered.html.expect("html");
    assert!(html.contains("\">Less &lt; more, Ann &lt;3&#847;"), "{html}");
    assert!(!rendered.text.contains("Less"));
    with.preheader = "{{ oops".into();
    assert!(Revision::compile(&with).is_err_and(|e| e.to_string().starts_with("preheader: line 1")));
}

#[test]
fn text_content_has_no_html_part() {
    let revision = compile(ContentFormat::Text, "Hi {{ subscriber.first_name }} <b>\n{{ unsubscribe_url }}");
    let rendered = revision.render(&values()).expect("renders");
    assert_eq!((rendered.html, rendered.text.as_str()), (None, "Hi Ann <3 <b>\nhttps://u.example/x?a=1&b=2"));
}

#[test]
fn links_are_listed_once_and_fields_are_named() {
    let body = "<a href=\"https://a.example/?x=1&amp;y=2\">a</a><a href=\"https://b.example/{{ subscriber.city }}\">b</a>\
                <a href=\"https://a.example/?x=1&y=2\">c</a><a href=\"{{ unsubscribe_url }}\">u</a><a href=\"mailto:a@b.example\">m</a>";
    let revision = compile(ContentFormat::Html, body);
    assert_eq!(revision.links, ["https://a.example/?x=1&y=2", "https://b.example/{{ subscriber.city }}"]);
    assert_eq!(revision.custom_fields().collect::<Vec<_>>(), ["city"]);
    let personal: Vec<_> = revision.personal_links(&[]).expect("reads").into_iter().map(|l| l.field).collect();
    assert_eq!(personal, ["subscriber.city", "subscriber.city"], "in the HTML and in the text part");
    assert!(revision.personal_links(&["b.example"]).expect("reads").is_empty());
}

#[test]
fn the_same_source_compiles_to_the_same_revision_also_after_storage() {
    for starter in starters::STARTERS {
        let mut source = source(starter.format, starter.body);
        source.preheader = "See {{ organisation }}".into();
        let stored = serde_json::to_string(&source).expect("writes");
        let again: RevisionSource = serde_json::from_str(&stored).expect("reads");
        let (one, two) = (Revision::compile(&source).expect("compiles"), Revision::compile(&again).expect("compiles"));
        assert_eq!((one.html_source, one.text_source), (two.html_source, two.text_source));
    }
}

#[test]
fn every_starter_is_complete_and_without_warnings() {
    for starter in starters::STARTERS {
        let revision = compile(starter.format, starter.body);
        assert_eq!(revision.warnings, [], "{}", starter.key);
        let facts = FooterFacts::of(&revision).expect("renders");
        let all = FooterFacts {
            unsubscribe: true,
            postal_address: true,
            reason: true,
            organisation: true,
            view_in_browser: true,
        };
        assert_eq!(facts, all, "{}", starter.key);
        assert_eq!(revision.personal_links(&[]), Ok(Vec::new()), "{}", starter.key);
        assert_eq!(revision.custom_fields().count(), 0, "{}", starter.key);
        let html = revision.render(&values()).expect("renders").html.expect("html");
        assert!(html.contains("lang=\"en\"") && html.contains("role=\"presentation\""), "{}", starter.key);
        assert!(html.contains("<title>News</title>"), "{html}");
        assert!(!html.contains("{{") && !html.contains("fonts.googleapis") && html.len() < 20_000, "{}", starter.key);
    }
}

#[test]
fn a_footer_that_lacks_something_is_noticed() {
    let facts =
        FooterFacts::of(&compile(ContentFormat::Html, "<p>{{ unsubscribe_url }} {{ reason }}</p>")).expect("renders");
    assert!(!facts.unsubscribe, "an address that is no link");
    assert!(facts.reason && !facts.postal_address && !facts.organisation && !facts.view_in_browser);
    let text = FooterFacts::of(&compile(ContentFormat::Text, "{{ unsubscribe_url }}")).expect("renders");
    assert!(text.unsubscribe && text.view_in_browser && !text.reason);
}

#[test]
fn huge_and_deep_content_is_refused_quickly() {
    let nested = |tag: &str, n: usize| format!("{}{}", format!("<{tag}>").repeat(n), format!("</{tag}>").repeat(n));
    let mjml = |inside: String| {
        format!(
            "<mjml><mj-body><mj-section><mj-column><mj-text>{inside}</mj-text></mj-column></mj-section></mj-body></mjml>"
        )
    };
    for (format, body) in [
        (ContentFormat::Html, nested("div", 30_000)),
        (ContentFormat::Html, "<b></i>".repeat(40_000)),
        (ContentFormat::Html, "<div/>".repeat(40_000)),
        (ContentFormat::Html, format!("<!-->{}", "<div>".repeat(40_000))),
        (ContentFormat::Markdown, format!("<!-->{}", "<div>".repeat(40_000))),
        (ContentFormat::Html, format!("<svg><title>{}", "<g>".repeat(40_000))),
        (ContentFormat::Html, format!("<mj-style>{}", "<div>".repeat(40_000))),
        (ContentFormat::Html, "<div><!--[if a]></div><![endif]-->".repeat(10_000)),
        (ContentFormat::Html, format!("<!--[if a]>x-->{}", "<div>".repeat(40_000))),
        (ContentFormat::Html, format!("<!--[if a]><b t=\"-->{}\">", "<div>".repeat(40_000))),
        (ContentFormat::Html, format!("<!-- a --!>{}", "<div>".repeat(40_000))),
        (ContentFormat::Html, "<div><b></b t=\"></div>\">".repeat(10_000)),
        (ContentFormat::Html, "<div><style></div></style>".repeat(3_000)),
        (ContentFormat::Html, "<p>".repeat(100_000)),
        (ContentFormat::Html, "x".repeat(MAX_CONTENT + 1)),
        (ContentFormat::Html, format!("<style>{}</style>", "a{color:red}".repeat(20_000))),
        (ContentFormat::Html, "<!--[if".repeat(50_000)),
        (ContentFormat::Mjml, mjml(nested("div", 20_000))),
        (ContentFormat::Mjml, mjml(nested("p", 20_000))),
        (ContentFormat::Markdown, ">".repeat(100_000)),
        (ContentFormat::Markdown, "[".repeat(300_000)),
        (ContentFormat::Markdown, "* ".repeat(50_000)),
    ] {
        let start = Instant::now();
        let result = Revision::compile(&source(format, &body));
        assert!(start.elapsed() < Duration::from_secs(5), "{:?} {format:?} {}", start.elapsed(), &body[..10]);
        drop(result);
    }
}

#[test]
fn mjml_styles_reach_their_elements_inline_or_not() {
    for attribute in ["", " inline=\"inline\""] {
        let body = format!(
            "<mjml><mj-head><mj-style wrong=\"1\"{attribute}>h1 {{ color: #7a2e12 }}</mj-style></mj-head><mj-body><mj-section><mj-column>\
             <mj-text><h1>a</h1></mj-text></mj-column></mj-section></mj-body></mjml>"
        );
        let revision = compile(ContentFormat::Mjml, &body);
        assert!(revision.html_source.expect("html").contains("<h1 style=\"color: #7a2e12;\">a</h1>"));
        assert_eq!(revision.warnings, [Warning::UnknownAttribute { line: 1 }]);
    }
}

#[test]
fn mjml_sections_and_columns_can_be_conditional() {
    let body = "<mjml><mj-body>{% if subscriber.vip %}<mj-section><mj-column><mj-text>VIP</mj-text></mj-column></mj-section>{% endif %}\
                <mj-section><mj-column>{% for t in subscriber.tags %}<mj-text>{{ t }}</mj-text>{% endfor %}</mj-column></mj-section></mj-body></mjml>";
    let (html, text) = rendered(ContentFormat::Mjml, body);
    assert!(!html.contains("VIP") && html.contains("red") && html.contains("blue"), "{html}");
    assert_eq!(text.split_whitespace().collect::<Vec<_>>(), ["red", "blue"], "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn no_content_makes_the_compiler_panic(
        body in "(?s)(<p>|</p>|<table>|<tr>|<td a='|<mjml>|<mj-body>|<mj-text>|</mj-text>|<style>|</style>|<!--|-->|<!--\\[if mso\\]>|<!\\[endif\\]-->|\\{\\{ x \\}\\}|\\{% if é %\\}|\\{% if x %\\}|\\{% endif %\\}|\\{\\{|%\\}|é|\u{1f600}|&#|\"|>|/|\n| |\\*|\\[a\\]\\(|\\)){0,30}"
    ) {
        for &format in ContentFormat::ALL {
            if let Ok(revision) = Revision::compile(&source(format, &body)) {
                let rendered = revision.render(&values());
                prop_assert!(rendered.is_ok_and(|r| !r.html.is_some_and(|html| html.contains("<script"))));
            }
        }
    }
}
