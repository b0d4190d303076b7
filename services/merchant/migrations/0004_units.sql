-- What merchants, their staff and their partners see of a company and its sales units.

-- A company that integrates for merchants.
CREATE TABLE partners (
    -- Chosen by whoever registers it, so that a repeated registration is recognised.
    partner_id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT partners_pkey PRIMARY KEY (partner_id),
    CONSTRAINT partners_name_check CHECK (char_length(name) BETWEEN 1 AND 100)
);

ALTER TABLE merchants
    ADD COLUMN status text NOT NULL DEFAULT 'ACTIVE',
    -- The company profile; each part of it may be unknown. An address is an object of lines, postCode, city and
    -- countryCode.
    ADD COLUMN business_address jsonb,
    ADD COLUMN postal_address jsonb,
    ADD COLUMN email text,
    ADD COLUMN phone_number text,
    ADD COLUMN website text,
    -- The last change.
    ADD COLUMN updated_at timestamptz,
    -- SHA-256 of what was registered, by which the same registration is recognised although the merchant has changed
    -- since. Unknown for merchants older than this column.
    ADD COLUMN registered_as bytea,
    ADD CONSTRAINT merchants_status_check CHECK (status IN ('ACTIVE', 'DEACTIVATED')),
    -- The rules are the service's; here is only how much room a profile may take.
    ADD CONSTRAINT merchants_business_address_check CHECK (octet_length(business_address::text) <= 4096),
    ADD CONSTRAINT merchants_postal_address_check CHECK (octet_length(postal_address::text) <= 4096),
    ADD CONSTRAINT merchants_email_check CHECK (char_length(email) BETWEEN 3 AND 254),
    ADD CONSTRAINT merchants_phone_number_check CHECK (phone_number ~ '^[0-9]{9,15}$'),
    ADD CONSTRAINT merchants_website_check CHECK (char_length(website) <= 2048 AND website LIKE 'https://%');

-- A company is one merchant. Not asked of merchants that are older than this rule, of which there may be several.
CREATE UNIQUE INDEX merchants_organization_number_key ON merchants (market, organization_number)
    WHERE registered_as IS NOT NULL;

-- A company is found by its number.
CREATE INDEX merchants_organization_number_idx ON merchants (market, organization_number);

UPDATE merchants SET updated_at = created_at;
ALTER TABLE merchants ALTER COLUMN updated_at SET NOT NULL;

ALTER TABLE sales_units
    ADD COLUMN environment text NOT NULL DEFAULT 'PRODUCTION',
    -- What was ordered.
    ADD COLUMN product_type text NOT NULL DEFAULT 'PAYMENT_INTEGRATION',
    -- Where it is paid out to. A unit that never had an account has none of the three.
    ADD COLUMN settlement_account_scheme text,
    ADD COLUMN settlement_account_id text,
    ADD COLUMN settlement_account_state text,
    -- When the bank's answer about an UNVERIFIED account is due, in the sandbox, where nobody makes small transfers.
    -- Without it only the operator decides.
    ADD COLUMN settlement_account_decide_at timestamptz,
    ADD COLUMN settlement_frequency text NOT NULL DEFAULT 'DAILY',
    ADD COLUMN settlement_type text NOT NULL DEFAULT 'NET',
    ADD COLUMN merchant_category_code text,
    -- The partner that looks after it; one at most.
    ADD COLUMN partner_id uuid,
    ADD COLUMN price_package_id uuid,
    -- Where it is; an object like a merchant's address.
    ADD COLUMN location jsonb,
    -- The name in small letters, as the service folds them: what databases do depends on where they were made.
    ADD COLUMN search_name text,
    -- From when the unit is there. Before, it is as absent for every reader.
    ADD COLUMN available_at timestamptz,
    -- Whether that has come. It is set with a revision of its own, so that whoever remembers that there is no such unit
    -- hears of it.
    ADD COLUMN available boolean NOT NULL DEFAULT TRUE,
    -- The keys that this service has to ask `access` for: none for units that the operator opens, who issues the keys
    -- too; wanted until they are issued.
    ADD COLUMN keys_state text NOT NULL DEFAULT 'none',
    -- The order that the unit came of, or what whoever asked for a test unit calls the request.
    ADD COLUMN order_id uuid,
    -- SHA-256 of what was registered or ordered, as for merchants.
    ADD COLUMN registered_as bytea,
    ADD CONSTRAINT sales_units_environment_check CHECK (environment IN ('PRODUCTION', 'TEST')),
    ADD CONSTRAINT sales_units_product_type_check CHECK (
        product_type IN ('PAYMENT_INTEGRATION', 'CASHIER', 'CHECKOUT', 'LOGIN', 'DONATIONS')
    ),
    ADD CONSTRAINT sales_units_settlement_account_check CHECK (
        num_nulls(settlement_account_scheme, settlement_account_id, settlement_account_state) IN (0, 3)
    ),
    -- A unit is paid in its market.
    ADD CONSTRAINT sales_units_settlement_account_scheme_check CHECK (
        settlement_account_scheme = 'BBAN:' || market
    ),
    ADD CONSTRAINT sales_units_settlement_account_id_check CHECK (settlement_account_id ~ '^[0-9]{9,34}$'),
    ADD CONSTRAINT sales_units_settlement_account_state_check CHECK (
        settlement_account_state IN ('VERIFIED', 'UNVERIFIED', 'REJECTED')
    ),
    ADD CONSTRAINT sales_units_settlement_account_decide_at_check CHECK (
        settlement_account_decide_at IS NULL OR settlement_account_state IS NOT DISTINCT FROM 'UNVERIFIED'
    ),
    -- In Denmark and Finland payouts are daily.
    ADD CONSTRAINT sales_units_settlement_frequency_check CHECK (
        settlement_frequency = 'DAILY' OR (market = 'NO' AND settlement_frequency IN ('WEEKLY', 'MONTHLY'))
    ),
    ADD CONSTRAINT sales_units_settlement_type_check CHECK (settlement_type IN ('NET', 'GROSS')),
    ADD CONSTRAINT sales_units_merchant_category_code_check CHECK (merchant_category_code ~ '^[0-9]{4}$'),
    ADD CONSTRAINT sales_units_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners (partner_id),
    ADD CONSTRAINT sales_units_location_check CHECK (octet_length(location::text) <= 4096),
    ADD CONSTRAINT sales_units_keys_state_check CHECK (keys_state IN ('none', 'wanted', 'issued')),
    -- Another merchant's orders are none of a caller's business, so they stand in nobody's way.
    ADD CONSTRAINT sales_units_order_id_key UNIQUE (merchant_id, environment, order_id);

