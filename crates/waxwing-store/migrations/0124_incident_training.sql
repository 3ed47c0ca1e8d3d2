-- Who is to read what was learnt of a case, until when, and when they said that they have.
CREATE TABLE incident_training (
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    account_id   BIGINT NOT NULL,
    assigned_at  BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,
    read_at      BIGINT,
    PRIMARY KEY (workspace_id, incident_id, account_id)
) CLUSTERED;
CREATE INDEX incident_training_whose ON incident_training (workspace_id, account_id);
