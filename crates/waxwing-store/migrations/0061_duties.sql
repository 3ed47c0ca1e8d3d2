-- What law asks after a breach, for each case. What people state and write may name anybody, so it is sealed under
-- the workspace's key. Nothing is overwritten: each statement and each signature is another row.
CREATE TABLE duty_facts (
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    written_at   BIGINT NOT NULL,
    written_by   BIGINT NOT NULL,
    sealed       BYTES  NOT NULL,
    PRIMARY KEY (workspace_id, incident_id, version)
) CLUSTERED;

-- A person's signature under the judgements that law leaves to people, and the facts they had before them.
CREATE TABLE duty_signatures (
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    signed_at    BIGINT NOT NULL,
    signed_by    BIGINT NOT NULL,
    sealed       BYTES  NOT NULL,
    PRIMARY KEY (workspace_id, incident_id, number)
) CLUSTERED;

-- When a duty was done, under which version of its rule, and the recipient's reference.
CREATE TABLE duty_met (
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    rule         TEXT   NOT NULL,
    rule_version BIGINT NOT NULL,
    met_at       BIGINT NOT NULL,
    noted_at     BIGINT NOT NULL,
    noted_by     BIGINT NOT NULL,
    sealed       BYTES  NOT NULL,
    PRIMARY KEY (workspace_id, incident_id, rule)
) CLUSTERED;
