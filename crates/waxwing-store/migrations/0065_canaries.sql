-- Made-up people in exports and in what programs read. Each domain takes mail for one workspace; `mx` is what the domain
-- name system said at `checked_at`, as words.
CREATE TABLE canaries_domains (
    name         TEXT   PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    locale       TEXT   NOT NULL CHECK (locale IN ('en', 'de', 'fr', 'es', 'it')),
    created_at   BIGINT NOT NULL,
    checked_at   BIGINT,
    mx           TEXT   NOT NULL
);
CREATE INDEX canaries_domains_workspace ON canaries_domains (workspace_id, name);

-- The workspace's key for made-up people, sealed, and how many an ordinary export gets.
CREATE TABLE canaries_keys (
    workspace_id BIGINT PRIMARY KEY,
    sealed       BYTES  NOT NULL,
    per_export   BIGINT NOT NULL CHECK (per_export BETWEEN 0 AND 50)
);

-- An export, or what one credential reads: who got made-up people, and what came of it. `sealed` holds the people.
CREATE TABLE canaries_marks (
    workspace_id BIGINT NOT NULL,
    id           BIGINT NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('export', 'api')),
    about        BIGINT NOT NULL,
    actor_kind   TEXT   NOT NULL,
    principal    BIGINT NOT NULL,
    session      BIGINT NOT NULL,
    list_id      BIGINT,
    made         BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    hits         BIGINT NOT NULL,
    first_hit_at BIGINT,
    last_hit_at  BIGINT,
    sealed       BYTES  NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX canaries_marks_about ON canaries_marks (workspace_id, kind, about);

-- Keyed tags of made-up addresses, by which mail is known again.
CREATE TABLE canaries_tags (
    workspace_id BIGINT NOT NULL,
    tag          BYTES  NOT NULL,
    mark         BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, tag)
) CLUSTERED;

-- Subject numbers that no real person has or will have: where made-up people stand in what programs read.
CREATE TABLE canaries_places (
    workspace_id BIGINT NOT NULL,
    subject      BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, subject)
) CLUSTERED;

-- What happened to a made-up person. `sealed` holds what is known of whoever did it.
CREATE TABLE canaries_hits (
    workspace_id BIGINT NOT NULL,
    id           BIGINT NOT NULL,
    mark         BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('mail', 'asked', 'returned', 'touched')),
    at           BIGINT NOT NULL,
    message      BIGINT,
    sealed       BYTES  NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX canaries_hits_mark ON canaries_hits (workspace_id, mark, id);
