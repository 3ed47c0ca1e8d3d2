-- What everybody may read of what was changed after a case: shown while its finding holds.
CREATE TABLE trust_measures (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    finding_id   BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    published_by BIGINT NOT NULL,
    body         TEXT   NOT NULL
);
CREATE UNIQUE INDEX trust_measures_finding ON trust_measures (workspace_id, finding_id);
