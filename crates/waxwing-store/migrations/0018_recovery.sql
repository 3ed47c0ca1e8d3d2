-- Ways back into an account that two people decided on. `hash` is of the link to a new password, while there is one;
-- `asked_by` is 0 for the host's command line.
CREATE TABLE account_recoveries (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    account_id   BIGINT NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('asked', 'agreed', 'ready', 'done', 'cancelled')),
    asked_by     BIGINT NOT NULL,
    agreed_by    BIGINT,
    hash         BYTES,
    created_at   BIGINT NOT NULL,
    due_at       BIGINT,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX account_recoveries_account ON account_recoveries (workspace_id, account_id);
CREATE INDEX account_recoveries_hash ON account_recoveries (hash);
