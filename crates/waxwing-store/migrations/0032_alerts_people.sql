-- Alerts, made anew: about a person too, and with more that can be done by itself.
CREATE TABLE alerts_next (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    detector     TEXT   NOT NULL,
    about        BIGINT NOT NULL,
    campaign     BIGINT,
    account      BIGINT,
    finding      TEXT   NOT NULL,
    act          TEXT   NOT NULL CHECK (act IN ('none', 'paused', 'sessions_ended', 'containment_asked')),
    verdict      TEXT   CHECK (verdict IN ('true', 'false', 'benign')),
    judged_at    BIGINT,
    judged_by    BIGINT
);
INSERT INTO alerts_next (id, workspace_id, at, detector, about, campaign, finding, act, verdict, judged_at, judged_by)
SELECT id, workspace_id, at, detector, about, campaign, finding, act, verdict, judged_at, judged_by FROM alerts;
DROP TABLE alerts;
ALTER TABLE alerts_next RENAME TO alerts;
CREATE UNIQUE INDEX alerts_once ON alerts (workspace_id, detector, about);
CREATE INDEX alerts_newest ON alerts (workspace_id, id);

-- What follows from an alert, by detector; one without a row does what it was made for.
CREATE TABLE alerts_rules (
    workspace_id BIGINT NOT NULL,
    detector     TEXT   NOT NULL,
    looks        BIGINT NOT NULL CHECK (looks IN (0, 1)),
    act          TEXT   NOT NULL CHECK (act IN ('tell', 'pause', 'end_sessions', 'contain')),
    changed_at   BIGINT NOT NULL,
    changed_by   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, detector)
) CLUSTERED;

-- What each person opened on each day (since 1970, UTC): how many people, and by hour, source and field.
CREATE TABLE alerts_habits (
    workspace_id BIGINT NOT NULL,
    account_id   BIGINT NOT NULL,
    day          BIGINT NOT NULL,
    people       BIGINT NOT NULL,
    used         TEXT   NOT NULL,
    PRIMARY KEY (workspace_id, account_id, day)
) CLUSTERED;
CREATE INDEX alerts_habits_day ON alerts_habits (workspace_id, day);

-- What campaigns that left said of their sender: the domains of From and links, a hash of the postal address.
CREATE TABLE campaigns_identities (
    workspace_id BIGINT NOT NULL,
    campaign_id  BIGINT NOT NULL,
    left_at      BIGINT NOT NULL,
    identity     TEXT   NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id)
) CLUSTERED;
