-- Payments that wait for a payer, as payment's feed told them. A row goes when the payment is no longer waiting.
CREATE TABLE payment_requests (
    msn          text        NOT NULL,
    reference    text        NOT NULL,
    payer_id     uuid        NOT NULL,
    currency     text        NOT NULL,
    amount_minor bigint      NOT NULL,
    -- What the payer is told it is for; may be empty.
    description  text        NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    CONSTRAINT payment_requests_pkey PRIMARY KEY (msn, reference)
);

-- The payer's inbox, oldest first, and where a page begins.
CREATE INDEX payment_requests_inbox ON payment_requests (payer_id, created_at, msn, reference);

-- How far each part of payment's log has been dealt with. Advanced from the old value in the transaction of the effect,
-- so an event has its effect once. A part holds many sales units, so this table carries no msn.
CREATE TABLE feed_cursors (
    part   integer NOT NULL,
    -- Opaque; empty before the first event.
    cursor text    NOT NULL,
    CONSTRAINT feed_cursors_pkey PRIMARY KEY (part)
);
