-- Passkeys: the public half of keys on a person's devices. `tag` is a hash of the credential id; `sealed` holds name, key and
-- counter together with the number of the account.
CREATE TABLE passkeys (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    account_id   BIGINT NOT NULL,
    tag          BYTES  NOT NULL,
    sealed       BYTES  NOT NULL,
    created_at   BIGINT NOT NULL,
    used_at      BIGINT
);
CREATE UNIQUE INDEX passkeys_tag ON passkeys (workspace_id, tag);
CREATE INDEX passkeys_account ON passkeys (workspace_id, account_id);

-- What a passkey was asked, until it answers. `bound` is the session or sign-in that it was asked in.
CREATE TABLE passkey_questions (
    workspace_id BIGINT NOT NULL,
    hash         BYTES  NOT NULL,
    purpose      TEXT   NOT NULL CHECK (purpose IN ('enrol', 'sign_in', 'second', 'proof')),
    bound        BIGINT NOT NULL,
    sealed       BYTES  NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, hash)
) CLUSTERED;
