-- Links by which anybody can pay, and the payments that were begun by them. Amounts are minor units of the link's currency.

CREATE TABLE payment_links (
    msn text COLLATE "C" NOT NULL,
    payment_link_id uuid NOT NULL,
    -- What stands at the end of its URL: nobody can guess it.
    token text COLLATE "C" NOT NULL,
    -- What it asks for: kvitt.qr.v1.PaymentLinkTerms, as it was given.
    terms bytea NOT NULL,
    currency text COLLATE "C" NOT NULL,
    -- How many payments there may be; absent is no limit.
    quantity integer,
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    -- 1 to be screened, 2 can be paid, 3 rejected, 4 ended by the merchant
    state smallint NOT NULL,
    rejection_reason text,
    -- What came of it: payments that wait, that were approved, that ended without.
    pending integer NOT NULL DEFAULT 0,
    successful integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    captured bigint NOT NULL DEFAULT 0,
    refunded bigint NOT NULL DEFAULT 0,
    CONSTRAINT payment_links_pkey PRIMARY KEY (msn, payment_link_id),
    CONSTRAINT payment_links_token_key UNIQUE (token, msn),
    CONSTRAINT payment_links_state_check CHECK (state BETWEEN 1 AND 4),
    CONSTRAINT payment_links_rejection_check CHECK ((state = 3) = (rejection_reason IS NOT NULL)),
    CONSTRAINT payment_links_quantity_check CHECK (quantity > 0),
    CONSTRAINT payment_links_counts_check CHECK (pending >= 0 AND successful >= 0 AND failed >= 0),
    CONSTRAINT payment_links_sums_check CHECK (refunded >= 0 AND refunded <= captured)
) WITH (fillfactor = 70);
CREATE INDEX payment_links_of_unit ON payment_links (msn, created_at, payment_link_id);

-- Payments that were begun by a link. A row is there before its payment is, and holds one of the link's places.
CREATE TABLE link_payments (
    msn text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    payment_link_id uuid NOT NULL,
    -- The attempt, by the name that the payer's side gave it.
    idempotency_key text COLLATE "C" NOT NULL,
    -- What was asked: the same attempt with another request is a conflict.
    request_hash bytea NOT NULL,
    amount bigint NOT NULL,
    created_at timestamptz NOT NULL,
    -- 1 waits, 2 approved, 3 ended without
    state smallint NOT NULL,
    -- Whether the payment is known to be there; until then it is asked for again.
    made boolean NOT NULL,
    CONSTRAINT link_payments_pkey PRIMARY KEY (msn, reference),
    CONSTRAINT link_payments_attempt_key UNIQUE (msn, payment_link_id, idempotency_key),
    CONSTRAINT link_payments_link_fkey FOREIGN KEY (msn, payment_link_id) REFERENCES payment_links,
    CONSTRAINT link_payments_amount_check CHECK (amount > 0),
    CONSTRAINT link_payments_state_check CHECK (state BETWEEN 1 AND 3)
);
-- What is not known to be there.
CREATE INDEX link_payments_unmade ON link_payments (created_at) WHERE NOT made AND state = 1;

-- How far each part of payment's log has been dealt with. Advanced from the old value in the transaction of the effect,
-- so an event has its effect once. A part holds many sales units, so this table carries no msn.
CREATE TABLE feed_cursors (
    part integer NOT NULL,
    -- Opaque; empty before the first event.
    cursor text NOT NULL,
    CONSTRAINT feed_cursors_pkey PRIMARY KEY (part)
);
