-- What merchants apply for and order, what they pay, and what has to be done once the back office has said yes.

-- What a merchant pays.
CREATE TABLE price_packages (
    -- Chosen by whoever registers it, so that a repeated registration is recognised.
    price_package_id uuid NOT NULL,
    name text NOT NULL,
    -- As people write the price, for example 2.99%.
    description text NOT NULL,
    visible_in_signup_form boolean NOT NULL,
    product_type text NOT NULL,
    market text NOT NULL,
    -- Part of each payment, in hundredths of a percent.
    commission_basis_points integer NOT NULL,
    -- The partner that may offer it; every partner may, without one.
    partner_id uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT price_packages_pkey PRIMARY KEY (price_package_id),
    CONSTRAINT price_packages_name_check CHECK (char_length(name) BETWEEN 1 AND 30),
    CONSTRAINT price_packages_description_check CHECK (char_length(description) BETWEEN 1 AND 6),
    CONSTRAINT price_packages_product_type_check CHECK (
        product_type IN ('PAYMENT_INTEGRATION', 'CASHIER', 'CHECKOUT', 'LOGIN', 'DONATIONS')
    ),
    CONSTRAINT price_packages_market_check CHECK (market IN ('NO', 'DK', 'FI')),
    CONSTRAINT price_packages_commission_basis_points_check CHECK (commission_basis_points BETWEEN 0 AND 10000),
    CONSTRAINT price_packages_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners (partner_id)
);

-- The packages that a partner may offer, by name.
CREATE INDEX price_packages_partner_id_idx ON price_packages (partner_id, name, price_package_id);

-- One application or order. PREFILL is made by a partner, seen and submitted by the merchant, and then decided; the
-- others are complete when they are made and wait for the decision as RECEIVED.
CREATE TABLE orders (
    -- Chosen by the caller, who repeats it; of prefilled orders by this service, since the id opens the form.
    order_id uuid NOT NULL,
    type text NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    -- Absent while the merchant is not registered, or has not submitted the prefilled order.
    merchant_id uuid,
    -- The company, by its register.
    market text NOT NULL,
    organization_number text NOT NULL,
    -- The partner that prefilled it.
    partner_id uuid,
    -- The user who applies for an agreement; becomes the merchant's Administrator.
    applicant_id uuid,
    -- What is ordered, in the form that `version` in it names (store/orders/subject.rs). No secret stands in it.
    subject jsonb NOT NULL,
    -- The logo of a product, which is too large for lists.
    logo_png bytea,
    -- The unit that a feature is asked for, and what is asked for: a feature or a way to capture.
    asked_msn text COLLATE "C",
    asked_for text,
    -- The partner's name of a prefilled order, and SHA-256 of what was asked for under it.
    idempotency_key text COLLATE "C",
    request_hash bytea,
    -- The unit that came of it.
    msn text COLLATE "C",
    -- Why it was rejected.
    reason text,
    created_at timestamptz NOT NULL,
    -- A prefilled order that was not submitted by then is EXPIRED, whether or not the row says so yet.
    expires_at timestamptz,
    -- From when on it waits for a decision; the automatic one counts from here.
    submitted_at timestamptz,
    decided_at timestamptz,
    -- Taken back by the partner: absent for everybody. The row stays for the idempotency key.
    deleted_at timestamptz,
    CONSTRAINT orders_pkey PRIMARY KEY (order_id),
    CONSTRAINT orders_idempotency_key_key UNIQUE (partner_id, idempotency_key),
    CONSTRAINT orders_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants (merchant_id),
    CONSTRAINT orders_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners (partner_id),
    CONSTRAINT orders_msn_fkey FOREIGN KEY (msn) REFERENCES sales_units (msn),
    CONSTRAINT orders_asked_msn_fkey FOREIGN KEY (asked_msn) REFERENCES sales_units (msn),
    CONSTRAINT orders_type_check CHECK (type IN ('PREFILL', 'TEMPLATE', 'MANUAL')),
    CONSTRAINT orders_kind_check CHECK (kind IN ('AGREEMENT', 'PRODUCT', 'FEATURE')),
    CONSTRAINT orders_status_check CHECK (
        status IN ('RECEIVED', 'COMPLETED', 'REJECTED')
        OR (type = 'PREFILL' AND status IN ('MERCHANT_VIEWED', 'ORDER_SUBMITTED', 'EXPIRED'))
    ),
    CONSTRAINT orders_market_check CHECK (market IN ('NO', 'DK', 'FI')),
    -- Only a partner prefills, only products, under a key and for a time.
    CONSTRAINT orders_prefill_check CHECK (
        num_nulls(partner_id, idempotency_key, request_hash, expires_at)
            = CASE type WHEN 'PREFILL' THEN 0 ELSE 4 END
        AND (type <> 'PREFILL' OR kind = 'PRODUCT')
    ),
    CONSTRAINT orders_request_hash_check CHECK (octet_length(request_hash) = 32),
    CONSTRAINT orders_logo_png_check CHECK (octet_length(logo_png) BETWEEN 1 AND 1048576),
    -- Texts have their limits; the longest subject, with every character escaped, is far below this.
    CONSTRAINT orders_subject_check CHECK (octet_length(subject::text) <= 65536),
    CONSTRAINT orders_asked_check CHECK (
        num_nulls(asked_msn, asked_for) = CASE kind WHEN 'FEATURE' THEN 0 ELSE 2 END
    ),
    -- Only applications for an agreement have an applicant, and only they do without a merchant.
    CONSTRAINT orders_applicant_id_check CHECK ((applicant_id IS NULL) = (kind <> 'AGREEMENT')),
    CONSTRAINT orders_merchant_id_check CHECK (
        merchant_id IS NOT NULL OR submitted_at IS NULL OR (kind = 'AGREEMENT' AND status <> 'COMPLETED')
    ),
    CONSTRAINT orders_submitted_at_check CHECK (
        (submitted_at IS NULL)
            = (type = 'PREFILL' AND status IN ('RECEIVED', 'MERCHANT_VIEWED', 'EXPIRED'))
    ),
    CONSTRAINT orders_decided_at_check CHECK (
        (decided_at IS NOT NULL) = (status IN ('COMPLETED', 'REJECTED'))
    ),
    CONSTRAINT orders_reason_check CHECK (
        (reason IS NOT NULL) = (status = 'REJECTED') AND char_length(reason) BETWEEN 1 AND 1000
    ),
    CONSTRAINT orders_msn_check CHECK ((msn IS NOT NULL) = (status = 'COMPLETED' AND kind <> 'AGREEMENT')),
    CONSTRAINT orders_deleted_at_check CHECK (deleted_at IS NULL OR submitted_at IS NULL)
);

