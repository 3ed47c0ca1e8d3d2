-- The registry of fields: what a value is, why it is kept and for how long.
CREATE TABLE fields (
    workspace_id   BIGINT NOT NULL,
    id             BIGINT NOT NULL,
    key            TEXT   NOT NULL,
    label          TEXT   NOT NULL,
    kind           TEXT   NOT NULL CHECK (kind IN ('text', 'number', 'date', 'flag', 'email', 'phone')),
    class          TEXT   NOT NULL CHECK (class IN ('public', 'internal', 'personal', 'sensitive')),
    purpose        TEXT   NOT NULL,
    basis          TEXT   NOT NULL CHECK (basis IN ('consent', 'contract', 'legal_obligation', 'legitimate_interest')),
    retention_days BIGINT,
    created_at     BIGINT NOT NULL,
    retired_at     BIGINT,
    PRIMARY KEY (workspace_id, id)
) CLUSTERED;
CREATE UNIQUE INDEX fields_key ON fields (workspace_id, key);

-- Identity vault: `sealed` holds one ciphertext a field; `plain` holds public and internal fields.
-- `email_tag` repeats the blind index and `suppress_tag` the suppression tag of the address, so that
-- ledger, last look and erasure need no decryption. `domain_hash` is a keyed hash for throttling.
CREATE TABLE subscribers (
    workspace_id BIGINT NOT NULL,
    subject      BIGINT NOT NULL,
    generation   BIGINT NOT NULL,
    sealed       BYTES  NOT NULL,
    plain        TEXT   NOT NULL,
    email_tag    BYTES  NOT NULL,
    suppress_tag BYTES  NOT NULL,
    domain_hash  BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, subject)
) CLUSTERED;

CREATE TABLE subject_keys (
    workspace_id BIGINT NOT NULL,
    subject      BIGINT NOT NULL,
    generation   BIGINT NOT NULL,
    epoch        BIGINT NOT NULL,
    wrapped      BYTES  NOT NULL,
    PRIMARY KEY (workspace_id, subject)
) CLUSTERED;

CREATE TABLE blind_index (
    workspace_id BIGINT NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('email', 'phone')),
    version      BIGINT NOT NULL,
    tag          BYTES  NOT NULL,
    subject      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, kind, version, tag)
) CLUSTERED;

CREATE TABLE suppressions (
    workspace_id BIGINT NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('email', 'phone')),
    tag          BYTES  NOT NULL,
    reason       TEXT   NOT NULL CHECK (reason IN ('unsubscribed', 'bounced', 'complained', 'erased', 'manual')),
    source       TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, kind, tag)
) CLUSTERED;

CREATE TABLE lists (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    name         TEXT   NOT NULL,
    description  TEXT   NOT NULL,
    visibility   TEXT   NOT NULL CHECK (visibility IN ('public', 'private')),
    optin        TEXT   NOT NULL CHECK (optin IN ('single', 'double')),
    created_at   BIGINT NOT NULL,
    archived_at  BIGINT
);
CREATE UNIQUE INDEX lists_name ON lists (workspace_id, name);

CREATE TABLE list_members (
    workspace_id BIGINT NOT NULL,
    list_id      BIGINT NOT NULL,
    subject      BIGINT NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('confirmed', 'unconfirmed', 'unsubscribed', 'removed')),
    consent_id   BIGINT,
    at           BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, list_id, subject)
) CLUSTERED;
CREATE INDEX list_members_subject ON list_members (workspace_id, subject, list_id);

-- Evidence of consent: one row an import, one a sign-up, one a person added by hand.
CREATE TABLE consents (
    id              BIGINT PRIMARY KEY,
    workspace_id    BIGINT NOT NULL,
    kind            TEXT   NOT NULL CHECK (kind IN ('import', 'signup', 'manual', 'api')),
    statement       TEXT   NOT NULL,
    wording_version BIGINT,
    list_id         BIGINT,
    subject         BIGINT,
    requested_at    BIGINT,
    confirmed_at    BIGINT,
    sealed          BYTES,
    created_at      BIGINT NOT NULL
);
CREATE INDEX consents_subject ON consents (workspace_id, subject);

-- Who was erased and when: a number without a person, for the certificate and for restores.
CREATE TABLE erasures (
    workspace_id BIGINT NOT NULL,
    subject      BIGINT NOT NULL,
    erased_at    BIGINT NOT NULL,
    epoch        BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, subject)
) CLUSTERED;
