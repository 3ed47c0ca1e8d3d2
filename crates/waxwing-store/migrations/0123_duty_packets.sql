-- Whom a case writes to, one row each: a provider (a relay that was contained, a host) or a controller that one processes
-- for. `thing` is the relay's number, else the packet's own. What is written is sealed.
CREATE TABLE duty_packets (
    id           BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    incident_id  BIGINT NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('provider', 'controller')),
    thing        BIGINT NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('drafted', 'sent', 'answered')),
    drafted_at   BIGINT NOT NULL,
    sent_at      BIGINT,
    answered_at  BIGINT,
    sealed       BYTES  NOT NULL
);
CREATE UNIQUE INDEX duty_packets_of ON duty_packets (workspace_id, incident_id, kind, thing);
