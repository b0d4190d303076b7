-- Links by which anybody can pay, and the payments that were begun by them. Amounts are minor units of the link's currency.

CREATE TABLE payment_links (
    msn text COLLATE "C" NOT NULL,
    payment_link_id uuid NOT NULL,
    -- What stands at the end of its URL, and what its code is: nobody can guess it, and none is ever used again.
    token text COLLATE "C" NOT NULL,
    -- What it asks for, which never changes.
    title text NOT NULL,
    description text NOT NULL,
    currency text COLLATE "C" NOT NULL,
    -- What everybody pays; or the limits of what a payer may choose.
    amount bigint,
    least bigint,
    most bigint,
    -- In the price, in hundredths of a percent.
    vat_rate integer,
    -- How many payments there may be; absent is no limit.
    quantity integer,
    -- Whether its payments are captured when the payer approves.
    automatic_capture boolean NOT NULL,
    -- Absent is never.
    expires_at timestamptz,
    -- What payers share, in upstream's words.
    profile_scope text NOT NULL,
    -- How the goods can be sent: kvitt.payment.v1.Shipping, as it was given. Payment judges it.
    shipping bytea,
    created_at timestamptz NOT NULL,
    -- 1 waits, 2 passed, 3 rejected. It is not told of to payers before it has passed, whatever else becomes of it.
    screening smallint NOT NULL,
    rejection_reason text,
    -- Whether the merchant has ended it.
    deactivated boolean NOT NULL DEFAULT false,
    -- What came of it: payments that wait, that were approved, that ended without. Those that wait and those that were
    -- approved hold a place each of the quantity.
    pending integer NOT NULL DEFAULT 0,
    successful integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    captured bigint NOT NULL DEFAULT 0,
    refunded bigint NOT NULL DEFAULT 0,
    CONSTRAINT payment_links_pkey PRIMARY KEY (msn, payment_link_id),
    CONSTRAINT payment_links_token_key UNIQUE (token, msn),
    CONSTRAINT payment_links_title_check CHECK (char_length(title) BETWEEN 1 AND 100),
    CONSTRAINT payment_links_description_check CHECK (char_length(description) <= 1000),
    CONSTRAINT payment_links_price_check CHECK (
        amount > 0 AND least IS NULL AND most IS NULL OR amount IS NULL AND least > 0 AND most >= least
    ),
    CONSTRAINT payment_links_vat_rate_check CHECK (vat_rate BETWEEN 0 AND 10000),
    CONSTRAINT payment_links_quantity_check CHECK (quantity BETWEEN 1 AND 1000000),
    CONSTRAINT payment_links_life_check CHECK (expires_at > created_at),
    CONSTRAINT payment_links_shipping_check CHECK (shipping IS NULL OR NOT automatic_capture),
    CONSTRAINT payment_links_screening_check CHECK (screening BETWEEN 1 AND 3),
    CONSTRAINT payment_links_rejection_check CHECK ((screening = 3) = (rejection_reason IS NOT NULL)),
    CONSTRAINT payment_links_counts_check CHECK (pending >= 0 AND successful >= 0 AND failed >= 0),
    CONSTRAINT payment_links_sums_check CHECK (refunded >= 0 AND refunded <= captured)
) WITH (fillfactor = 70);
CREATE INDEX payment_links_of_unit ON payment_links (msn, created_at, payment_link_id);

-- Payments that were begun by a link. A row is there before its payment is, and holds one of the link's places until it is
-- known to have ended without.
CREATE TABLE link_payments (
    msn text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    payment_link_id uuid NOT NULL,
    -- The attempt, by the name that the payer's side gave it.
    idempotency_key text COLLATE "C" NOT NULL,
    -- What was asked: the same attempt with another request is a conflict.
    request_hash bytea NOT NULL,
    -- Without shipping.
    amount bigint NOT NULL,
    -- When it took its place; later when it lost it and took it again.
    begun_at timestamptz NOT NULL,
    -- 1 waits, 2 approved, 3 ended without
    state smallint NOT NULL,
    -- Whether the payment is known to be there.
    made boolean NOT NULL,
    CONSTRAINT link_payments_pkey PRIMARY KEY (msn, reference),
    CONSTRAINT link_payments_attempt_key UNIQUE (msn, payment_link_id, idempotency_key),
    CONSTRAINT link_payments_link_fkey FOREIGN KEY (msn, payment_link_id) REFERENCES payment_links (msn, payment_link_id),
    CONSTRAINT link_payments_amount_check CHECK (amount > 0),
    CONSTRAINT link_payments_state_check CHECK (state BETWEEN 1 AND 3)
) WITH (fillfactor = 80);
-- What holds a place and is not known to be there.
CREATE INDEX link_payments_unmade ON link_payments (begun_at, msn, reference) WHERE NOT made AND state = 1;

-- How far each part of payment's log has been dealt with. Advanced from the old value in the transaction of the effect,
-- so an event has its effect once. A part holds many sales units, so this table carries no msn.
CREATE TABLE feed_cursors (
    part integer NOT NULL,
    -- Opaque; empty before the first event.
    cursor text NOT NULL,
    CONSTRAINT feed_cursors_pkey PRIMARY KEY (part)
);
