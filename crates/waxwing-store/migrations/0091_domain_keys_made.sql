-- When the signing keys in use were made, which is before they took over; empty for those from before this column.
ALTER TABLE domains ADD COLUMN keys_made_at BIGINT;
