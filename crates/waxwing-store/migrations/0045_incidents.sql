-- Cases: suspected and proven breaches. What people write about them may name anybody, so it is sealed
-- under the workspace's key; states, times and numbers are in clear.
CREATE TABLE incidents (
    id              BIGINT PRIMARY KEY,
    workspace_id    BIGINT NOT NULL,
    codename        TEXT   NOT NULL,
    status          TEXT   NOT NULL CHECK (status IN ('suspicion', 'confirmed', 'contained', 'closed', 'dismissed')),
    confidentiality BIGINT NOT NULL CHECK (confidentiality IN (0, 1)),
    integrity       BIGINT NOT NULL CHECK (integrity IN (0, 1)),
    availability    BIGINT NOT NULL CHECK (availability IN (0, 1)),
    severity        TEXT   NOT NULL CHECK (severity IN ('unknown', 'low', 'medium', 'high', 'very_high')),
    summary         BYTES  NOT NULL,
    alert           BIGINT,
    suspected_at    BIGINT NOT NULL,
    opened_at       BIGINT NOT NULL,
    opened_kind     TEXT   NOT NULL,
    opened_by       BIGINT NOT NULL,
    aware_at        BIGINT,
    aware_by        BIGINT,
    aware_said_at   BIGINT,
    contained_at    BIGINT,
    ended_at        BIGINT,
    outcome         TEXT   CHECK (outcome IN ('harm', 'no_harm', 'legitimate', 'false_alarm')),
    ending          BYTES,
    cause           TEXT   CHECK (cause IN ('phishing', 'weak_password', 'reused_password', 'vulnerability', 'misconfiguration', 'insider', 'lost_device', 'third_party', 'mistake', 'unknown')),
    cause_text      BYTES,
    controls        TEXT
);
CREATE UNIQUE INDEX incidents_codename ON incidents (workspace_id, codename);

-- Who is in a case: an account or a key, and as what. Whoever left keeps a row.
CREATE TABLE incident_members (
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('account', 'api_key')),
    principal    BIGINT NOT NULL,
    role         TEXT   NOT NULL CHECK (role IN ('lead', 'scribe', 'technical', 'legal', 'comms', 'observer')),
    joined_at    BIGINT NOT NULL,
    added_by     BIGINT NOT NULL,
    left_at      BIGINT,
    PRIMARY KEY (workspace_id, incident_id, kind, principal)
) CLUSTERED;

-- The timeline. A line of the machine names an entry of the access record and holds no text; a line of a
-- person is sealed. Nothing here is changed: a correction is another line that names the first.
CREATE TABLE incident_events (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    zone         TEXT   NOT NULL,
    category     TEXT   NOT NULL,
    what         TEXT   NOT NULL,
    entry_id     BIGINT,
    corrects     BIGINT,
    author_kind  TEXT   NOT NULL,
    author       BIGINT NOT NULL,
    noted_at     BIGINT NOT NULL,
    sealed       BYTES
);
CREATE INDEX incident_events_of ON incident_events (workspace_id, incident_id, at);

-- What a case touches.
CREATE TABLE incident_assets (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    reference    BIGINT,
    compromise   TEXT   NOT NULL CHECK (compromise IN ('tbd', 'yes', 'no', 'unknown')),
    noted_at     BIGINT NOT NULL,
    sealed       BYTES  NOT NULL
);
CREATE INDEX incident_assets_of ON incident_assets (workspace_id, incident_id);

-- What others can look for.
CREATE TABLE incident_indicators (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    tlp          TEXT   NOT NULL CHECK (tlp IN ('clear', 'green', 'amber', 'red')),
    first_seen   BIGINT NOT NULL,
    last_seen    BIGINT NOT NULL,
    noted_at     BIGINT NOT NULL,
    sealed       BYTES  NOT NULL
);
CREATE INDEX incident_indicators_of ON incident_indicators (workspace_id, incident_id);
