-- Several workspaces in one installation. The word is what people type to mean one; the workspace
-- that was there before there were several keeps `main`.
ALTER TABLE workspaces ADD COLUMN word TEXT NOT NULL DEFAULT 'main';
CREATE UNIQUE INDEX workspaces_word ON workspaces (word);

-- Whoever comes with a token or by a link says no workspace: the token says it, and is unique over
-- the installation.
DROP INDEX sessions_hash;
CREATE UNIQUE INDEX sessions_hash ON sessions (hash);
DROP INDEX login_steps_hash;
CREATE UNIQUE INDEX login_steps_hash ON login_steps (hash);
CREATE UNIQUE INDEX account_links_hash ON account_links (hash);
DROP INDEX signup_forms_slug;
CREATE UNIQUE INDEX signup_forms_slug ON signup_forms (slug);

-- Not unique: one person may have an account in each of two workspaces, and two may show one picture.
CREATE INDEX accounts_tag ON accounts (email_tag);
CREATE INDEX media_served ON media (hash);

-- Guesses are counted for the installation, so that a second workspace gives nobody a second try.
DELETE FROM login_throttles;
