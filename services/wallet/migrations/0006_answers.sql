-- How payers answer payments: what merchants offered to send, and what banks want confirmed.

-- The shipping options that a merchant's server last named for an Express payment to go to one address. The payer chooses
-- among what they were shown, so the options are kept for as long as that may take.
CREATE TABLE shipping_quotes (
    msn        text        NOT NULL,
    reference  text        NOT NULL,
    payer_id   uuid        NOT NULL,
    address_id uuid        NOT NULL,
    -- As `domain::shipping::Groups`: groups of options, with names and prices.
    options    jsonb       NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT shipping_quotes_pkey PRIMARY KEY (msn, reference, payer_id, address_id)
);

-- Which are to be forgotten next.
CREATE INDEX shipping_quotes_expiry ON shipping_quotes (expires_at);

-- 3-D Secure challenges: an attempt at paying that waits for the payer to prove that the card is theirs, or was decided by
-- that. Kept for good, as the record of what was confirmed. There is no number of a card in here, nor an address.
CREATE TABLE challenges (
    msn             text        NOT NULL,
    challenge_id    uuid        NOT NULL,
    reference       text        NOT NULL,
    -- Names the attempt within its payment.
    attempt         text        NOT NULL,
    payer_id        uuid        NOT NULL,
    card_id         uuid        NOT NULL,
    card_currency   text        NOT NULL,
    card_commercial boolean     NOT NULL,
    source          text        NOT NULL,
    -- What the payer agreed to share, in upstream's words separated by spaces; NULL when nothing was asked for.
    consent         text,
    -- Express only: the option that was chosen, as `domain::shipping::ShippingOption`, and where the goods go.
    shipping_option jsonb,
    address_id      uuid,
    expires_at      timestamptz NOT NULL,
    -- NULL until it is answered, and then never changed.
    verdict         text,
    CONSTRAINT challenges_pkey PRIMARY KEY (msn, challenge_id),
    -- The same attempt sent again meets the same challenge.
    CONSTRAINT challenges_attempt_key UNIQUE (msn, reference, attempt),
    CONSTRAINT challenges_source_known CHECK (source IN ('wallet_card', 'typed_card')),
    CONSTRAINT challenges_delivery_whole CHECK ((shipping_option IS NULL) = (address_id IS NULL)),
    CONSTRAINT challenges_verdict_known CHECK (verdict IN ('passed', 'failed'))
);

-- What a payer has approved lately, for the limit above which a challenge is called for.
CREATE INDEX operations_approved ON operations (payer_id, executed_at) WHERE kind = 'reserve' AND declined IS NULL;

-- The account of a card that is typed in. None of these columns ever changes, so moving money stays out of it.
CREATE INDEX cards_typed ON cards (bin, last_four, expires_month);
