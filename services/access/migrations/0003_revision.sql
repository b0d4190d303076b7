-- What has changed since when, so that whoever remembers answers of this service forgets only those.

-- Counts the changes of clients, of their keys and of what they cover. Every transaction that makes one counts first: it
-- holds the row until it ends, so revisions are committed in their order, and whoever reads a revision sees every change
-- up to it and none after it.
CREATE TABLE revision (
    -- There is one row.
    only_row boolean NOT NULL,
    value bigint NOT NULL,
    CONSTRAINT revision_pkey PRIMARY KEY (only_row),
    CONSTRAINT revision_only_row_check CHECK (only_row),
    CONSTRAINT revision_value_check CHECK (value >= 0)
);

INSERT INTO revision (only_row, value) VALUES (true, 0);

ALTER TABLE api_clients
    -- The revision of the last change of the client, of its keys or of what it covers; 0 when that is older than
    -- revisions. A change by hand counts and sets it too, or nobody hears of it:
    --   WITH counted AS (UPDATE revision SET value = value + 1 RETURNING value)
    --   UPDATE api_clients SET active = FALSE, changed_revision = counted.value FROM counted WHERE client_id = ...;
    -- A client that is deleted cannot tell, so it is deactivated instead.
    ADD COLUMN changed_revision bigint NOT NULL DEFAULT 0;

-- Who changed after a revision.
CREATE INDEX api_clients_changed_revision_idx ON api_clients (changed_revision);
