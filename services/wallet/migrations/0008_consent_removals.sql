-- Sales units that are to be told that a payer took back what was shared with them: one row for each time and unit, gone when
-- `webhook` has taken it.
CREATE TABLE consent_removals (
    msn        text        NOT NULL,
    -- The last one given of those that were taken back.
    consent_id uuid        NOT NULL,
    -- The payer, as the unit knows them.
    sub        uuid        NOT NULL,
    revoked_at timestamptz NOT NULL,
    CONSTRAINT consent_removals_pkey PRIMARY KEY (msn, consent_id)
);

-- What is told next.
CREATE INDEX consent_removals_next ON consent_removals (revoked_at);
