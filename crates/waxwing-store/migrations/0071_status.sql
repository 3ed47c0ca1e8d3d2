-- What everybody may read about a case, and how people ask for help. What stands on the page is public once it is
-- published, and so lies in clear.
CREATE TABLE status_pages (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    slug         TEXT   NOT NULL,
    title        TEXT   NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('draft', 'open', 'closed')),
    radius_id    BIGINT,
    possible     BIGINT NOT NULL CHECK (possible IN (0, 1)),
    created_at   BIGINT NOT NULL,
    published_at BIGINT,
    published_by BIGINT
);
CREATE UNIQUE INDEX status_pages_slug ON status_pages (slug);
CREATE UNIQUE INDEX status_pages_incident ON status_pages (workspace_id, incident_id);

-- Updates of a page; only added. A correction is another one.
CREATE TABLE status_updates (
    workspace_id BIGINT NOT NULL,
    page_id      BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    written_by   BIGINT NOT NULL,
    title        TEXT   NOT NULL,
    body         TEXT   NOT NULL,
    PRIMARY KEY (workspace_id, page_id, number)
) CLUSTERED;

-- "Was I affected?" `sealed` is the address that was typed, until it is answered; `tag` its suppression tag;
-- `code_hash` is of the code in the mail, `verdict` what that mail said.
CREATE TABLE status_questions (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    page_id      BIGINT NOT NULL,
    tag          BYTES  NOT NULL,
    sealed       BYTES,
    state        TEXT   NOT NULL CHECK (state IN ('asked', 'answered', 'silent')),
    asked_at     BIGINT NOT NULL,
    code_hash    BYTES,
    verdict      TEXT   CHECK (verdict IN ('affected', 'not'))
);
CREATE INDEX status_questions_tag ON status_questions (workspace_id, tag, asked_at);
CREATE UNIQUE INDEX status_questions_code ON status_questions (code_hash);
CREATE INDEX status_questions_age ON status_questions (workspace_id, asked_at);

-- What people wrote who ask for help: `sealed` is their address and words, `verdict` what they were told when they
-- asked whether they were affected, where they gave the code of that mail.
CREATE TABLE support_messages (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    tag          BYTES  NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('new', 'answered', 'closed')),
    verdict      TEXT   CHECK (verdict IN ('affected', 'not')),
    received_at  BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,
    ended_at     BIGINT,
    sealed       BYTES  NOT NULL
);
CREATE INDEX support_messages_case ON support_messages (workspace_id, incident_id, id);
CREATE INDEX support_messages_tag ON support_messages (workspace_id, tag, received_at);

CREATE TABLE support_answers (
    workspace_id BIGINT NOT NULL,
    message_id   BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    written_by   BIGINT NOT NULL,
    sealed       BYTES  NOT NULL,
    PRIMARY KEY (workspace_id, message_id, number)
) CLUSTERED;
