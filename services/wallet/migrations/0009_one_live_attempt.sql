-- One attempt at a time may hold money at the PSP of a payment: whoever says yes again goes on with it.

ALTER TABLE card_callbacks
    -- Of the time when every answer of the payer made an attempt of its own: another one of the payment goes before it.
    ADD COLUMN doubled boolean NOT NULL DEFAULT FALSE,
    DROP CONSTRAINT card_callbacks_state_known,
    -- `asked_again`: the payer has passed the challenge, and the PSP has been asked once more, or is about to be.
    ADD CONSTRAINT card_callbacks_state_known
        CHECK (state IN ('asked', 'soft_declined', 'asked_again', 'reserved', 'failed'));

UPDATE card_callbacks AS later SET doubled = TRUE
FROM card_callbacks AS first
WHERE first.msn = later.msn AND first.reference = later.reference
    AND first.state IN ('asked', 'reserved') AND later.state IN ('asked', 'reserved')
    AND (first.state = 'reserved', first.attempt_id) > (later.state = 'reserved', later.attempt_id);

-- What the PSP has reserved, or may have, without an answer so far. A soft decline holds no money.
CREATE UNIQUE INDEX card_callbacks_live_key ON card_callbacks (msn, reference)
    WHERE state IN ('asked', 'asked_again', 'reserved') AND NOT doubled;

-- What was offered for a payer's addresses is forgotten when the addresses change.
CREATE INDEX shipping_quotes_payer ON shipping_quotes (payer_id);
