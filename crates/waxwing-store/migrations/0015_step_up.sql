-- When the person behind a session last proved a credential; a session from before must prove itself again.
ALTER TABLE sessions ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
