-- What is to be done in a case: steps of a playbook, or of the case's own. What is to be done and what came of it
-- is text of people, so it is sealed.
CREATE TABLE incident_tasks (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    playbook     TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    step         TEXT   NOT NULL,
    csf          TEXT   NOT NULL CHECK (csf IN ('DE.AE', 'RS.MA', 'RS.AN', 'RS.CO', 'RS.MI', 'RC.RP', 'ID.IM')),
    role         TEXT   NOT NULL CHECK (role IN ('lead', 'scribe', 'technical', 'legal', 'comms', 'observer')),
    owner        BIGINT,
    due_at       BIGINT NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('open', 'done', 'skipped')),
    ended_at     BIGINT,
    ended_by     BIGINT,
    sealed       BYTES  NOT NULL,
    proof        BYTES
);
CREATE INDEX incident_tasks_of ON incident_tasks (workspace_id, incident_id, due_at);
