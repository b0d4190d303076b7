-- The simulated acquirer: what it holds, and what it did. Every key begins with msn. card_id is no foreign key, because
-- cards belong to no sales unit; cards are never deleted.

-- Money held on a card, named by the operation that reserved it. What is still held is
-- amount - captured - released.
CREATE TABLE reservations (
    msn            text        NOT NULL,
    reservation_id uuid        NOT NULL,
    payment_id     uuid        NOT NULL,
    card_id        uuid        NOT NULL,
    currency       text        NOT NULL,
    amount_minor   bigint      NOT NULL,
    captured_minor bigint      NOT NULL,
    refunded_minor bigint      NOT NULL,
    released_minor bigint      NOT NULL,
    -- Raised by each write, like the version of a card.
    version        bigint      NOT NULL,
    created_at     timestamptz NOT NULL,
    CONSTRAINT reservations_pkey PRIMARY KEY (msn, reservation_id),
    CONSTRAINT reservations_amount_positive CHECK (amount_minor > 0),
    CONSTRAINT reservations_none_negative
        CHECK (captured_minor >= 0 AND refunded_minor >= 0 AND released_minor >= 0),
    CONSTRAINT reservations_within_amount CHECK (captured_minor + released_minor <= amount_minor),
    CONSTRAINT reservations_refunded_within_captured CHECK (refunded_minor <= captured_minor)
) WITH (fillfactor = 70);

-- One row for each operation id ever executed, declined ones included: the record that makes an id good for one
-- execution. Append-only.
CREATE TABLE operations (
    msn            text        NOT NULL,
    operation_id   uuid        NOT NULL,
    kind           text        NOT NULL,
    payment_id     uuid        NOT NULL,
    -- Set for a reserve.
    payer_id       uuid,
    card_id        uuid,
    -- Set for the others.
    reservation_id uuid,
    currency       text        NOT NULL,
    amount_minor   bigint      NOT NULL,
    -- When the caller decided it, and when it was executed here; both in business time.
    decided_at     timestamptz NOT NULL,
    executed_at    timestamptz NOT NULL,
    -- Why nothing moved; NULL when it did.
    declined       text,
    -- Of the card reserved on; NULL for everything but a reserve that was done.
    card_bin       text,
    CONSTRAINT operations_pkey PRIMARY KEY (msn, operation_id),
    CONSTRAINT operations_kind_known CHECK (kind IN ('reserve', 'capture', 'refund', 'release')),
    CONSTRAINT operations_amount_positive CHECK (amount_minor > 0),
    CONSTRAINT operations_target CHECK (
        CASE kind
            WHEN 'reserve' THEN payer_id IS NOT NULL AND card_id IS NOT NULL AND reservation_id IS NULL
            ELSE payer_id IS NULL AND card_id IS NULL AND reservation_id IS NOT NULL
        END
    ),
    CONSTRAINT operations_declined_known CHECK (declined IN (
        'insufficient_funds', 'invalid_card', 'expired_card', 'unknown_reservation', 'amount_too_high',
        'currency_mismatch'
    )),
    CONSTRAINT operations_card_bin_of_a_reserve
        CHECK ((card_bin IS NOT NULL) = (kind = 'reserve' AND declined IS NULL))
);
