-- What the payment service owns. Every money table carries `msn` in each key, so that the same schema can be
-- distributed by it; `log_head` and `clearing_cursors` are keyed by part of the log instead, which holds whole MSNs.
-- Instants come from the business clock, never from SQL. Amounts are minor units of the row's currency.

-- The fold of a payment's events. One index only, so that every update stays in its page (HOT).
CREATE TABLE payments (
    payment_id uuid NOT NULL,
    msn text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    -- 1 created, 2 aborted, 3 expired, 4 authorized, 5 terminated
    state smallint NOT NULL,
    -- `seq` of the last row of its log
    version integer NOT NULL,
    currency text COLLATE "C" NOT NULL,
    amount bigint NOT NULL,
    authorized bigint NOT NULL,
    captured bigint NOT NULL,
    cancelled bigint NOT NULL,
    refunded bigint NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- whether captures may be in parts, as the sales unit was when the payment was created
    partial_capture boolean NOT NULL,
    -- the only payer who may approve (PUSH_MESSAGE)
    customer_phone text,
    minimum_age smallint,
    -- operation id of the reservation at the acquirer
    reservation uuid,
    card_bin text,
    -- an operation the acquirer has been asked for and has not answered: 1 reserve, 2 refund
    pending_kind smallint,
    pending_operation uuid,
    pending_amount bigint,
    pending_due_at timestamptz,
    pending_payer uuid,
    pending_card uuid,
    CONSTRAINT payments_pkey PRIMARY KEY (msn, reference),
    CONSTRAINT payments_sums_are_not_negative
        CHECK (amount >= 0 AND authorized >= 0 AND captured >= 0 AND cancelled >= 0 AND refunded >= 0),
    CONSTRAINT payments_refunded_within_captured CHECK (refunded <= captured),
    CONSTRAINT payments_captured_and_cancelled_within_authorized
        CHECK (captured + cancelled <= authorized
               OR (state = 5 AND authorized = 0 AND captured = 0 AND cancelled = amount)),
    CONSTRAINT payments_pending_is_whole
        CHECK ((pending_kind IS NULL) = (pending_operation IS NULL)
               AND (pending_kind IS NULL) = (pending_amount IS NULL)
               AND (pending_kind IS NULL) = (pending_due_at IS NULL)
               AND (pending_kind IS DISTINCT FROM 1) = (pending_payer IS NULL)
               AND (pending_kind IS DISTINCT FROM 1) = (pending_card IS NULL))
) WITH (fillfactor = 70);

-- Event, idempotency record and outbox message in one row; append-only.
CREATE TABLE payment_log (
    payment_id uuid NOT NULL,
    -- 1, 2, 3 … per payment: the fence against two writers
    seq integer NOT NULL,
    part smallint NOT NULL,
    -- gap-free per part, in commit order
    pos bigint NOT NULL,
    kind smallint NOT NULL,
    -- the payment's state and sums after this row
    state smallint NOT NULL,
    at timestamptz NOT NULL,
    -- of this event alone
    amount bigint NOT NULL,
    authorized bigint NOT NULL,
    captured bigint NOT NULL,
    cancelled bigint NOT NULL,
    refunded bigint NOT NULL,
    -- the amount the payment was created with
    payment_amount bigint NOT NULL,
    event_id uuid NOT NULL,
    -- hash of operation, reference and key; absent where no key is involved
    idem uuid,
    -- hash of the command behind `idem`
    request_hash uuid,
    -- the acquirer's operation this row is about; for captures and releases, the reservation
    operation uuid,
    msn text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    -- as the merchant sent it; absent when nobody did
    idempotency_key text,
    -- JSON: the terms of a created payment, the refusal of a refused command
    detail text,
    CONSTRAINT payment_log_pkey PRIMARY KEY (payment_id, seq, msn)
);
-- One effect for each key.
CREATE UNIQUE INDEX payment_log_idem ON payment_log (msn, idem) WHERE idem IS NOT NULL;
-- What followers read. Unique by the lock on the head, which the audit proves.
CREATE INDEX payment_log_position ON payment_log (part, pos);

-- Next position of each part. A closed part takes no more rows.
CREATE TABLE log_head (
    part smallint CONSTRAINT log_head_pkey PRIMARY KEY,
    next_pos bigint NOT NULL,
    closed boolean NOT NULL
) WITH (fillfactor = 10);

-- The next instant at which a payment needs attention by itself: its expiry, or the deadline of its pending operation.
CREATE TABLE payment_timers (
    due_at timestamptz NOT NULL,
    payment_id uuid NOT NULL,
    msn text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    CONSTRAINT payment_timers_pkey PRIMARY KEY (payment_id, msn)
);
CREATE INDEX payment_timers_due ON payment_timers (due_at);

-- Up to where captures and releases have been delivered to the acquirer.
CREATE TABLE clearing_cursors (
    part smallint CONSTRAINT clearing_cursors_pkey PRIMARY KEY,
    pos bigint NOT NULL
) WITH (fillfactor = 10);
