-- A hosted form for a list.
CREATE TABLE signup_forms (
    id              BIGINT PRIMARY KEY,
    workspace_id    BIGINT NOT NULL,
    list_id         BIGINT NOT NULL,
    slug            TEXT   NOT NULL,
    title           TEXT   NOT NULL,
    intro           TEXT   NOT NULL,
    ask_names       BIGINT NOT NULL,
    wording_version BIGINT NOT NULL,
    state           TEXT   NOT NULL CHECK (state IN ('open', 'closed')),
    created_at      BIGINT NOT NULL
);
CREATE UNIQUE INDEX signup_forms_slug ON signup_forms (workspace_id, slug);
CREATE UNIQUE INDEX signup_forms_list ON signup_forms (workspace_id, list_id);

-- Every consent wording that a form ever showed.
CREATE TABLE signup_wordings (
    workspace_id BIGINT NOT NULL,
    form_id      BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    wording      TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, form_id, version)
) CLUSTERED;

-- What visitors asked for. `sealed` holds what they typed and from where; `tag` is the suppression
-- tag of the address. asked: waits for the job; pending: a mail with the token is on its way;
-- answered: nothing is left to confirm; confirmed: by the person.
CREATE TABLE signup_requests (
    id              BIGINT PRIMARY KEY,
    workspace_id    BIGINT NOT NULL,
    form_id         BIGINT NOT NULL,
    tag             BYTES  NOT NULL,
    token_hash      BYTES,
    sealed          BYTES,
    wording_version BIGINT NOT NULL,
    state           TEXT   NOT NULL CHECK (state IN ('asked', 'pending', 'answered', 'confirmed')),
    requested_at    BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL
);
CREATE UNIQUE INDEX signup_requests_token ON signup_requests (token_hash);
CREATE INDEX signup_requests_tag ON signup_requests (workspace_id, tag, requested_at);
CREATE INDEX signup_requests_expiry ON signup_requests (workspace_id, expires_at);

-- Who left by the link of which source's message. `lists` are those that were left, as JSON;
-- `undo_hash` is of the token that takes it back, until `undo_until`.
CREATE TABLE unsubscribes (
    workspace_id BIGINT NOT NULL,
    source_id    BIGINT NOT NULL,
    subject      BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    how          TEXT   NOT NULL CHECK (how IN ('one_click', 'page')),
    lists        TEXT   NOT NULL,
    undo_hash    BYTES,
    undo_until   BIGINT,
    PRIMARY KEY (workspace_id, source_id, subject)
) CLUSTERED;
CREATE INDEX unsubscribes_subject ON unsubscribes (workspace_id, subject);
