-- When a mailbox was last answered "was I affected?": one mail a day, whoever asks, and however its address is spelled.
-- `tag` is the suppression tag of the address without what providers drop from it.
CREATE TABLE status_turns (
    workspace_id BIGINT NOT NULL,
    tag          BYTES  NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, tag)
) CLUSTERED;
CREATE INDEX support_answers_at ON support_answers (workspace_id, at);
