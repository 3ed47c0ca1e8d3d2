-- Orders to give everybody a new key. It concerns the numbers below `upto`, which had been given when it was ordered;
-- `next` is the first that was not looked at yet. It moves in the transaction that seals the people before it anew.
CREATE TABLE key_reseals (
    workspace_id BIGINT NOT NULL,
    id           BIGINT NOT NULL,
    asked_at     BIGINT NOT NULL,
    upto         BIGINT NOT NULL,
    next         BIGINT NOT NULL,
    people       BIGINT NOT NULL,
    done         BIGINT NOT NULL,
    damaged      BIGINT NOT NULL,
    ended_at     BIGINT,
    PRIMARY KEY (workspace_id, id)
) CLUSTERED;
