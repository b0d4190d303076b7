-- Deadlines over the business clock, timers that are only ever added, and a log whose number of parts can grow.

ALTER TABLE payments
    -- how many days after approval a capture is possible, as the sales unit was when the payment was created
    ADD COLUMN capture_days smallint NOT NULL DEFAULT 180,
    -- until when a capture is certain to succeed; set by the approval
    ADD COLUMN guaranteed_until timestamptz,
    -- when what is left of the reservation is released by itself; set by the approval
    ADD COLUMN capture_until timestamptz,
    -- the last capture, from which the refund window is counted
    ADD COLUMN captured_at timestamptz;

UPDATE payments p
SET guaranteed_until = l.at + interval '7 days', capture_until = l.at + interval '180 days'
FROM payment_log l
WHERE l.payment_id = p.payment_id AND l.msn = p.msn AND l.kind = 7;

UPDATE payments p
SET captured_at = l.at
FROM (SELECT payment_id, msn, max(at) AS at FROM payment_log WHERE kind = 5 GROUP BY payment_id, msn) AS l
WHERE l.payment_id = p.payment_id AND l.msn = p.msn;

-- A timer is added when a payment wants to be looked at earlier than any timer it has, and is never moved: whoever
-- finds it due looks at the payment, and leaves the next one if there is one. So a payment may have several. The version
-- of the payment that wanted it tells a new timer from one for the same instant that is just being removed.
ALTER TABLE payment_timers DROP CONSTRAINT payment_timers_pkey;
DROP INDEX payment_timers_due;
ALTER TABLE payment_timers ADD COLUMN version integer NOT NULL DEFAULT 0;
ALTER TABLE payment_timers
    ADD CONSTRAINT payment_timers_pkey PRIMARY KEY (due_at, payment_id, version, msn);

INSERT INTO payment_timers (due_at, payment_id, msn, reference)
SELECT capture_until, payment_id, msn, reference FROM payments
WHERE state = 4 AND captured + cancelled < authorized
ON CONFLICT DO NOTHING;

-- The hash first: 16 bytes that are compared at once.
DROP INDEX payment_log_idem;
CREATE UNIQUE INDEX payment_log_idem ON payment_log (idem, msn) WHERE idem IS NOT NULL;

-- Parts of one generation divide the log among them; when their number is grown, they are closed and a new generation
-- with new numbers begins.
ALTER TABLE log_head ADD COLUMN generation smallint NOT NULL DEFAULT 0;
