-- The installation and its workspaces. Neutral types: BIGINT, TEXT, BYTES; CLUSTERED marks tables
-- that SQLite keeps inside their primary key. Times are microseconds since 1970 in UTC.
CREATE TABLE workspaces (
    id            BIGINT PRIMARY KEY,
    name          TEXT   NOT NULL,
    next_subject  BIGINT NOT NULL,
    current_epoch BIGINT NOT NULL,
    created_at    BIGINT NOT NULL
);

-- One row and an epoch a workspace; enforcement reads it, nothing is pushed.
CREATE TABLE gate (
    workspace_id BIGINT PRIMARY KEY REFERENCES workspaces (id),
    epoch        BIGINT NOT NULL,
    level        TEXT   NOT NULL CHECK (level IN ('normal', 'watch', 'held', 'contained')),
    changed_at   BIGINT NOT NULL
);

CREATE TABLE leases (
    name  TEXT   PRIMARY KEY,
    owner TEXT   NOT NULL,
    epoch BIGINT NOT NULL,
    until BIGINT NOT NULL
);

CREATE TABLE settings (
    workspace_id BIGINT NOT NULL,
    key          TEXT   NOT NULL,
    value        TEXT   NOT NULL,
    changed_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, key)
) CLUSTERED;

CREATE TABLE jobs (
    id             BIGINT PRIMARY KEY,
    workspace_id   BIGINT NOT NULL,
    kind           TEXT   NOT NULL,
    payload        TEXT   NOT NULL,
    unique_key     TEXT,
    state          TEXT   NOT NULL CHECK (state IN ('ready', 'leased', 'done', 'failed', 'cancelled')),
    run_at         BIGINT NOT NULL,
    attempts       BIGINT NOT NULL,
    lease_epoch    BIGINT NOT NULL,
    lease_until    BIGINT NOT NULL,
    origin_kind    TEXT   NOT NULL,
    origin_a       BIGINT NOT NULL,
    origin_b       BIGINT NOT NULL,
    progress_done  BIGINT NOT NULL,
    progress_total BIGINT NOT NULL,
    error          TEXT,
    created_at     BIGINT NOT NULL,
    finished_at    BIGINT
);
CREATE INDEX jobs_ready ON jobs (run_at) WHERE state = 'ready';
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE state = 'leased';
CREATE UNIQUE INDEX jobs_unique ON jobs (workspace_id, kind, unique_key) WHERE state IN ('ready', 'leased');

-- System mail: sealed whole, sent by the lane, deleted of content when done.
CREATE TABLE outbox (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('ready', 'in_flight', 'sent', 'failed', 'unknown')),
    sealed       BYTES,
    attempts     BIGINT NOT NULL,
    next_at      BIGINT NOT NULL,
    reason       TEXT,
    created_at   BIGINT NOT NULL,
    finished_at  BIGINT
);
CREATE INDEX outbox_ready ON outbox (next_at) WHERE state IN ('ready', 'in_flight');

-- What happened to messages and memberships.
CREATE TABLE events (
    workspace_id BIGINT NOT NULL,
    id           BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    subject      BIGINT,
    source_id    BIGINT,
    list_id      BIGINT,
    reason       TEXT,
    sealed       BYTES,
    PRIMARY KEY (workspace_id, id)
) CLUSTERED;
CREATE INDEX events_subject ON events (workspace_id, subject, id);

-- Append-only security observations.
CREATE TABLE signals (
    workspace_id BIGINT NOT NULL,
    id           BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    actor_kind   TEXT   NOT NULL,
    principal    BIGINT NOT NULL,
    credential   BIGINT NOT NULL,
    address_tag  BYTES,
    amount       BIGINT NOT NULL,
    detail       TEXT   NOT NULL,
    PRIMARY KEY (workspace_id, id)
) CLUSTERED;
