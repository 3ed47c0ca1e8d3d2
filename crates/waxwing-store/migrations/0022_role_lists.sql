-- The lists that a role is limited to, as ids with commas: empty for all.
ALTER TABLE roles ADD COLUMN lists TEXT NOT NULL DEFAULT '';
