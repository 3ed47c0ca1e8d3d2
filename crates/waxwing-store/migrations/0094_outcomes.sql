-- What mailbox providers reported of messages after a relay had taken them: one row a message and kind, so that
-- a report that comes twice counts once. `beside`: 1 where the ledger does not say the same itself. `report` is
-- the batch that brought it.
CREATE TABLE outcomes (
    workspace_id BIGINT NOT NULL,
    source_id    BIGINT NOT NULL,
    subject      BIGINT NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('hard_bounce', 'soft_bounce', 'complaint')),
    reason       TEXT   NOT NULL,
    beside       BIGINT NOT NULL CHECK (beside IN (0, 1)),
    at           BIGINT NOT NULL,
    report       BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, source_id, subject, kind)
) CLUSTERED;
CREATE INDEX outcomes_subject ON outcomes (workspace_id, subject);
