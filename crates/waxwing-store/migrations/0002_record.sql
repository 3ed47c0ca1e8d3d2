-- The access record. Business transactions insert unnumbered rows; the sequencer numbers them.
CREATE TABLE record_pending (
    workspace_id BIGINT NOT NULL,
    id           BIGINT NOT NULL,
    leaf         BYTES  NOT NULL,
    PRIMARY KEY (workspace_id, id)
) CLUSTERED;

CREATE TABLE record_entries (
    workspace_id BIGINT NOT NULL,
    idx          BIGINT NOT NULL,
    id           BIGINT NOT NULL,
    leaf         BYTES  NOT NULL,
    leaf_hash    BYTES  NOT NULL,
    PRIMARY KEY (workspace_id, idx)
) CLUSTERED;
CREATE UNIQUE INDEX record_entries_id ON record_entries (workspace_id, id);

-- Beside an entry: which people, one bitmap for each set of fields. The hash is inside the leaf.
CREATE TABLE record_subjects (
    workspace_id BIGINT NOT NULL,
    entry_id     BIGINT NOT NULL,
    part         BIGINT NOT NULL,
    bitmap       BYTES  NOT NULL,
    PRIMARY KEY (workspace_id, entry_id, part)
) CLUSTERED;

-- Beside an entry: free text and details, sealed; erasure may remove the row, the commitment stays.
CREATE TABLE record_bodies (
    workspace_id BIGINT NOT NULL,
    entry_id     BIGINT NOT NULL,
    salt         BYTES  NOT NULL,
    sealed       BYTES  NOT NULL,
    PRIMARY KEY (workspace_id, entry_id)
) CLUSTERED;

-- Beside an entry and outside its hash: the network address, and a keyed tag to search by.
CREATE TABLE record_addresses (
    workspace_id BIGINT NOT NULL,
    entry_id     BIGINT NOT NULL,
    month        BIGINT NOT NULL,
    tag          BYTES  NOT NULL,
    sealed       BYTES  NOT NULL,
    PRIMARY KEY (workspace_id, entry_id)
) CLUSTERED;
CREATE INDEX record_addresses_tag ON record_addresses (workspace_id, tag);

CREATE TABLE record_heads (
    workspace_id BIGINT PRIMARY KEY,
    origin       TEXT   NOT NULL,
    epoch        BIGINT NOT NULL,
    size         BIGINT NOT NULL,
    root         BYTES  NOT NULL,
    frontier     BYTES  NOT NULL,
    updated_at   BIGINT NOT NULL
);
