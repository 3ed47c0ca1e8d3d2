-- Signing keys that were prepared and take over when the domain name system shows both of them.
CREATE TABLE domains_next (
    workspace_id BIGINT NOT NULL,
    domain_id    BIGINT NOT NULL,
    rsa_selector TEXT   NOT NULL,
    rsa_record   TEXT   NOT NULL,
    ed_selector  TEXT   NOT NULL,
    ed_record    TEXT   NOT NULL,
    sealed       BYTES  NOT NULL,
    prepared_at  BIGINT NOT NULL,
    looked_at    BIGINT,
    PRIMARY KEY (workspace_id, domain_id)
) CLUSTERED;
