-- When a relay's password and a webhook's secret last became another; empty where they are as old as their row.
ALTER TABLE relays ADD COLUMN password_changed_at BIGINT;
ALTER TABLE webhooks_endpoints ADD COLUMN secret_made_at BIGINT;
-- What a containment leaves to people: a login, a key or a secret to renew, with the task of the case for it, 0 for none.
CREATE TABLE containment_renewals (
    workspace_id   BIGINT NOT NULL,
    containment_id BIGINT NOT NULL,
    kind           TEXT   NOT NULL CHECK (kind IN ('webhook', 'relay', 'domain')),
    number         BIGINT NOT NULL,
    name           TEXT   NOT NULL,
    task_id        BIGINT NOT NULL,
    done_at        BIGINT,
    PRIMARY KEY (workspace_id, containment_id, kind, number)
) CLUSTERED;
