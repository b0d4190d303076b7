-- A hold lasts as long as the card scheme guarantees it; then the bank gives the money back. What was decided before is
-- honoured all the same.

ALTER TABLE reservations
    -- Until when what is decided about the reservation is honoured without asking the bank again. Never changed.
    ADD COLUMN guaranteed_until timestamptz,
    -- What the end of the guarantee gave back and nobody has captured or released since. A hold lapses as a whole, so
    -- this is nothing, or all that is neither captured nor released. What is still held is
    -- amount - captured - released - lapsed.
    ADD COLUMN lapsed_minor bigint NOT NULL DEFAULT 0;

UPDATE reservations SET guaranteed_until = created_at + interval '7 days';

ALTER TABLE reservations
    ALTER COLUMN guaranteed_until SET NOT NULL,
    DROP CONSTRAINT reservations_none_negative,
    DROP CONSTRAINT reservations_within_amount,
    ADD CONSTRAINT reservations_none_negative
        CHECK (captured_minor >= 0 AND refunded_minor >= 0 AND released_minor >= 0 AND lapsed_minor >= 0),
    ADD CONSTRAINT reservations_within_amount CHECK (captured_minor + released_minor + lapsed_minor <= amount_minor);

-- Which guarantee ends next. None of these columns is ever updated, so what happens to a reservation stays out of it.
CREATE INDEX reservations_guarantee ON reservations (guaranteed_until, msn, reservation_id);

-- One row: every guarantee that ended before this instant has been dealt with. A guarantee lasts for days, so none is
-- added behind it. The instant is that of the business clock and belongs to no sales unit.
CREATE TABLE lapse_cursor (
    sole         boolean     NOT NULL,
    lapsed_until timestamptz NOT NULL,
    CONSTRAINT lapse_cursor_pkey PRIMARY KEY (sole),
    CONSTRAINT lapse_cursor_one_row CHECK (sole)
);

INSERT INTO lapse_cursor (sole, lapsed_until) VALUES (true, '1970-01-01T00:00:00Z');

-- A capture that was decided within the guarantee and arrives after the hold has lapsed may overdraw the card.
ALTER TABLE cards DROP CONSTRAINT cards_balance_not_negative;

ALTER TABLE operations
    DROP CONSTRAINT operations_declined_known,
    ADD CONSTRAINT operations_declined_known CHECK (declined IN (
        'insufficient_funds', 'invalid_card', 'expired_card', 'unknown_reservation', 'amount_too_high',
        'currency_mismatch', 'refused_by_issuer', 'suspected_fraud', 'withdrawal_limit', 'three_ds_denied',
        'sca_required', 'no_receiving_account', 'refund_period_expired'
    ));
