-- SMTP relays. `shown` is the address without the login; `sealed` is the whole URL.
CREATE TABLE relays (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    name         TEXT   NOT NULL,
    shown        TEXT   NOT NULL,
    has_login    BIGINT NOT NULL CHECK (has_login IN (0, 1)),
    sealed       BYTES  NOT NULL,
    connections  BIGINT NOT NULL CHECK (connections BETWEEN 1 AND 100),
    enabled      BIGINT NOT NULL CHECK (enabled IN (0, 1)),
    created_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    tested_at    BIGINT,
    problem      TEXT
);
CREATE UNIQUE INDEX relays_name ON relays (workspace_id, name);

-- Sending domains. `sealed` holds both private keys; the records are what is published of them.
-- `findings` is what the domain name system said at `checked_at`, as JSON.
CREATE TABLE domains (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    name         TEXT   NOT NULL,
    rsa_selector TEXT   NOT NULL,
    rsa_record   TEXT   NOT NULL,
    ed_selector  TEXT   NOT NULL,
    ed_record    TEXT   NOT NULL,
    sealed       BYTES  NOT NULL,
    return_path  TEXT,
    created_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    checked_at   BIGINT,
    may_send     BIGINT NOT NULL CHECK (may_send IN (0, 1)),
    findings     TEXT   NOT NULL
);
CREATE UNIQUE INDEX domains_name ON domains (workspace_id, name);
