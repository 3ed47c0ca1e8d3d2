//! Settings, in sentences.

use super::layers::Source;
use super::*;

fn nothing(_: &str) -> Option<String> {
    None
}

fn with_file(text: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(file_in(dir.path()), text).expect("writes");
    dir
}

fn refusal(text: &str) -> String {
    let dir = with_file(text);
    let read = Layers::read(Some(dir.path()), nothing, &[]).and_then(|layers| Config::of(dir.path(), &layers));
    read.expect_err("refused").to_string()
}

#[test]
fn an_option_beats_the_environment_and_that_beats_the_file() {
    let dir = with_file("[web]\nlisten = \"127.0.0.1:1001\"\n[log]\nlevel = \"debug\"\n");
    let environment = |name: &str| (name == "WAXWING_LISTEN").then(|| "127.0.0.1:1002".to_owned());
    let options = [("web.listen", Some("127.0.0.1:1003".to_owned()))];
    let listen = |layers: Layers| Config::of(dir.path(), &layers).expect("valid").listen.port();
    assert_eq!(listen(Layers::read(Some(dir.path()), nothing, &[]).expect("reads")), 1001);
    assert_eq!(listen(Layers::read(Some(dir.path()), environment, &[]).expect("reads")), 1002);
    let layers = Layers::read(Some(dir.path()), environment, &options).expect("reads");
    assert_eq!(layers.source("web.listen"), Source::Option);
    assert_eq!(layers.source("log.level"), Source::File);
    assert_eq!(layers.source("log.format"), Source::Default);
    assert_eq!(listen(layers), 1003);
}

#[test]
fn a_setting_that_does_not_exist_is_named() {
    assert!(refusal("[web]\nlisten_on = \"x\"\n").contains("web.listen_on"));
    assert!(refusal("listen = \"x\"\n").contains("listen"));
}

#[test]
fn a_value_that_cannot_work_names_its_setting() {
    for (text, name) in [
        ("[web]\nlisten = \"everywhere\"", "web.listen"),
        ("[web]\npublic_url = \"http://news.example.org\"", "web.public_url"),
        ("[web]\ncontent_url = \"http://pages.example.org\"", "web.content_url"),
        ("[web]\npublic_url = \"https://a.example\"\ncontent_url = \"https://a.example:8443\"", "web.content_url"),
        ("[web]\ncontent_url = \"http://127.0.0.1:9999\"", "web.content_url"),
        ("[web]\ntrusted_proxies = [\"10.0.0.0/99\"]", "web.trusted_proxies"),
        ("[mail]\ndns_resolver = \"one\"", "mail.dns_resolver"),
        ("[web]\nhsts_subdomains = \"perhaps\"", "web.hsts_subdomains"),
        ("[log]\nformat = \"yaml\"", "log.format"),
        ("[egress]\nallow_networks = \"10.0.0.1/8\"", "egress.allow_networks"),
        ("[egress]\nallow_hosts = \"https://intra/\"", "egress.allow_hosts"),
        ("[egress]\nallow_ports = [\"70000\"]", "egress.allow_ports"),
        ("[egress]\nhttp_on_loopback = \"perhaps\"", "egress.http_on_loopback"),
        ("[storage]\ndatabase = \"mysql://x\"", "storage.database"),
        ("[web]\nlisten = { a = 1 }", "web.listen"),
    ] {
        assert!(refusal(text).contains(name), "{text}: {}", refusal(text));
    }
}

#[test]
fn content_is_served_with_the_interface_unless_it_has_a_name_of_its_own() {
    let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
    for (text, public, content) in [
        ("", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("public_url = \"https://a.example\"", "https://a.example", "https://a.example"),
        (
            "public_url = \"https://a.example\"\ncontent_url = \"https://a.example/\"",
            "https://a.example",
            "https://a.example",
        ),
        (
            "public_url = \"https://a.example\"\ncontent_url = \"https://pages.example\"",
            "https://a.example",
            "https://pages.example",
        ),
    ] {
        let dir = with_file(&format!("[web]\n{text}\n"));
        let layers = Layers::read(Some(dir.path()), nothing, &[]).expect("reads");
        let config = Config::of(dir.path(), &layers).expect("valid");
        assert_eq!((config.public_url(listen), config.content_url(listen)), (public.to_owned(), content.to_owned()));
    }
}

#[test]
fn an_error_in_the_file_names_its_line_and_repeats_nothing_of_it() {
    let said = refusal("[storage]\ndatabase = \"postgres://u:hunter2@h/d\" oops\n");
    assert!(said.contains("line 2") && !said.contains("hunter2"), "{said}");
}

#[test]
fn a_passphrase_comes_from_the_first_line_of_its_file() {
    let dir = with_file("");
    let file = dir.path().join("passphrase");
    std::fs::write(&file, "correct horse\nignored\n").expect("writes");
    let options = [("keys.passphrase_file", Some(file.display().to_string()))];
    let layers = Layers::read(None, nothing, &options).expect("reads");
    assert_eq!(Config::of(dir.path(), &layers).expect("valid").passphrase.as_deref(), Some("correct horse"));
}

#[test]
fn settings_have_unique_names_and_variables() {
    let mut names: Vec<_> = KEYS.iter().flat_map(|key| [key.name, key.env]).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), KEYS.len() * 2);
}

#[test]
fn outgoing_requests_reach_only_what_the_operator_names() {
    let text = "[egress]\nallow_networks = \"10.20.0.0/16, fd00::/8\"\nallow_hosts = [\"Hooks.Intra.example\"]\n";
    let dir = with_file(text);
    let layers = Layers::read(Some(dir.path()), nothing, &[]).expect("reads");
    let exceptions = Config::of(dir.path(), &layers).expect("valid").egress.exceptions;
    let networks: Vec<String> = exceptions.networks.iter().map(ToString::to_string).collect();
    assert_eq!(networks, ["10.20.0.0/16", "fd00::/8"]);
    assert_eq!(exceptions.hosts, ["hooks.intra.example"]);
    assert!(exceptions.ports.is_empty() && exceptions.refused.is_empty() && !exceptions.plain_loopback);
}
