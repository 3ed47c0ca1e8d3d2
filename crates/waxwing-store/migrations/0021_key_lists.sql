-- The lists that a key is limited to, as ids with commas: empty for all.
ALTER TABLE api_keys ADD COLUMN lists TEXT NOT NULL DEFAULT '';
