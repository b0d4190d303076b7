-- Cards that PSPs charge themselves: what they were asked, and what they answered.

-- One row for each attempt at paying such a payment, written before the PSP's server is called and completed by its answer.
-- An attempt without an answer is asked about again under the same id, by which the PSP knows it. Kept for good, as the
-- record of what the PSP has taken upon itself. There is no number of a card in here.
CREATE TABLE card_callbacks (
    msn          text   NOT NULL,
    -- What the PSP calls it: `authorizationAttemptId`.
    attempt_id   uuid   NOT NULL,
    reference    text   NOT NULL,
    -- Names the attempt within its payment.
    attempt      text   NOT NULL,
    payer_id     uuid   NOT NULL,
    card_id      uuid   NOT NULL,
    currency     text   NOT NULL,
    -- With shipping, in minor units.
    amount_minor bigint NOT NULL,
    -- `soft_declined` waits for the payer to pass a challenge, after which the PSP is asked once more; `reserved` and
    -- `failed` never change.
    state        text   NOT NULL,
    -- The card network's name of it, from the PSP.
    network_transaction_reference text,
    CONSTRAINT card_callbacks_pkey PRIMARY KEY (msn, attempt_id),
    CONSTRAINT card_callbacks_attempt_key UNIQUE (msn, reference, attempt),
    CONSTRAINT card_callbacks_amount_check CHECK (amount_minor >= 0),
    CONSTRAINT card_callbacks_state_known CHECK (state IN ('asked', 'soft_declined', 'reserved', 'failed')),
    CONSTRAINT card_callbacks_reference_whole
        CHECK ((state = 'reserved') = (network_transaction_reference IS NOT NULL))
);

ALTER TABLE challenges
    DROP CONSTRAINT challenges_source_known,
    ADD CONSTRAINT challenges_source_known CHECK (source IN ('wallet_card', 'typed_card', 'passed_through'));
