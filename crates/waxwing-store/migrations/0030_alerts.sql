-- What detectors found. `about` is the source of a rate and the hour of a volume, so that a detector
-- speaks once of one thing. `finding` holds numbers and words, nothing personal.
CREATE TABLE alerts (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    detector     TEXT   NOT NULL,
    about        BIGINT NOT NULL,
    campaign     BIGINT,
    finding      TEXT   NOT NULL,
    act          TEXT   NOT NULL CHECK (act IN ('none', 'paused')),
    verdict      TEXT   CHECK (verdict IN ('true', 'false', 'benign')),
    judged_at    BIGINT,
    judged_by    BIGINT
);
CREATE UNIQUE INDEX alerts_once ON alerts (workspace_id, detector, about);
CREATE INDEX alerts_newest ON alerts (workspace_id, id);
