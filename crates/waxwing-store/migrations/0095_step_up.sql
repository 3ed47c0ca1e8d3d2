-- From when a session must have been proven: whoever proved themselves before is asked anew before anything else.
ALTER TABLE sessions ADD COLUMN prove_from BIGINT;

-- Alerts and rules, made anew: a person can be stepped up by itself.
CREATE TABLE alerts_next (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    detector     TEXT   NOT NULL,
    about        BIGINT NOT NULL,
    campaign     BIGINT,
    account      BIGINT,
    finding      TEXT   NOT NULL,
    act          TEXT   NOT NULL CHECK (act IN ('none', 'paused', 'stepped_up', 'sessions_ended', 'containment_asked', 'quarantined')),
    verdict      TEXT   CHECK (verdict IN ('true', 'false', 'benign')),
    judged_at    BIGINT,
    judged_by    BIGINT
);
INSERT INTO alerts_next (id, workspace_id, at, detector, about, campaign, account, finding, act, verdict, judged_at, judged_by)
SELECT id, workspace_id, at, detector, about, campaign, account, finding, act, verdict, judged_at, judged_by FROM alerts;
DROP TABLE alerts;
ALTER TABLE alerts_next RENAME TO alerts;
CREATE UNIQUE INDEX alerts_once ON alerts (workspace_id, detector, about);
CREATE INDEX alerts_newest ON alerts (workspace_id, id);

CREATE TABLE alerts_rules_next (
    workspace_id BIGINT NOT NULL,
    detector     TEXT   NOT NULL,
    looks        BIGINT NOT NULL CHECK (looks IN (0, 1)),
    act          TEXT   NOT NULL CHECK (act IN ('tell', 'pause', 'step_up', 'end_sessions', 'contain', 'quarantine')),
    changed_at   BIGINT NOT NULL,
    changed_by   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, detector)
) CLUSTERED;
INSERT INTO alerts_rules_next (workspace_id, detector, looks, act, changed_at, changed_by)
SELECT workspace_id, detector, looks, act, changed_at, changed_by FROM alerts_rules;
DROP TABLE alerts_rules;
ALTER TABLE alerts_rules_next RENAME TO alerts_rules;
