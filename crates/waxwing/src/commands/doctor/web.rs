//! How the web is reached.

use super::Finding;
use crate::config::Config;

/// Looks at its settings.
pub fn look(config: &Config) -> Vec<Finding> {
    vec![content(config), passkeys(config)]
}

/// Whether customers' HTML has a host of its own. Limit: settings, not the reverse proxy, are looked at.
fn content(config: &Config) -> Finding {
    let interface = config.public_url(config.listen);
    match &config.content {
        Some(content) if content.to_string() != interface => {
            Finding::good("content host", format!("customers' HTML is served from {content}, apart from the interface"))
        }
        _ => Finding::attention(
            "content host",
            "customers' HTML shares the interface's host, where its policy alone keeps it apart; set web.content_url to a host name of its own",
        ),
    }
}

/// Whether passkeys have a name to belong to.
fn passkeys(config: &Config) -> Finding {
    let interface = config.public_url(config.listen);
    match waxwing_app::accounts::passkeys::party(&interface) {
        Some(party) if interface == party.origin.as_str().trim_end_matches('/') => {
            Finding::good("passkeys", format!("belong to {}", party.name))
        }
        Some(party) => Finding::attention(
            "passkeys",
            format!("work at {} only; set web.public_url to a host name for other machines", party.origin),
        ),
        None => Finding::attention(
            "passkeys",
            "cannot work under a bare network address; set web.public_url to a host name",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;
    use crate::config::Layers;

    #[test]
    fn passkeys_want_a_host_name() {
        let dir = tempfile::tempdir().expect("a directory");
        for (public, level) in [
            ("https://mail.example.org", Level::Good),
            ("http://localhost:8025", Level::Good),
            ("http://127.0.0.1:8025", Level::Attention),
            ("https://192.0.2.7", Level::Attention),
        ] {
            let options = [("web.public_url", Some(public.to_owned()))];
            let layers = Layers::read(None, |_| None, &options).expect("reads");
            let config = Config::of(dir.path(), &layers).expect("valid");
            assert_eq!(passkeys(&config).level, level, "{public}");
        }
    }

    #[test]
    fn a_shared_host_is_advised_against() {
        let dir = tempfile::tempdir().expect("a directory");
        for (content, level) in [
            (None, Level::Attention),
            (Some("https://mail.example.org"), Level::Attention),
            (Some("https://pages.example.net"), Level::Good),
        ] {
            let options = [
                ("web.public_url", Some("https://mail.example.org".to_owned())),
                ("web.content_url", content.map(str::to_owned)),
            ];
            let layers = Layers::read(None, |_| None, &options).expect("reads");
            let config = Config::of(dir.path(), &layers).expect("valid");
            assert_eq!(look(&config)[0].level, level, "{content:?}");
        }
    }
}
