-- Fields, made anew: a country is a kind of its own.
CREATE TABLE fields_next (
    workspace_id   BIGINT NOT NULL,
    id             BIGINT NOT NULL,
    key            TEXT   NOT NULL,
    label          TEXT   NOT NULL,
    kind           TEXT   NOT NULL CHECK (kind IN ('text', 'number', 'date', 'flag', 'email', 'phone', 'country')),
    class          TEXT   NOT NULL CHECK (class IN ('public', 'internal', 'personal', 'sensitive')),
    purpose        TEXT   NOT NULL,
    basis          TEXT   NOT NULL CHECK (basis IN ('consent', 'contract', 'legal_obligation', 'legitimate_interest')),
    retention_days BIGINT,
    created_at     BIGINT NOT NULL,
    retired_at     BIGINT,
    PRIMARY KEY (workspace_id, id)
) CLUSTERED;
INSERT INTO fields_next (workspace_id, id, key, label, kind, class, purpose, basis, retention_days, created_at, retired_at)
SELECT workspace_id, id, key, label, kind, class, purpose, basis, retention_days, created_at, retired_at FROM fields;
DROP TABLE fields;
ALTER TABLE fields_next RENAME TO fields;
CREATE UNIQUE INDEX fields_key ON fields (workspace_id, key);
