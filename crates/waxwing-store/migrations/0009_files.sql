-- Files that brought people in. The upload lies sealed on disk under `upload_key` until the import
-- has ended, its refused lines under `reject_key` until they are swept; a key that is null is gone
-- for good, and the file with it. `about` is sealed: the file's name and its column names, which in
-- a file without a header are a person's data. `place` is how far the decoded text was read when the
-- rows before it were committed.
CREATE TABLE imports (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('mapping', 'checking', 'checked', 'running', 'done', 'failed', 'cancelled')),
    list_id      BIGINT,
    list_name    TEXT   NOT NULL,
    consent      TEXT   NOT NULL,
    consent_id   BIGINT,
    mapping      TEXT   NOT NULL,
    about        BYTES  NOT NULL,
    upload_key   BYTES,
    reject_key   BYTES,
    size         BIGINT NOT NULL,
    place        BIGINT NOT NULL,
    checked      TEXT,
    counts       TEXT   NOT NULL,
    job_id       BIGINT,
    error        TEXT,
    created_at   BIGINT NOT NULL,
    finished_at  BIGINT
);
CREATE INDEX imports_recent ON imports (workspace_id, id);

-- Which segments of refused lines belong to an import: a segment that is not named here was
-- written by a transaction that never committed.
CREATE TABLE import_rejects (
    workspace_id BIGINT NOT NULL,
    import_id    BIGINT NOT NULL,
    segment      BIGINT NOT NULL,
    lines        BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, import_id, segment)
) CLUSTERED;

-- Files that took people out, for the team to see; what left is in the access record.
CREATE TABLE exports (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    list_id      BIGINT NOT NULL,
    purpose      TEXT   NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('running', 'done', 'broken')),
    people       BIGINT NOT NULL,
    actor_kind   TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    finished_at  BIGINT
);
CREATE INDEX exports_recent ON exports (workspace_id, id);
