-- How often what was seen at sign-ins, by person and (account 0) by everybody. `kind` is the level (network,
-- provider, browser, hour and so on); values are keyed tags.
CREATE TABLE login_habits (
    workspace_id BIGINT NOT NULL,
    account_id   BIGINT NOT NULL,
    kind         BIGINT NOT NULL,
    value        BYTES  NOT NULL,
    seen         BIGINT NOT NULL,
    last_at      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, account_id, kind, value)
) CLUSTERED;

-- The code mailed for a step, as a MAC; deleted when it is used.
CREATE TABLE login_codes (
    workspace_id BIGINT NOT NULL,
    step_id      BIGINT NOT NULL,
    mac          BYTES  NOT NULL,
    PRIMARY KEY (workspace_id, step_id)
) CLUSTERED;

CREATE INDEX signals_place ON signals (workspace_id, address_tag, kind, at) WHERE address_tag IS NOT NULL;
