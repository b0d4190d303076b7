-- Payments as the merchants' staff look for them: a copy made from the log for searching, so that the payments themselves
-- need no index for it. It can be emptied, its cursors too, and fills again.
CREATE TABLE transactions (
    msn text COLLATE "C" NOT NULL,
    payment_id uuid NOT NULL,
    reference text COLLATE "C" NOT NULL,
    -- the payment's id as people read it
    number bigint NOT NULL,
    -- `seq` of the last row of the log that is in here
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    -- 1 requested, 2 rejected, 3 expired, 4 reserved, 5 cancelled, 6 captured, 7 refunded
    status smallint NOT NULL,
    -- 1 ePayment, 2 eCom
    origin smallint NOT NULL,
    currency text COLLATE "C" NOT NULL,
    amount bigint NOT NULL,
    authorized bigint NOT NULL,
    captured bigint NOT NULL,
    cancelled bigint NOT NULL,
    refunded bigint NOT NULL,
    -- may be empty
    description text NOT NULL,
    payment_link_id uuid,
    CONSTRAINT transactions_pkey PRIMARY KEY (msn, payment_id)
) WITH (fillfactor = 80);

-- Pages follow the instant of creation, newest first; the id decides between those of one instant.
CREATE INDEX transactions_by_time ON transactions (msn, created_at, payment_id);
CREATE INDEX transactions_by_status ON transactions (msn, status, created_at, payment_id);
CREATE INDEX transactions_by_amount ON transactions (msn, amount, created_at, payment_id);
CREATE INDEX transactions_by_reference ON transactions (msn, reference);
CREATE INDEX transactions_by_number ON transactions (msn, number);
CREATE INDEX transactions_by_link ON transactions (msn, payment_link_id, created_at, payment_id)
    WHERE payment_link_id IS NOT NULL;

-- Up to where the log has been copied. Moved in the transaction that copies, so each row is copied once.
CREATE TABLE transaction_cursors (
    part smallint CONSTRAINT transaction_cursors_pkey PRIMARY KEY,
    pos bigint NOT NULL
) WITH (fillfactor = 10);
