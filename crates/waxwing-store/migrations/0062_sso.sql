-- Signing in by OpenID Connect: one identity provider a workspace. The secret is sealed.
CREATE TABLE sso_providers (
    workspace_id BIGINT NOT NULL,
    enabled      BIGINT NOT NULL,
    name         TEXT   NOT NULL,
    issuer       TEXT   NOT NULL,
    client_id    TEXT   NOT NULL,
    secret       BYTES  NOT NULL,
    scopes       TEXT   NOT NULL,
    groups_claim TEXT   NOT NULL,
    domains      TEXT   NOT NULL,
    newcomers    TEXT   NOT NULL CHECK (newcomers IN ('refuse', 'create')),
    strong       TEXT   NOT NULL,
    changed_by   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id)
) CLUSTERED;

-- Which role a group of the provider gives. `agreed`: a second person said yes, or the host ordered it.
CREATE TABLE sso_groups (
    workspace_id BIGINT NOT NULL,
    claimed      TEXT   NOT NULL,
    role         TEXT   NOT NULL,
    agreed       BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, claimed, role)
) CLUSTERED;

-- Whose account a person at a provider has. `tag` is a MAC of issuer and subject.
CREATE TABLE sso_links (
    workspace_id BIGINT NOT NULL,
    tag          BYTES  NOT NULL,
    account_id   BIGINT NOT NULL,
    linked_at    BIGINT NOT NULL,
    seen_at      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, tag)
) CLUSTERED;
CREATE UNIQUE INDEX sso_links_account ON sso_links (workspace_id, account_id);

-- What waits for a provider's answer, once: known by the hash of `state`, bound to a browser by the hash of its cookie.
CREATE TABLE sso_attempts (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    hash         BYTES  NOT NULL,
    browser      BYTES  NOT NULL,
    purpose      TEXT   NOT NULL CHECK (purpose IN ('sign_in', 'link', 'proof')),
    account_id   BIGINT NOT NULL,
    session_id   BIGINT NOT NULL,
    sealed       BYTES  NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX sso_attempts_hash ON sso_attempts (hash);

-- Whether a session, or the step before it, was begun by the provider: roles that a group gave count only there.
ALTER TABLE sessions ADD COLUMN by_sso BIGINT NOT NULL DEFAULT 0;
ALTER TABLE login_steps ADD COLUMN by_sso BIGINT NOT NULL DEFAULT 0;
ALTER TABLE account_roles ADD COLUMN by_group BIGINT NOT NULL DEFAULT 0;
