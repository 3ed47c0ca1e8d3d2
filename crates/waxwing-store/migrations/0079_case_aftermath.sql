-- How often a case tells its members how it stands, in minutes; when next; and for which time they were reminded.
ALTER TABLE incidents ADD COLUMN update_every BIGINT;
ALTER TABLE incidents ADD COLUMN update_due BIGINT;
ALTER TABLE incidents ADD COLUMN update_told BIGINT;
-- What people are taught of it afterwards.
ALTER TABLE incidents ADD COLUMN training BYTES;

-- How it stood; only added to.
CREATE TABLE incident_updates (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    author_kind  TEXT   NOT NULL,
    author       BIGINT NOT NULL,
    mailed       BIGINT NOT NULL,
    sealed       BYTES  NOT NULL
);
CREATE INDEX incident_updates_of ON incident_updates (workspace_id, incident_id);

-- Who is reached how when mail cannot be trusted.
CREATE TABLE incident_contacts (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    noted_at     BIGINT NOT NULL,
    sealed       BYTES  NOT NULL
);
CREATE INDEX incident_contacts_of ON incident_contacts (workspace_id, incident_id);

-- What has to become better, who sees to it, until when, and whether it was tried again.
CREATE TABLE incident_findings (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    owner        BIGINT,
    due_at       BIGINT NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('open', 'done', 'held', 'failed')),
    noted_at     BIGINT NOT NULL,
    done_at      BIGINT,
    retested_at  BIGINT,
    sealed       BYTES  NOT NULL,
    proof        BYTES
);
CREATE INDEX incident_findings_of ON incident_findings (workspace_id, incident_id, due_at);
