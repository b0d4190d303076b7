-- Who changed what, and what it was before and after. Entries are added in the transaction of the change they tell of, and
-- never changed: each carries a hash over itself and over the entry before, so that whoever edits one, or takes one away,
-- breaks the chain, and `kvitt audit` finds the place. No entry holds personal data or a secret: people are ids, which
-- lead to nobody once the person is forgotten.

-- One entry.
CREATE TABLE audit_log (
    -- Counts up from 1 without gaps.
    sequence bigint NOT NULL,
    -- Business time.
    at timestamptz NOT NULL,
    -- `user:<uuid>`, `client:<uuid>` or `service:<name>`.
    actor text NOT NULL,
    -- What was done, in words like `user.added`.
    action text NOT NULL,
    -- What it was done to, like `user:<uuid>`.
    subject text NOT NULL,
    -- Whose users may read the entry.
    merchant_id uuid,
    -- JSON, as text: the hash is over these very characters.
    before text,
    after text,
    trace_id text NOT NULL,
    -- SHA-256 over the hash of the entry before and everything above.
    hash bytea NOT NULL,
    CONSTRAINT audit_log_pkey PRIMARY KEY (sequence),
    CONSTRAINT audit_log_sequence_check CHECK (sequence > 0),
    CONSTRAINT audit_log_hash_check CHECK (octet_length(hash) = 32)
);

-- The entries of a merchant, newest first.
CREATE INDEX audit_log_merchant_id_idx ON audit_log (merchant_id, sequence DESC) WHERE merchant_id IS NOT NULL;

-- Where the chain ends. Whoever adds an entry holds the row until its transaction ends, so entries come one after the
-- other.
CREATE TABLE audit_log_head (
    -- There is one row.
    only_row boolean NOT NULL,
    sequence bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_log_head_pkey PRIMARY KEY (only_row),
    CONSTRAINT audit_log_head_only_row_check CHECK (only_row),
    CONSTRAINT audit_log_head_hash_check CHECK (octet_length(hash) = 32)
);

INSERT INTO audit_log_head (only_row, sequence, hash) VALUES (true, 0, decode(repeat('00', 32), 'hex'));

CREATE FUNCTION audit_log_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log only grows';
END
$$;

CREATE TRIGGER audit_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_only_grows();
