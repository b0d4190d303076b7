-- A payer who is there is kind 5: an event as those of kind 1, but given up when the payer's token is over.
ALTER TABLE deliveries DROP CONSTRAINT deliveries_kind_check;
ALTER TABLE deliveries ADD CONSTRAINT deliveries_kind_check CHECK (kind BETWEEN 1 AND 5);

-- A check-in, which is told once, whoever is registered when it is repeated. Its reference is its id.
CREATE UNIQUE INDEX deliveries_check_in ON deliveries (msn, reference) WHERE kind = 5;
