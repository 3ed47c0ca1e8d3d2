-- What waits for a second person's yes, and what became of it. `digest` binds the exact matter;
-- `facts` is what the second person is shown, and part of what the digest is taken over. `asked_*` is the
-- credential that asks, `behind` the account behind it (0: the command line).
CREATE TABLE approvals (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('send', 'export', 'grant', 'policy')),
    reference    BIGINT NOT NULL,
    title        TEXT   NOT NULL,
    facts        TEXT   NOT NULL,
    people       BIGINT NOT NULL,
    digest       BYTES  NOT NULL,
    back         TEXT   NOT NULL,
    asked_kind   TEXT   NOT NULL,
    asked_a      BIGINT NOT NULL,
    asked_b      BIGINT NOT NULL,
    behind       BIGINT NOT NULL,
    asked_at     BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    told_at      BIGINT,
    state        TEXT   NOT NULL CHECK (state IN ('asked', 'approved', 'refused', 'used', 'expired', 'withdrawn')),
    decided_by   BIGINT,
    decided_at   BIGINT,
    reason       TEXT   NOT NULL,
    used_at      BIGINT
);
CREATE INDEX approvals_matter ON approvals (workspace_id, kind, reference, state);
CREATE INDEX approvals_open ON approvals (workspace_id, expires_at) WHERE state IN ('asked', 'approved');
