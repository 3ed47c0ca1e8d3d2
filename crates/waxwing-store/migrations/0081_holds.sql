-- Legal holds: nothing under one is erased. `subject` is the person, or empty where everything is held.
CREATE TABLE holds (
    id            BIGINT PRIMARY KEY,
    workspace_id  BIGINT NOT NULL,
    subject       BIGINT,
    reason        TEXT   NOT NULL,
    by_kind       TEXT   NOT NULL,
    by_a          BIGINT NOT NULL,
    by_b          BIGINT NOT NULL,
    since         BIGINT NOT NULL,
    released_kind TEXT,
    released_a    BIGINT,
    released_b    BIGINT,
    released_at   BIGINT
);
CREATE INDEX holds_open ON holds (workspace_id, released_at, id);

-- People who asked to be erased while a hold was over them: they get nothing more, and are erased with its release.
CREATE TABLE erasures_held (
    workspace_id BIGINT NOT NULL,
    subject      BIGINT NOT NULL,
    asked_at     BIGINT NOT NULL,
    asked_kind   TEXT   NOT NULL,
    asked_a      BIGINT NOT NULL,
    asked_b      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, subject)
) CLUSTERED;