UPDATE sales_units SET available_at = created_at, search_name = lower(name);
ALTER TABLE sales_units ALTER COLUMN available_at SET NOT NULL, ALTER COLUMN search_name SET NOT NULL;

-- Four features more.
ALTER TABLE sales_units
    DROP CONSTRAINT sales_units_features_check,
    ADD CONSTRAINT sales_units_features_check CHECK (
        features = array_remove(
            ARRAY[
                CASE WHEN 'PUSH_MESSAGE' = ANY (features) THEN 'PUSH_MESSAGE' END,
                CASE WHEN 'LONG_LIVING' = ANY (features) THEN 'LONG_LIVING' END,
                CASE WHEN 'EXPRESS' = ANY (features) THEN 'EXPRESS' END,
                CASE WHEN 'NIN_SCOPE' = ANY (features) THEN 'NIN_SCOPE' END,
                CASE WHEN 'LATE_CAPTURE' = ANY (features) THEN 'LATE_CAPTURE' END,
                CASE WHEN 'RECURRING' = ANY (features) THEN 'RECURRING' END,
                CASE WHEN 'PAYMENT_LINKS' = ANY (features) THEN 'PAYMENT_LINKS' END,
                CASE WHEN 'LANDING_PAGE_PHONE_LOCKED' = ANY (features) THEN 'LANDING_PAGE_PHONE_LOCKED' END,
                CASE WHEN 'CREDIT_CARD' = ANY (features) THEN 'CREDIT_CARD' END
            ],
            NULL
        )
    );

-- Lists the units of a partner page by page.
CREATE INDEX sales_units_partner_id_idx ON sales_units (partner_id, msn) WHERE partner_id IS NOT NULL;

-- Whose settlement account a number is.
CREATE INDEX sales_units_settlement_account_idx ON sales_units (settlement_account_id, settlement_account_scheme)
    WHERE settlement_account_id IS NOT NULL;

-- What is due next, and which keys are to be asked for.
CREATE INDEX sales_units_available_at_idx ON sales_units (available_at) WHERE NOT available;
CREATE INDEX sales_units_settlement_account_decide_at_idx ON sales_units (settlement_account_decide_at)
    WHERE settlement_account_decide_at IS NOT NULL;
CREATE INDEX sales_units_keys_wanted_idx ON sales_units (msn) WHERE keys_state = 'wanted';

-- A table of its own, so that reading a unit does not read its logo.
CREATE TABLE sales_unit_logos (
    msn text COLLATE "C" NOT NULL,
    png bytea NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT sales_unit_logos_pkey PRIMARY KEY (msn),
    CONSTRAINT sales_unit_logos_msn_fkey FOREIGN KEY (msn) REFERENCES sales_units (msn),
    CONSTRAINT sales_unit_logos_png_check CHECK (octet_length(png) BETWEEN 1 AND 1048576)
);

-- Where to look for the next merchant serial number. Numbers that the operator has taken are passed over.
CREATE TABLE msn_counter (
    environment text NOT NULL,
    next bigint NOT NULL,
    CONSTRAINT msn_counter_pkey PRIMARY KEY (environment),
    CONSTRAINT msn_counter_environment_check CHECK (environment IN ('PRODUCTION', 'TEST')),
    -- An MSN has at most ten digits.
    CONSTRAINT msn_counter_next_check CHECK (next BETWEEN 1000 AND 10000000000)
);

INSERT INTO msn_counter (environment, next) VALUES ('PRODUCTION', 100000), ('TEST', 900000);
