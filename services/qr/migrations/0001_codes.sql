-- What merchants print, and where scans of it lead. Only the service `qr` reads these tables. Instants are business time,
-- written by the service.

-- Codes that lead to a page of the merchant. One that is deleted is gone, so that its id can be used again.
CREATE TABLE merchant_redirects (
    msn text COLLATE "C" NOT NULL,
    -- The merchant's own.
    id text COLLATE "C" NOT NULL,
    -- What is printed: nobody can guess it, and none is ever used again.
    code text COLLATE "C" NOT NULL,
    redirect_url text NOT NULL,
    created_at timestamptz NOT NULL,
    -- Absent is without end.
    expires_at timestamptz,
    CONSTRAINT merchant_redirects_pkey PRIMARY KEY (msn, id),
    CONSTRAINT merchant_redirects_code_key UNIQUE (code, msn),
    CONSTRAINT merchant_redirects_id_check CHECK (char_length(id) BETWEEN 1 AND 128),
    CONSTRAINT merchant_redirects_url_check CHECK (redirect_url LIKE 'https://%'),
    CONSTRAINT merchant_redirects_life_check CHECK (expires_at > created_at)
);
CREATE INDEX merchant_redirects_of_unit ON merchant_redirects (msn, created_at, id);
-- Those whose time is over are forgotten.
CREATE INDEX merchant_redirects_ending ON merchant_redirects (expires_at) WHERE expires_at IS NOT NULL;

-- Codes whose scan tells the merchant that a payer is there.
CREATE TABLE merchant_callbacks (
    msn text COLLATE "C" NOT NULL,
    -- The merchant's own; of a beacon, the beacon's.
    merchant_qr_id text COLLATE "C" NOT NULL,
    -- As above.
    code text COLLATE "C" NOT NULL,
    -- Whether it was printed by MobilePay's old API, and so holds the beacon's text.
    beacon boolean NOT NULL,
    location_description text NOT NULL,
    -- 1 in a shop, 2 on a machine
    category smallint NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT merchant_callbacks_pkey PRIMARY KEY (msn, merchant_qr_id),
    CONSTRAINT merchant_callbacks_code_key UNIQUE (code, msn),
    CONSTRAINT merchant_callbacks_id_check CHECK (char_length(merchant_qr_id) BETWEEN 1 AND 128),
    CONSTRAINT merchant_callbacks_location_check CHECK (char_length(location_description) BETWEEN 1 AND 36),
    CONSTRAINT merchant_callbacks_category_check CHECK (category IN (1, 2))
);
CREATE INDEX merchant_callbacks_of_unit ON merchant_callbacks (msn, created_at, merchant_qr_id);

-- Whose a beacon of MobilePay is: the sales unit's that took it over first. A beacon is one for all units, so its key
-- carries no msn.
CREATE TABLE beacons (
    beacon_id text COLLATE "C" NOT NULL,
    msn text COLLATE "C" NOT NULL,
    CONSTRAINT beacons_pkey PRIMARY KEY (beacon_id)
);

-- The codes of VM numbers.
CREATE TABLE unit_codes (
    msn text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    CONSTRAINT unit_codes_pkey PRIMARY KEY (msn),
    CONSTRAINT unit_codes_code_key UNIQUE (code, msn)
);
