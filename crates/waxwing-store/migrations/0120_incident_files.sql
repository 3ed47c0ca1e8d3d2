-- What was put into the evidence of a case from outside: its bytes sealed under a key of its own, what is said of it
-- under the workspace's. Rows are never changed.
CREATE TABLE incident_files (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    hash         BYTES  NOT NULL,
    size         BIGINT NOT NULL,
    file_key     BYTES  NOT NULL,
    about        BYTES  NOT NULL,
    sealed       BYTES  NOT NULL,
    put_at       BIGINT NOT NULL,
    by_kind      TEXT   NOT NULL,
    by_a         BIGINT NOT NULL
);
CREATE INDEX incident_files_of ON incident_files (workspace_id, incident_id, id);
