-- Frozen content: what a source sends, never changed once a row exists.
CREATE TABLE revisions (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    content      TEXT   NOT NULL,
    created_at   BIGINT NOT NULL
);

-- A source of messages: a campaign, later a journey step or an idempotency key. `pass` grows with
-- every start, hold, release and retry: what was leased in an earlier pass may not leave. `origin`
-- is the credential that started it, for the record.
CREATE TABLE sources (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    reference    BIGINT NOT NULL,
    revision_id  BIGINT NOT NULL,
    sender       TEXT   NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('held', 'running', 'done', 'cancelled')),
    started      BIGINT NOT NULL CHECK (started IN (0, 1)),
    pass         BIGINT NOT NULL,
    hold_reason  TEXT,
    audience     BIGINT NOT NULL,
    filled_at    BIGINT,
    fill_list    BIGINT NOT NULL,
    fill_after   BIGINT NOT NULL,
    origin_kind  TEXT   NOT NULL,
    origin_a     BIGINT NOT NULL,
    origin_b     BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    started_at   BIGINT,
    finished_at  BIGINT
);
CREATE INDEX sources_reference ON sources (workspace_id, kind, reference);
CREATE INDEX sources_open ON sources (workspace_id, state) WHERE state IN ('held', 'running');

CREATE TABLE source_lists (
    workspace_id BIGINT NOT NULL,
    source_id    BIGINT NOT NULL,
    list_id      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, source_id, list_id)
) CLUSTERED;

-- How many rows of a source rest in which state, and for what reason; changed in the transaction
-- that moves the rows. What is counted nowhere is pending.
CREATE TABLE source_counts (
    workspace_id BIGINT NOT NULL,
    source_id    BIGINT NOT NULL,
    state        BIGINT NOT NULL,
    reason       TEXT   NOT NULL,
    rows_there   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, source_id, state, reason)
) CLUSTERED;

-- The ledger: one packed row a recipient. Numbers instead of words, for there are millions:
-- state 0 pending, 1 leased, 2 in flight, 3 accepted, 4 deferred, 5 failed, 6 skipped, 7 unknown;
-- channel 1 is mail. `next_at`: pending and deferred rows wait until then (0: not at all), leased
-- and in-flight rows are given up then. `worker` is the epoch of the lane that leased the row.
CREATE TABLE ledger (
    workspace_id BIGINT NOT NULL,
    source_id    BIGINT NOT NULL,
    subject      BIGINT NOT NULL,
    channel      BIGINT NOT NULL CHECK (channel = 1),
    tag          BYTES  NOT NULL,
    domain       BIGINT NOT NULL,
    state        BIGINT NOT NULL CHECK (state BETWEEN 0 AND 7),
    next_at      BIGINT NOT NULL,
    worker       BIGINT NOT NULL,
    attempts     BIGINT NOT NULL,
    first_at     BIGINT NOT NULL,
    done_at      BIGINT NOT NULL,
    reason       TEXT,
    codes        TEXT,
    PRIMARY KEY (workspace_id, source_id, subject, channel)
) CLUSTERED;
CREATE UNIQUE INDEX ledger_tag ON ledger (source_id, tag);
CREATE INDEX ledger_later ON ledger (source_id, next_at) WHERE state IN (0, 4) AND next_at > 0;

-- Who sends now: the epoch fences every lane before it.
CREATE TABLE lanes (
    workspace_id BIGINT PRIMARY KEY,
    epoch        BIGINT NOT NULL,
    begun_at     BIGINT NOT NULL
);

-- Token buckets shared by all nodes. `ready_at` is when the bucket would be full again; a bucket
-- holds one period's worth.
CREATE TABLE limits (
    workspace_id BIGINT NOT NULL,
    scope        TEXT   NOT NULL CHECK (scope IN ('workspace', 'sending_domain', 'recipient_domain')),
    bucket       BIGINT NOT NULL,
    period       TEXT   NOT NULL CHECK (period IN ('hour', 'day')),
    ready_at     BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, scope, bucket, period)
) CLUSTERED;
