-- Places of other systems that are told what happens. `origin` is what may be shown of the address;
-- `kinds` and `grants` are words with a space between. `caused_*` names the credential behind it.
CREATE TABLE webhooks_endpoints (
    id            BIGINT PRIMARY KEY,
    workspace_id  BIGINT NOT NULL,
    name          TEXT   NOT NULL,
    origin        TEXT   NOT NULL,
    sealed_url    BYTES  NOT NULL,
    secret        BYTES  NOT NULL,
    old_secret    BYTES,
    old_until     BIGINT,
    kinds         TEXT   NOT NULL,
    grants        TEXT   NOT NULL,
    state         TEXT   NOT NULL CHECK (state IN ('on', 'paused', 'disabled')),
    failing_since BIGINT,
    problem       TEXT,
    caused_kind   TEXT   NOT NULL,
    caused_a      BIGINT NOT NULL,
    caused_b      BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    changed_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX webhooks_name ON webhooks_endpoints (workspace_id, name);

CREATE TABLE webhooks_lists (
    workspace_id BIGINT NOT NULL,
    endpoint_id  BIGINT NOT NULL,
    list_id      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, endpoint_id, list_id)
) CLUSTERED;

-- One row an event and endpoint: ids and outcomes, never what was told.
CREATE TABLE webhooks_deliveries (
    workspace_id BIGINT NOT NULL,
    endpoint_id  BIGINT NOT NULL,
    event_id     BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    subject      BIGINT,
    state        TEXT   NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    attempts     BIGINT NOT NULL,
    next_at      BIGINT NOT NULL,
    last_at      BIGINT,
    status       BIGINT,
    problem      TEXT,
    took         BIGINT,
    excerpt      BYTES,
    PRIMARY KEY (workspace_id, endpoint_id, event_id)
) CLUSTERED;
CREATE INDEX webhooks_due ON webhooks_deliveries (workspace_id, endpoint_id, next_at) WHERE state = 'waiting';
CREATE INDEX webhooks_subject ON webhooks_deliveries (workspace_id, subject);
