-- Test messages that can still be seen in a browser. Nothing rendered is kept: the content as it was
-- sent, and the number of the person whose data it was filled with; 0 for the made-up one.
CREATE TABLE test_messages (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    content      TEXT   NOT NULL,
    sender       TEXT   NOT NULL,
    list_id      BIGINT,
    subject      BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX test_messages_expiry ON test_messages (workspace_id, expires_at);
CREATE INDEX test_messages_subject ON test_messages (workspace_id, subject);
