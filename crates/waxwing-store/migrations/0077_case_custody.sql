-- Who had a case's evidence in hands, when, and its hash. Only added to.
CREATE TABLE incident_custody (
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    act          TEXT   NOT NULL CHECK (act IN ('acquired', 'viewed', 'exported')),
    what         TEXT   NOT NULL,
    hash         BYTES,
    at           BIGINT NOT NULL,
    by_kind      TEXT   NOT NULL,
    by_a         BIGINT NOT NULL,
    entry_id     BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, incident_id, number)
) CLUSTERED;
