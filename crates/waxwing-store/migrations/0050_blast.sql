-- Answers to who was touched, frozen for notices and evidence. `body` is the question, the log it was
-- computed from and the numbers, sealed because a question may name a network address.
CREATE TABLE blast_radii (
    workspace_id BIGINT NOT NULL,
    id           BIGINT NOT NULL,
    size         BIGINT NOT NULL,
    root         BYTES  NOT NULL,
    hash         BYTES  NOT NULL,
    body         BYTES  NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id)
) CLUSTERED;

-- The people of an answer: one bitmap for each effect, way and set of fields.
CREATE TABLE blast_touches (
    workspace_id BIGINT NOT NULL,
    radius_id    BIGINT NOT NULL,
    part         BIGINT NOT NULL,
    effect       TEXT   NOT NULL CHECK (effect IN ('confirmed', 'possible', 'altered', 'sealed')),
    channel      TEXT   NOT NULL,
    fields       TEXT   NOT NULL,
    entries      BIGINT NOT NULL,
    first_at     BIGINT NOT NULL,
    last_at      BIGINT NOT NULL,
    people       BYTES  NOT NULL,
    PRIMARY KEY (workspace_id, radius_id, part)
) CLUSTERED;
