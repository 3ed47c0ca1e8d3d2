-- Whose credential made or changed a relay's address, a template or a campaign, each hand once, with its last time: what
-- a contained person or key planted is found by it.
CREATE TABLE hands (
    workspace_id BIGINT NOT NULL,
    thing        TEXT   NOT NULL CHECK (thing IN ('relay', 'template', 'campaign')),
    target       BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    number       BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, thing, target, kind, number)
) CLUSTERED;
CREATE INDEX hands_whose ON hands (workspace_id, kind, number, at);
