-- What flows brought in each hour since 1970 (UTC); hours without a row brought nothing. Kept for nine weeks.
CREATE TABLE alerts_hours (
    workspace_id BIGINT NOT NULL,
    flow         TEXT   NOT NULL,
    hour         BIGINT NOT NULL,
    amount       BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, flow, hour)
) CLUSTERED;
