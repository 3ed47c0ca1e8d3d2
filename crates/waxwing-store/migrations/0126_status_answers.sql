-- What is published on a public page is an update, or the answer to a question that people have.
ALTER TABLE status_updates ADD COLUMN question BIGINT NOT NULL DEFAULT 0 CHECK (question IN (0, 1));
