-- Alerts and rules, made anew: an alert names the one thing that it is about and since when there were signs of it,
-- credentials and sources can be contained by themselves, and "contain" is told apart from "ask".
CREATE TABLE alerts_next (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    detector     TEXT   NOT NULL,
    about        BIGINT NOT NULL,
    campaign     BIGINT,
    account      BIGINT,
    thing_kind   TEXT   CHECK (thing_kind IN ('account', 'api_key', 'webhook', 'relay', 'domain', 'campaign', 'export', 'form', 'import', 'list')),
    thing_id     BIGINT,
    first_at     BIGINT,
    finding      TEXT   NOT NULL,
    act          TEXT   NOT NULL CHECK (act IN ('none', 'paused', 'stepped_up', 'sessions_ended', 'containment_asked', 'containing', 'contained', 'quarantined')),
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
    act          TEXT   NOT NULL CHECK (act IN ('tell', 'pause', 'step_up', 'end_sessions', 'ask', 'contain', 'quarantine')),
    changed_at   BIGINT NOT NULL,
    changed_by   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, detector)
) CLUSTERED;
INSERT INTO alerts_rules_next (workspace_id, detector, looks, act, changed_at, changed_by)
SELECT workspace_id, detector, looks, CASE WHEN act = 'contain' THEN 'ask' ELSE act END, changed_at, changed_by FROM alerts_rules;
DROP TABLE alerts_rules;
ALTER TABLE alerts_rules_next RENAME TO alerts_rules;

-- Who brought how much of an hour's count: sources of messages, and the keys that read.
CREATE TABLE alerts_parts (
    workspace_id BIGINT NOT NULL,
    flow         TEXT   NOT NULL,
    hour         BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    amount       BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, flow, hour, number)
) CLUSTERED;
