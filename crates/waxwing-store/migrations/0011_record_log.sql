-- The record as a tiled log. Roots over 256 to the power of `level` leaves, so that a proof reads few rows.
CREATE TABLE record_nodes (
    workspace_id BIGINT NOT NULL,
    level        BIGINT NOT NULL,
    idx          BIGINT NOT NULL,
    hash         BYTES  NOT NULL,
    PRIMARY KEY (workspace_id, level, idx)
) CLUSTERED;

-- The key that signs the log's checkpoints; its seed is sealed under the workspace's key for secrets.
CREATE TABLE record_keys (
    workspace_id BIGINT PRIMARY KEY,
    public       BYTES  NOT NULL,
    sealed       BYTES  NOT NULL,
    created_at   BIGINT NOT NULL
);

-- Signed heads, with the signatures of witnesses below the log's own.
CREATE TABLE record_checkpoints (
    workspace_id BIGINT NOT NULL,
    epoch        BIGINT NOT NULL,
    size         BIGINT NOT NULL,
    note         TEXT   NOT NULL,
    witnesses    BIGINT NOT NULL,
    signed_at    BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, epoch, size)
) CLUSTERED;

-- Witnesses that are asked to cosign, and how far each has come.
CREATE TABLE record_witnesses (
    workspace_id BIGINT NOT NULL,
    id           BIGINT NOT NULL,
    vkey         TEXT   NOT NULL,
    url          TEXT   NOT NULL,
    size         BIGINT NOT NULL,
    seen_at      BIGINT,
    error        TEXT,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id)
) CLUSTERED;

-- Searches of the record that somebody gave a name.
CREATE TABLE record_searches (
    workspace_id BIGINT NOT NULL,
    id           BIGINT NOT NULL,
    name         TEXT   NOT NULL,
    query        TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id)
) CLUSTERED;
