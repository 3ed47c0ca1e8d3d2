-- How the system was set when something was contained: the record's signed head, the configuration without
-- secrets, the versions. `hash` is SHA-256 of `body`, which also stands in the record.
CREATE TABLE containment_snapshots (
    workspace_id   BIGINT NOT NULL,
    containment_id BIGINT NOT NULL,
    hash           BYTES  NOT NULL,
    body           TEXT   NOT NULL,
    taken_at       BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, containment_id)
) CLUSTERED;

-- Who contained the workspace, for the bar on every page; empty for the host.
ALTER TABLE gate ADD COLUMN by_account BIGINT;
