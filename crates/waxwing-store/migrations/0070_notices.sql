-- Notices to people who were hit by a breach.

-- Requests for a second person, made anew: a notice needs one too, and keeping data longer can.
CREATE TABLE approvals_next (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('send', 'export', 'grant', 'policy', 'notice', 'retention')),
    reference    BIGINT NOT NULL,
    title        TEXT   NOT NULL,
    facts        TEXT   NOT NULL,
    people       BIGINT NOT NULL,
    digest       BYTES  NOT NULL,
    back         TEXT   NOT NULL,
    asked_kind   TEXT   NOT NULL,
    asked_a      BIGINT NOT NULL,
    asked_b      BIGINT NOT NULL,
    behind       BIGINT NOT NULL,
    asked_at     BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    told_at      BIGINT,
    state        TEXT   NOT NULL CHECK (state IN ('asked', 'approved', 'refused', 'used', 'expired', 'withdrawn')),
    decided_by   BIGINT,
    decided_at   BIGINT,
    reason       TEXT   NOT NULL,
    used_at      BIGINT
);
INSERT INTO approvals_next (id, workspace_id, kind, reference, title, facts, people, digest, back, asked_kind, asked_a,
    asked_b, behind, asked_at, expires_at, told_at, state, decided_by, decided_at, reason, used_at)
SELECT id, workspace_id, kind, reference, title, facts, people, digest, back, asked_kind, asked_a,
    asked_b, behind, asked_at, expires_at, told_at, state, decided_by, decided_at, reason, used_at FROM approvals;
DROP TABLE approvals;
ALTER TABLE approvals_next RENAME TO approvals;
CREATE INDEX approvals_matter ON approvals (workspace_id, kind, reference, state);
CREATE INDEX approvals_open ON approvals (workspace_id, expires_at) WHERE state IN ('asked', 'approved');

-- The people of a source that goes to exactly these and not to lists, as a bitmap of their numbers; the relay that
-- it goes through, where one was chosen.
CREATE TABLE source_people (
    workspace_id BIGINT NOT NULL,
    source_id    BIGINT NOT NULL,
    relay_id     BIGINT,
    people       BYTES  NOT NULL,
    PRIMARY KEY (workspace_id, source_id)
) CLUSTERED;

-- A notice. `sealed` is its words in every language, its sender, and what was overruled; `radius_hash` is the hash of
-- the frozen answer whose people it goes to. `gone` counts those of them who were here no more when it was ordered.
CREATE TABLE notices (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    radius_id    BIGINT NOT NULL,
    radius_hash  BYTES  NOT NULL,
    possible     BIGINT NOT NULL CHECK (possible IN (0, 1)),
    relay_id     BIGINT,
    state        TEXT   NOT NULL CHECK (state IN ('draft', 'sent', 'withdrawn')),
    version      BIGINT NOT NULL,
    sealed       BYTES  NOT NULL,
    people       BIGINT NOT NULL,
    digest       BYTES,
    created_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    changed_by   BIGINT NOT NULL,
    sent_at      BIGINT,
    sent_by      BIGINT
);
CREATE INDEX notices_incident ON notices (workspace_id, incident_id, id);

-- What was sent: one source for each language and set of data categories, with the exact people of it.
CREATE TABLE notice_parts (
    workspace_id BIGINT NOT NULL,
    notice_id    BIGINT NOT NULL,
    part         BIGINT NOT NULL,
    source_id    BIGINT NOT NULL,
    locale       TEXT   NOT NULL,
    certain      TEXT   NOT NULL,
    possible     TEXT   NOT NULL,
    frozen       BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, notice_id, part)
) CLUSTERED;
