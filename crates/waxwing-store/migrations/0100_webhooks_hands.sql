-- Whoever made or changed an endpoint, each once: what a contained credential had a hand in is shut with it.
CREATE TABLE webhooks_hands (
    workspace_id BIGINT NOT NULL,
    endpoint_id  BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    number       BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, endpoint_id, kind, number)
) CLUSTERED;
CREATE INDEX webhooks_hands_whose ON webhooks_hands (workspace_id, kind, number);
INSERT INTO webhooks_hands (workspace_id, endpoint_id, kind, number, at)
SELECT workspace_id, id, caused_kind, caused_a, changed_at FROM webhooks_endpoints;
