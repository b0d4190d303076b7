-- Merchants and their sales units. Only the service `merchant` reads these tables; the others ask it.
-- Every instant is business time, written by the service: SQL never asks for the time.

-- A company that sells.
CREATE TABLE merchants (
    -- Chosen by whoever registers it, so that a repeated registration is recognised.
    merchant_id uuid NOT NULL,
    -- Legal name.
    name text NOT NULL,
    -- ISO country code of the register it stands in.
    market text NOT NULL,
    -- As the national register writes it: NO 9 digits, DK 8 digits, FI 7 digits, a hyphen and a digit.
    organization_number text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT merchants_pkey PRIMARY KEY (merchant_id),
    CONSTRAINT merchants_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT merchants_market_check CHECK (market IN ('NO', 'DK', 'FI')),
    CONSTRAINT merchants_organization_number_check CHECK (
        organization_number ~ CASE market
            WHEN 'NO' THEN '^[0-9]{9}$'
            WHEN 'DK' THEN '^[0-9]{8}$'
            ELSE '^[0-9]{7}-[0-9]$'
        END
    )
);

-- One shop, web site or till: the unit that takes payments. Its currency is its market's and is not stored twice.
CREATE TABLE sales_units (
    -- Merchant serial number; never changes. Byte order, so that pages are the same whatever the locale.
    msn text COLLATE "C" NOT NULL,
    merchant_id uuid NOT NULL,
    -- What payers see.
    name text NOT NULL,
    -- ISO country code; decides the currency.
    market text NOT NULL,
    -- An inactive unit cannot create payments.
    active boolean NOT NULL,
    capture_type text NOT NULL,
    -- What the unit has been allowed: each once, in the contract's order.
    features text[] NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT sales_units_pkey PRIMARY KEY (msn),
    CONSTRAINT sales_units_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants (merchant_id),
    CONSTRAINT sales_units_msn_check CHECK (msn ~ '^[0-9]{4,10}$'),
    CONSTRAINT sales_units_name_check CHECK (char_length(name) BETWEEN 1 AND 100),
    CONSTRAINT sales_units_market_check CHECK (market IN ('NO', 'DK', 'FI')),
    CONSTRAINT sales_units_capture_type_check CHECK (
        capture_type IN ('RESERVE_CAPTURE', 'RESERVE_CAPTURE_FULL', 'DIRECT_CAPTURE')
    ),
    -- Rebuilds the array from the known features in their order: equal only when it held each at most once, in
    -- that order, and nothing else.
    CONSTRAINT sales_units_features_check CHECK (
        features = array_remove(
            ARRAY[
                CASE WHEN 'PUSH_MESSAGE' = ANY (features) THEN 'PUSH_MESSAGE' END,
                CASE WHEN 'LONG_LIVING' = ANY (features) THEN 'LONG_LIVING' END,
                CASE WHEN 'EXPRESS' = ANY (features) THEN 'EXPRESS' END,
                CASE WHEN 'NIN_SCOPE' = ANY (features) THEN 'NIN_SCOPE' END,
                CASE WHEN 'LATE_CAPTURE' = ANY (features) THEN 'LATE_CAPTURE' END
            ],
            NULL
        )
    )
);

-- Lists the units of a merchant page by page.
CREATE INDEX sales_units_merchant_id_idx ON sales_units (merchant_id, msn);
