-- Which versions of a workspace's keys may still be committed. Whoever commits a value under an older version than
-- `minimum` is refused: what was sealed anew must not be joined by what a retired key sealed. The row `people` has no
-- version: it is locked by whoever gives people new keys, and by whoever seals for people beside it.
CREATE TABLE key_fences (
    workspace_id BIGINT NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('secrets', 'files', 'people')),
    minimum      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, kind)
) CLUSTERED;
INSERT INTO key_fences (workspace_id, kind, minimum) SELECT id, 'secrets', 1 FROM workspaces;
INSERT INTO key_fences (workspace_id, kind, minimum) SELECT id, 'files', 1 FROM workspaces;
INSERT INTO key_fences (workspace_id, kind, minimum) SELECT id, 'people', 1 FROM workspaces;
