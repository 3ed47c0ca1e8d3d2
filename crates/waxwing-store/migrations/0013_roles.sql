-- Who may do what. A role is a built-in word or the id of a row of `roles`; what a built-in role
-- grants stands in the program.
CREATE TABLE account_roles (
    workspace_id BIGINT NOT NULL,
    account_id   BIGINT NOT NULL,
    role         TEXT   NOT NULL,
    granted_by   BIGINT NOT NULL,
    granted_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    PRIMARY KEY (workspace_id, account_id, role)
) CLUSTERED;
CREATE INDEX account_roles_role ON account_roles (workspace_id, role);

-- Whoever was there before there were roles could do everything, and still can.
INSERT INTO account_roles (workspace_id, account_id, role, granted_by, granted_at, expires_at)
SELECT workspace_id, id, 'owner', 0, created_at, NULL FROM accounts WHERE state <> 'removed';
ALTER TABLE accounts DROP COLUMN role;

-- Roles of the workspace's own making: names of actions and classes of fields, with commas.
CREATE TABLE roles (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    name         TEXT   NOT NULL,
    actions      TEXT   NOT NULL,
    classes      TEXT   NOT NULL,
    created_by   BIGINT NOT NULL,
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX roles_name ON roles (workspace_id, name);

-- One person shown in clear to one session for a while. The reason is in the record.
CREATE TABLE unmaskings (
    workspace_id BIGINT NOT NULL,
    session_id   BIGINT NOT NULL,
    subject      BIGINT NOT NULL,
    granted_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, session_id, subject)
) CLUSTERED;

-- What a key sees in clear, and from which networks it may come: empty for anywhere.
ALTER TABLE api_keys ADD COLUMN classes TEXT NOT NULL DEFAULT 'public,internal,personal,sensitive';
ALTER TABLE api_keys ADD COLUMN networks TEXT NOT NULL DEFAULT '';
