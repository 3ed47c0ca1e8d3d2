-- While a workspace is contained, strangers read what was written before this time.
ALTER TABLE gate ADD COLUMN pinned_at BIGINT;

-- What strangers read, as it was until a change: JSON of the whole thing, or nothing where there was none. It is content
-- of the organisation, never about a subscriber.
CREATE TABLE pinned_past (
    workspace_id BIGINT NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('setting', 'form', 'list')),
    thing        TEXT   NOT NULL,
    until_at     BIGINT NOT NULL,
    was          TEXT,
    PRIMARY KEY (workspace_id, kind, thing, until_at)
) CLUSTERED;
