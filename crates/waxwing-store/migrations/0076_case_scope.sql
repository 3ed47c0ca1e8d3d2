-- When a breach may have gone on, as far as a case says; what was contained for it; which frozen answers it rests on.
ALTER TABLE incidents ADD COLUMN window_from BIGINT;
ALTER TABLE incidents ADD COLUMN window_until BIGINT;

-- A containment is of one case at most.
CREATE TABLE incident_containments (
    workspace_id   BIGINT NOT NULL,
    containment_id BIGINT NOT NULL,
    incident_id    BIGINT NOT NULL,
    joined_at      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, containment_id)
) CLUSTERED;
CREATE INDEX incident_containments_of ON incident_containments (workspace_id, incident_id);

-- Frozen answers of a case; only added to. `hash` is the answer's own, as it was when it was taken in.
CREATE TABLE incident_radii (
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    radius_id    BIGINT NOT NULL,
    hash         BYTES  NOT NULL,
    kept_at      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, incident_id, radius_id)
) CLUSTERED;

-- The people of all of a case's answers together, counted whenever one is added. Sealed: a question may name a
-- network address.
CREATE TABLE incident_counts (
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    counted_at   BIGINT NOT NULL,
    sealed       BYTES  NOT NULL,
    PRIMARY KEY (workspace_id, incident_id, number)
) CLUSTERED;

-- Which field says where people live.
CREATE TABLE blast_country (
    workspace_id BIGINT PRIMARY KEY,
    field        TEXT   NOT NULL
);
