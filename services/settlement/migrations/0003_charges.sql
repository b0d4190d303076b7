-- What merchants call their recurring charges: reports show it in place of the reference. Only charges that have such an id.
CREATE TABLE charges (
    msn text COLLATE "C" NOT NULL,
    -- Of the payment: the merchant's order id of the charge, or the id that was made for it.
    reference text COLLATE "C" NOT NULL,
    external_id text NOT NULL,
    CONSTRAINT charges_pkey PRIMARY KEY (msn, reference)
);
