-- What a house decided before anything happened: people, numbers, who decides what, a playbook, drills. `due_at` is the
-- nearest day of a review or a drill, `told_at` when somebody was last reminded of it, `practised_at` the newest drill.
CREATE TABLE incident_plans (
    workspace_id BIGINT PRIMARY KEY,
    version      BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    due_at       BIGINT,
    told_at      BIGINT,
    practised_at BIGINT,
    sealed       BYTES  NOT NULL
);