-- The orders of a merchant, of a company, of a partner, and all of them, newest first.
CREATE INDEX orders_merchant_id_idx ON orders (merchant_id, created_at DESC, order_id DESC);
CREATE INDEX orders_company_idx ON orders (market, organization_number, created_at DESC, order_id DESC);
CREATE INDEX orders_partner_id_idx ON orders (partner_id, created_at DESC, order_id DESC)
    WHERE partner_id IS NOT NULL;
CREATE INDEX orders_created_at_idx ON orders (created_at DESC, order_id DESC);

-- What waits for a decision, and what expires, by when it is due.
CREATE INDEX orders_waiting_idx ON orders (submitted_at, order_id)
    WHERE submitted_at IS NOT NULL AND decided_at IS NULL;
CREATE INDEX orders_expires_at_idx ON orders (expires_at, order_id)
    WHERE status IN ('RECEIVED', 'MERCHANT_VIEWED') AND expires_at IS NOT NULL AND deleted_at IS NULL;

-- A feature is asked for once at a time.
CREATE UNIQUE INDEX orders_asked_once_idx ON orders (asked_msn, asked_for)
    WHERE kind = 'FEATURE' AND decided_at IS NULL;

-- How orders are decided.
CREATE TABLE order_settings (
    -- There is one row.
    only_row boolean NOT NULL,
    -- After how many seconds of business time the sandbox approves what was submitted; without a value only the
    -- operator decides.
    automatic_delay_seconds bigint,
    CONSTRAINT order_settings_pkey PRIMARY KEY (only_row),
    CONSTRAINT order_settings_only_row_check CHECK (only_row),
    CONSTRAINT order_settings_automatic_delay_seconds_check CHECK (automatic_delay_seconds BETWEEN 0 AND 2592000)
);

INSERT INTO order_settings (only_row, automatic_delay_seconds) VALUES (true, 120);

-- Administrators that `access` has to be told of: the applicants of approved agreements. A row is made in the
-- transaction of the approval, so that no merchant is left without anybody who can act for it.
CREATE TABLE administrators_wanted (
    merchant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    -- WANTED until access has answered: GRANTED, or GONE when there is no such user any more.
    state text NOT NULL,
    -- How often access was asked, and when it is asked next, in business time.
    attempts integer NOT NULL,
    retry_at timestamptz NOT NULL,
    CONSTRAINT administrators_wanted_pkey PRIMARY KEY (merchant_id),
    CONSTRAINT administrators_wanted_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants (merchant_id),
    CONSTRAINT administrators_wanted_state_check CHECK (state IN ('WANTED', 'GRANTED', 'GONE')),
    CONSTRAINT administrators_wanted_attempts_check CHECK (attempts >= 0)
);

CREATE INDEX administrators_wanted_retry_at_idx ON administrators_wanted (retry_at) WHERE state = 'WANTED';

ALTER TABLE sales_units
    -- The API client that is asked for. It is chosen before access is asked, so that asking again is a repetition.
    ADD COLUMN keys_client_id uuid,
    -- As for administrators. Without an instant keys are asked for as soon as the unit is there.
    ADD COLUMN keys_attempts integer NOT NULL DEFAULT 0,
    ADD COLUMN keys_retry_at timestamptz,
    ADD CONSTRAINT sales_units_keys_client_id_check CHECK (keys_state <> 'issued' OR keys_client_id IS NOT NULL);

DROP INDEX sales_units_keys_wanted_idx;
-- When keys are to be asked for next.
CREATE INDEX sales_units_keys_due_at_idx ON sales_units ((COALESCE(keys_retry_at, available_at)))
    WHERE keys_state = 'wanted';
