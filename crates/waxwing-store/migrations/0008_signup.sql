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

-- Requests that wait for their confirmation; `sealed` holds what the person typed.
CREATE TABLE signup_requests (
    id              BIGINT PRIMARY KEY,
    workspace_id    BIGINT NOT NULL,
    form_id         BIGINT NOT NULL,
    email_tag       BYTES  NOT NULL,
    token_hash      BYTES  NOT NULL,
    sealed          BYTES,
    wording_version BIGINT NOT NULL,
    state           TEXT   NOT NULL CHECK (state IN ('pending', 'confirmed')),
    requested_at    BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL
);
CREATE UNIQUE INDEX signup_requests_token ON signup_requests (token_hash);
CREATE INDEX signup_requests_tag ON signup_requests (workspace_id, email_tag, requested_at);
CREATE INDEX signup_requests_expiry ON signup_requests (workspace_id, expires_at);
