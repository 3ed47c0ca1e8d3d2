-- How the system was set while a case was worked on, kept as evidence: the record's signed head and the configuration
-- without secrets. `hash` is SHA-256 of `body`, which also stands in the chain of custody.
CREATE TABLE incident_snapshots (
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    id           BIGINT NOT NULL,
    hash         BYTES  NOT NULL,
    body         TEXT   NOT NULL,
    taken_at     BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, incident_id, id)
) CLUSTERED;
