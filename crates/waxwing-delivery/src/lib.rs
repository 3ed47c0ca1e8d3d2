//! Takes an envelope, returns an outcome: SMTP relays, TLS, pools and DNS facts.
