-- The people who sign in. Name and address are sealed; the tag finds an account by its address.
-- `epoch` is the credential epoch: sessions and steps of an older one are worth nothing.
CREATE TABLE accounts (
    id            BIGINT PRIMARY KEY,
    workspace_id  BIGINT NOT NULL,
    role          TEXT   NOT NULL CHECK (role IN ('owner')),
    state         TEXT   NOT NULL CHECK (state IN ('invited', 'active', 'removed')),
    email_version BIGINT,
    email_tag     BYTES,
    sealed        BYTES,
    password_hash TEXT,
    totp_sealed   BYTES,
    totp_pending  BYTES,
    totp_step     BIGINT NOT NULL,
    epoch         BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    joined_at     BIGINT,
    password_at   BIGINT,
    removed_at    BIGINT
);
CREATE UNIQUE INDEX accounts_email ON accounts (workspace_id, email_version, email_tag);

-- Each code is deleted in the transaction that accepts it.
CREATE TABLE account_recovery_codes (
    workspace_id BIGINT NOT NULL,
    account_id   BIGINT NOT NULL,
    hash         BYTES  NOT NULL,
    PRIMARY KEY (workspace_id, account_id, hash)
) CLUSTERED;

-- One-time links, known by the hash of their token only.
CREATE TABLE account_links (
    workspace_id BIGINT NOT NULL,
    hash         BYTES  NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('welcome', 'reset')),
    account_id   BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, hash)
) CLUSTERED;
CREATE INDEX account_links_account ON account_links (workspace_id, account_id);

-- The name is a label that staff chose for a program.
CREATE TABLE api_keys (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    name         TEXT   NOT NULL,
    hash         BYTES  NOT NULL,
    scopes       TEXT   NOT NULL,
    created_by   BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    used_at      BIGINT,
    revoked_at   BIGINT
);
CREATE INDEX api_keys_workspace ON api_keys (workspace_id, id);

-- Sessions, known by the hash of their token only. `sealed` holds browser and network address.
CREATE TABLE sessions (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    hash         BYTES  NOT NULL,
    account_id   BIGINT NOT NULL,
    epoch        BIGINT NOT NULL,
    sealed       BYTES  NOT NULL,
    created_at   BIGINT NOT NULL,
    seen_at      BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    ended_at     BIGINT
);
CREATE UNIQUE INDEX sessions_hash ON sessions (workspace_id, hash);
CREATE INDEX sessions_account ON sessions (workspace_id, account_id);

-- Between a right password and the second factor.
CREATE TABLE login_steps (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    hash         BYTES  NOT NULL,
    account_id   BIGINT NOT NULL,
    epoch        BIGINT NOT NULL,
    tries        BIGINT NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('waiting', 'passed', 'told')),
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX login_steps_hash ON login_steps (workspace_id, hash);

-- Buckets against guessing; a bucket is the time at which it will be full again. Keys are MACs.
CREATE TABLE login_throttles (
    workspace_id BIGINT NOT NULL,
    name         TEXT   NOT NULL,
    key          BYTES  NOT NULL,
    full_at      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, name, key)
) CLUSTERED;
