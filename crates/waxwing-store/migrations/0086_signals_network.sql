-- The keyed tag of the network around the address (/24, /48), so that tries from neighbours count together.
ALTER TABLE signals ADD COLUMN network_tag BYTES;
CREATE INDEX signals_network ON signals (workspace_id, network_tag, kind, at) WHERE network_tag IS NOT NULL;
DROP INDEX signals_place;
