-- Payers as persons: whether they may pay, where they live, whom they share it with, how they are recognised. What is
-- between a payer and a sales unit carries the msn in its keys, and then no foreign key leads back to the payer: payers
-- belong to no sales unit and are never deleted, only marked.

ALTER TABLE payers
    -- Empty when there is none. Never logged.
    ADD COLUMN email               text    NOT NULL DEFAULT '',
    ADD COLUMN status              text    NOT NULL DEFAULT 'ACTIVE',
    -- Has not proved who they are.
    ADD COLUMN unidentified        boolean NOT NULL DEFAULT false,
    -- The most for one payment, in minor units of the payment's currency; 0 is no limit.
    ADD COLUMN payment_limit_minor bigint  NOT NULL DEFAULT 0,
    -- Requests wait in the inbox without a push to the phone.
    ADD COLUMN push_off            boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT payers_status_known CHECK (status IN ('ACTIVE', 'BLOCKED', 'DELETED')),
    ADD CONSTRAINT payers_payment_limit_not_negative CHECK (payment_limit_minor >= 0),
    DROP CONSTRAINT payers_phone_number_key;

-- The number of a payer who has left is free for another.
CREATE UNIQUE INDEX payers_phone_number_key ON payers (phone_number) WHERE status <> 'DELETED';

-- Services find those who have left too, to say why nothing can be paid.
CREATE INDEX payers_phone_number ON payers (phone_number);

ALTER TABLE cards
    -- A company's, which some payments refuse.
    ADD COLUMN commercial boolean NOT NULL DEFAULT false;

-- Where payers live. Never logged.
CREATE TABLE addresses (
    payer_id   uuid     NOT NULL,
    address_id uuid     NOT NULL,
    -- The order in which they are shown, from 0; the first is where the payer lives.
    position   smallint NOT NULL,
    kind       text     NOT NULL,
    line_1     text     NOT NULL,
    -- Empty when there is no more.
    line_2     text     NOT NULL,
    post_code  text     NOT NULL,
    city       text     NOT NULL,
    country    text     NOT NULL,
    CONSTRAINT addresses_pkey PRIMARY KEY (payer_id, address_id),
    CONSTRAINT addresses_payer_fkey FOREIGN KEY (payer_id) REFERENCES payers (payer_id),
    CONSTRAINT addresses_position_key UNIQUE (payer_id, position),
    CONSTRAINT addresses_kind_known CHECK (kind IN ('HOME', 'WORK', 'OTHER')),
    CONSTRAINT addresses_country_form CHECK (country ~ '^[A-Z]{2}$')
);

-- By which name a sales unit knows a payer, for ever: no other unit knows them by it, and a payer who takes a consent
-- back and gives another is met under the same name.
CREATE TABLE subs (
    msn      text NOT NULL,
    payer_id uuid NOT NULL,
    sub      uuid NOT NULL,
    CONSTRAINT subs_pkey PRIMARY KEY (msn, payer_id),
    CONSTRAINT subs_sub_key UNIQUE (msn, sub)
);

-- What a payer agreed to share with a sales unit when they said yes to one of its payments. One row for each payer who
-- tried to pay it.
CREATE TABLE consents (
    msn                text        NOT NULL,
    reference          text        NOT NULL,
    payer_id           uuid        NOT NULL,
    -- Upstream's `sid`.
    consent_id         uuid        NOT NULL,
    -- The attempt that gave it: the same attempt sent again gives nothing new, another one begins anew.
    attempt            text        NOT NULL,
    -- In upstream's words.
    scopes             text[]      NOT NULL,
    -- Readable for 168 hours from then, by the business clock.
    given_at           timestamptz NOT NULL,
    -- When the payer took it back.
    revoked_at         timestamptz,
    -- Where the goods go, of an Express payment; forgotten when it is no longer readable. Never logged.
    shipping_line_1    text,
    shipping_line_2    text,
    shipping_post_code text,
    shipping_city      text,
    shipping_country   text,
    CONSTRAINT consents_pkey PRIMARY KEY (msn, payer_id, reference),
    CONSTRAINT consents_scopes_known
        CHECK (scopes <@ ARRAY['name', 'address', 'email', 'phoneNumber', 'birthDate', 'nin']),
    CONSTRAINT consents_shipping_whole CHECK (
        num_nonnulls(shipping_line_1, shipping_line_2, shipping_post_code, shipping_city, shipping_country) IN (0, 5)
    ),
    CONSTRAINT consents_nothing_kept_when_revoked CHECK (revoked_at IS NULL OR shipping_line_1 IS NULL)
);

-- With whom a payer shares.
CREATE INDEX consents_payer ON consents (payer_id, msn, reference);

-- Which addresses are to be forgotten next.
CREATE INDEX consents_shipping ON consents (given_at) WHERE shipping_line_1 IS NOT NULL;

-- Tokens by which a merchant can name a payer once. A token that somebody holds is not stored, only its SHA-256. Until it
-- is used it belongs to no sales unit, so the key carries no msn.
CREATE TABLE customer_tokens (
    token_hash     bytea       NOT NULL,
    payer_id       uuid        NOT NULL,
    expires_at     timestamptz NOT NULL,
    -- The payment that used it up; the only one that may name it again.
    used_msn       text,
    used_reference text,
    CONSTRAINT customer_tokens_pkey PRIMARY KEY (token_hash),
    CONSTRAINT customer_tokens_payer_fkey FOREIGN KEY (payer_id) REFERENCES payers (payer_id),
    CONSTRAINT customer_tokens_hash_form CHECK (octet_length(token_hash) = 32),
    CONSTRAINT customer_tokens_used_by_one CHECK ((used_msn IS NULL) = (used_reference IS NULL))
);

-- Which are to be forgotten next.
CREATE INDEX customer_tokens_expiry ON customer_tokens (expires_at);

-- Tokens in payers' own codes of version 2.0, which anybody may scan until they are too old.
CREATE TABLE personal_codes (
    token_hash bytea       NOT NULL,
    payer_id   uuid        NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT personal_codes_pkey PRIMARY KEY (token_hash),
    CONSTRAINT personal_codes_payer_fkey FOREIGN KEY (payer_id) REFERENCES payers (payer_id),
    CONSTRAINT personal_codes_hash_form CHECK (octet_length(token_hash) = 32)
);

-- Which are to be forgotten next.
CREATE INDEX personal_codes_expiry ON personal_codes (expires_at);

ALTER TABLE payment_requests
    -- Whether the payer's phone was told.
    ADD COLUMN pushed boolean NOT NULL DEFAULT true;
