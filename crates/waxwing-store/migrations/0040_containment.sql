-- Credentials made under an epoch below the floor are worth nothing, for ever.
ALTER TABLE gate ADD COLUMN lowest BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN gate_epoch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE api_keys ADD COLUMN gate_epoch BIGINT NOT NULL DEFAULT 0;

-- What is shut alone, read together with the gate.
CREATE TABLE gate_shut (
    workspace_id   BIGINT NOT NULL,
    kind           TEXT   NOT NULL CHECK (kind IN ('account', 'api_key', 'webhook', 'relay', 'domain')),
    target         BIGINT NOT NULL,
    containment_id BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, kind, target)
) CLUSTERED;

-- What was contained: `scope` is 'workspace' or the kind of one thing, `target` its number. `by_*` is the
-- credential that contained; `effective_in` the milliseconds until no older reading could be acted on.
CREATE TABLE containments (
    id             BIGINT PRIMARY KEY,
    workspace_id   BIGINT NOT NULL,
    scope          TEXT   NOT NULL CHECK (scope IN ('workspace', 'account', 'api_key', 'webhook', 'relay', 'domain')),
    target         BIGINT NOT NULL,
    reason         TEXT   NOT NULL,
    epoch          BIGINT NOT NULL,
    suspected_from BIGINT NOT NULL,
    by_kind        TEXT   NOT NULL,
    by_a           BIGINT NOT NULL,
    by_b           BIGINT NOT NULL,
    contained_at   BIGINT NOT NULL,
    effective_in   BIGINT,
    state          TEXT   NOT NULL CHECK (state IN ('contained', 'released')),
    released_kind  TEXT,
    released_a     BIGINT,
    released_b     BIGINT,
    released_at    BIGINT
);
CREATE INDEX containments_open ON containments (workspace_id, state, id);

-- The steps of a containment; each is done by a job of its own that may run twice.
CREATE TABLE containment_steps (
    workspace_id   BIGINT NOT NULL,
    containment_id BIGINT NOT NULL,
    step           TEXT   NOT NULL,
    state          TEXT   NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
    count          BIGINT NOT NULL,
    note           TEXT   NOT NULL,
    changed_at     BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, containment_id, step)
) CLUSTERED;

-- Who may release it: written down when it was contained, so that nothing done later adds anybody.
CREATE TABLE containment_releasers (
    workspace_id   BIGINT NOT NULL,
    containment_id BIGINT NOT NULL,
    account_id     BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, containment_id, account_id)
) CLUSTERED;
