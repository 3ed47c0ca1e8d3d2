-- By what the person behind a session proved themselves.
ALTER TABLE sessions ADD COLUMN proved_by TEXT NOT NULL DEFAULT 'password' CHECK (proved_by IN ('password', 'second_factor', 'recovery', 'passkey', 'sso'));
-- Since when the password is worth nothing, until its person chooses another; the hash stays, so that it cannot be the same one.
ALTER TABLE accounts ADD COLUMN reset_since BIGINT;

-- Browsers in which somebody has signed in. `tag` is a MAC of what the browser's cookie says.
CREATE TABLE login_devices (
    workspace_id BIGINT NOT NULL,
    account_id   BIGINT NOT NULL,
    tag          BYTES  NOT NULL,
    first_at     BIGINT NOT NULL,
    seen_at      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, account_id, tag)
) CLUSTERED;
