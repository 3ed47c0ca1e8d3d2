-- Campaigns. `state` with `leaves_at`, `zone`, `source_id` is one enum: leaving and scheduled have a
-- time, started has a source; how far a started one is, its source knows. `version` grows with every
-- change, so that what was reviewed is what is sent.
CREATE TABLE campaigns (
    id             BIGINT PRIMARY KEY,
    workspace_id   BIGINT NOT NULL,
    name           TEXT   NOT NULL,
    state          TEXT   NOT NULL CHECK (state IN ('draft', 'leaving', 'scheduled', 'missed', 'started')),
    leaves_at      BIGINT,
    zone           TEXT,
    source_id      BIGINT,
    version        BIGINT NOT NULL,
    from_name      TEXT   NOT NULL,
    from_address   TEXT   NOT NULL,
    reply_to       TEXT   NOT NULL,
    subject        TEXT   NOT NULL,
    preheader      TEXT   NOT NULL,
    reason         TEXT   NOT NULL,
    format         TEXT   NOT NULL CHECK (format IN ('mjml', 'markdown', 'html', 'text')),
    body           TEXT   NOT NULL,
    wrapper_format TEXT   CHECK (wrapper_format IN ('mjml', 'html')),
    wrapper        TEXT,
    text_part      TEXT,
    plan_local     TEXT,
    plan_zone      TEXT,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL
);
CREATE INDEX campaigns_state ON campaigns (workspace_id, state, id);
CREATE INDEX campaigns_newest ON campaigns (workspace_id, id);

CREATE TABLE campaign_lists (
    workspace_id BIGINT NOT NULL,
    campaign_id  BIGINT NOT NULL,
    list_id      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id, list_id)
) CLUSTERED;
