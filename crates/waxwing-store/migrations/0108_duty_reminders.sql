-- What the members of a case were reminded of: a duty by its rule, or tasks and findings by the day; once each.
CREATE TABLE duty_reminders (
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    what         TEXT   NOT NULL,
    stage        TEXT   NOT NULL CHECK (stage IN ('24h', '4h', 'late', 'day')),
    of_at        BIGINT NOT NULL,
    told_at      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, incident_id, what, stage, of_at)
) CLUSTERED;
