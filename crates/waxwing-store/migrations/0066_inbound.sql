-- Mail that came in, envelope and message sealed together, until it is read and swept.
CREATE TABLE inbound_messages (
    workspace_id BIGINT NOT NULL,
    id           BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('new', 'read')),
    sealed       BYTES  NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX inbound_messages_age ON inbound_messages (workspace_id, at);
