//! Every setting, defined once: the file, the environment, `waxwing config` and its page in
//! `docs/` are all read from this table.

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// `section.name` in the file.
    pub name: &'static str,
    /// Its environment variable.
    pub env: &'static str,
    /// What holds when nobody says otherwise; words in angle brackets are worked out.
    pub default: &'static str,
    /// What it is for, in one sentence.
    pub meaning: &'static str,
    /// Whether its value is withheld when settings are shown.
    pub secret: bool,
}

const fn key(name: &'static str, env: &'static str, default: &'static str, meaning: &'static str) -> Key {
    Key { name, env, default, meaning, secret: false }
}

const fn secret(name: &'static str, env: &'static str, meaning: &'static str) -> Key {
    Key { name, env, default: "", meaning, secret: true }
}

/// All of them, in the order they are shown.
pub const KEYS: &[Key] = &[
    secret(
        "storage.database",
        "WAXWING_DATABASE",
        "postgres://user:password@host/name for PostgreSQL 15 or later; empty for the embedded database in the data directory",
    ),
    key(
        "keys.root_file",
        "WAXWING_KEYS_ROOT_FILE",
        "<DIR-keys/root.key>",
        "the root key; keep it outside the data directory",
    ),
    key("keys.ring_file", "WAXWING_KEYS_RING_FILE", "<DIR-keys/ring.sealed>", "the key ring, sealed by the root key"),
    secret(
        "keys.passphrase",
        "WAXWING_KEYS_PASSPHRASE",
        "the passphrase of the root key; better kept in a file of its own (keys.passphrase_file)",
    ),
    key(
        "keys.passphrase_file",
        "WAXWING_KEYS_PASSPHRASE_FILE",
        "",
        "a file whose first line is the passphrase of the root key, for example a systemd credential",
    ),
    key(
        "web.listen",
        "WAXWING_LISTEN",
        "127.0.0.1:8080",
        "address and port to listen on; TLS is the reverse proxy's work",
    ),
    key(
        "web.public_url",
        "WAXWING_PUBLIC_URL",
        "<http:// and the listening address>",
        "how people reach Waxwing; links in mail begin with it, and requests for other host names are refused",
    ),
    key(
        "web.content_url",
        "WAXWING_CONTENT_URL",
        "<web.public_url>",
        "where mails opened in the browser and pictures are served; with a host name of its own, nothing else answers there and no cookie reaches it",
    ),
    key(
        "web.trusted_proxies",
        "WAXWING_TRUSTED_PROXIES",
        "",
        "networks of reverse proxies whose X-Forwarded-For is believed, separated by commas: 127.0.0.1, 10.0.0.0/8",
    ),
    key(
        "web.hsts_subdomains",
        "WAXWING_HSTS_SUBDOMAINS",
        "yes",
        "no where a name below that of web.public_url must still be reached by plain http: else browsers refuse it for two years after a visit here",
    ),
    key("mail.ehlo", "WAXWING_EHLO", "<host name of web.public_url>", "the name given to relays in EHLO"),
    key(
        "mail.dns_resolver",
        "WAXWING_DNS_RESOLVER",
        "<the system's own>",
        "address and port of the DNS server to ask: 127.0.0.1:53",
    ),
    key(
        "inbound.listen",
        "WAXWING_INBOUND_LISTEN",
        "",
        "address and port where mail for made-up people (canaries) comes in, such as 0.0.0.0:25; empty: none is taken",
    ),
    key(
        "inbound.name",
        "WAXWING_INBOUND_NAME",
        "<mail.ehlo>",
        "what the listener for mail calls itself; give it a name that does not lead to you",
    ),
    key(
        "inbound.certificate",
        "WAXWING_INBOUND_CERTIFICATE",
        "<made at start, vouched for by nobody>",
        "a PEM file with the certificate that the listener for mail shows, and its chain",
    ),
    key("inbound.key", "WAXWING_INBOUND_KEY", "", "the PEM file of that certificate's key"),
    key(
        "places.files",
        "WAXWING_PLACES_FILES",
        "",
        "databases of where network addresses are (countries, AS numbers) in MaxMind's format, separated by commas; sign-ins from strange places are told better with them",
    ),
    key(
        "egress.allow_networks",
        "WAXWING_EGRESS_ALLOW_NETWORKS",
        "",
        "networks that webhooks and other outgoing requests may reach although they are not public: 10.20.0.0/16",
    ),
    key(
        "egress.allow_hosts",
        "WAXWING_EGRESS_ALLOW_HOSTS",
        "",
        "host names that may lead to private addresses or this machine, separated by commas: hooks.intra.example.org",
    ),
    key(
        "egress.allow_ports",
        "WAXWING_EGRESS_ALLOW_PORTS",
        "",
        "ports beside 443 that outgoing requests may use, separated by commas",
    ),
    key(
        "egress.refuse_networks",
        "WAXWING_EGRESS_REFUSE_NETWORKS",
        "",
        "networks refused although they look public, such as a NAT64 prefix or an inner network of your own; stronger than the exceptions",
    ),
    key(
        "egress.http_on_loopback",
        "WAXWING_EGRESS_HTTP_ON_LOOPBACK",
        "no",
        "yes to allow http:// to this machine itself, on any port: for trying things out",
    ),
    key(
        "egress.trusted_roots",
        "WAXWING_EGRESS_TRUSTED_ROOTS",
        "",
        "a PEM file of certificate authorities that outgoing requests trust beside the system's",
    ),
    key("log.format", "WAXWING_LOG_FORMAT", "text", "text for people or json for programs"),
    key(
        "log.level",
        "WAXWING_LOG",
        "info",
        "error, warn, info, debug, or a filter such as info,waxwing_delivery=debug",
    ),
];
