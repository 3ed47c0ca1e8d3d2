-- Designs that campaigns begin from. A campaign copies what it takes: changing a template changes
-- no campaign.
CREATE TABLE templates (
    id             BIGINT PRIMARY KEY,
    workspace_id   BIGINT NOT NULL,
    name           TEXT   NOT NULL,
    format         TEXT   NOT NULL CHECK (format IN ('mjml', 'markdown', 'html', 'text')),
    body           TEXT   NOT NULL,
    wrapper_format TEXT   CHECK (wrapper_format IN ('mjml', 'html')),
    wrapper        TEXT,
    text_part      TEXT,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL
);
CREATE UNIQUE INDEX templates_name ON templates (workspace_id, name);

-- Pictures as we encoded them, named by the SHA-256 of those bytes. Public: a mail shows them to
-- whoever has it. The content comes last, so that listing does not read it.
CREATE TABLE media (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    hash         BYTES  NOT NULL,
    format       TEXT   NOT NULL CHECK (format IN ('png', 'jpeg')),
    name         TEXT   NOT NULL,
    width        BIGINT NOT NULL,
    height       BIGINT NOT NULL,
    size         BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    content      BYTES  NOT NULL
);
CREATE UNIQUE INDEX media_hash ON media (workspace_id, hash);
