-- What later decisions about a payment need of what it was created with, beyond amounts and deadlines.

-- bits: 1 and 2 the method (0 wallet, 1 card, 2 card pass-through), 4 company cards are refused, 8 the payer is asked to
-- share data, 16 the payer chooses how the goods are sent (Express; `authorized` is the amount and its cost), 32 captured
-- by itself on approval (eCom)
ALTER TABLE payments ADD COLUMN rules smallint NOT NULL DEFAULT 0;

-- Payments from before knew nothing of the last two. `json`, since other texts in it may hold what `jsonb` cannot.
UPDATE payments p
SET rules = l.rules
FROM (
    SELECT payment_id, msn, (
        CASE request ->> 'method' WHEN 'Card' THEN 1 WHEN 'CardPassthrough' THEN 2 ELSE 0 END
        + CASE request ->> 'blocks_commercial_cards' WHEN 'true' THEN 4 ELSE 0 END
        + CASE WHEN request ->> 'scope' ~ '\S' THEN 8 ELSE 0 END
    )::smallint AS rules
    FROM (
        SELECT payment_id, msn, detail::json -> 'request' AS request FROM payment_log WHERE seq = 1 AND kind = 1
    ) AS created
) AS l
WHERE l.payment_id = p.payment_id AND l.msn = p.msn AND l.rules <> 0;
