-- Keys of every kind, whose they are, and what accounting clients were granted. Only keyed hashes prove a secret; beside
-- them stand the secrets of sales units, sealed, because their owners are shown them again.

-- The sales units that this service knows, and whose they are: filled when keys are issued for a unit, read to decide
-- what a user may do there. A unit never changes its merchant.
CREATE TABLE sales_units (
    msn text COLLATE "C" NOT NULL,
    merchant_id uuid NOT NULL,
    CONSTRAINT sales_units_pkey PRIMARY KEY (msn),
    -- For what belongs to both a unit and its merchant.
    CONSTRAINT sales_units_merchant_id_key UNIQUE (merchant_id, msn),
    CONSTRAINT sales_units_msn_check CHECK (msn ~ '^[0-9]{4,10}$')
);

ALTER TABLE api_clients
    -- What the keys are for. All that were issued before there were kinds are a sales unit's.
    ADD COLUMN kind text NOT NULL DEFAULT 'SALES_UNIT',
    -- The owner: of a sales unit's keys, and of a merchant's management keys. Absent for a sales unit's keys that are
    -- older than owners; creating the same credentials again, with their owner, completes them.
    ADD COLUMN merchant_id uuid,
    -- The owner of a partner's keys, and of a partner's management keys.
    ADD COLUMN partner_id uuid,
    -- What people call the owner of accounting and PSP keys.
    ADD COLUMN owner_name text,
    -- The secrets that are shown again, each sealed under a data key of its own, which stands before it wrapped under the
    -- key-encryption key. Absent where the secret is older than this column, and once the set was revoked.
    ADD COLUMN sealed_client_secret bytea,
    ADD COLUMN sealed_primary_key bytea,
    ADD COLUMN sealed_secondary_key bytea,
    ALTER COLUMN msn DROP NOT NULL,
    ADD CONSTRAINT api_clients_kind_check
        CHECK (kind IN ('SALES_UNIT', 'PARTNER', 'MANAGEMENT', 'ACCOUNTING', 'PSP')),
    -- What the owner is depends on the kind alone.
    ADD CONSTRAINT api_clients_owner_check CHECK (
        CASE kind
            WHEN 'SALES_UNIT' THEN msn IS NOT NULL AND partner_id IS NULL AND owner_name IS NULL
            WHEN 'PARTNER' THEN
                partner_id IS NOT NULL AND msn IS NULL AND merchant_id IS NULL AND owner_name IS NULL
            WHEN 'MANAGEMENT' THEN
                num_nonnulls(merchant_id, partner_id) = 1 AND msn IS NULL AND owner_name IS NULL
            ELSE owner_name IS NOT NULL AND msn IS NULL AND merchant_id IS NULL AND partner_id IS NULL
        END
    ),
    ADD CONSTRAINT api_clients_owner_name_check CHECK (char_length(owner_name) BETWEEN 1 AND 100),
    -- Secrets of other kinds are told once and not kept.
    ADD CONSTRAINT api_clients_sealed_check CHECK (
        kind = 'SALES_UNIT'
        OR num_nonnulls(sealed_client_secret, sealed_primary_key, sealed_secondary_key) = 0
    ),
    -- A set's owner is the unit's. Not asked of sets that are older than owners.
    ADD CONSTRAINT api_clients_unit_fkey FOREIGN KEY (msn, merchant_id) REFERENCES sales_units (msn, merchant_id),
    -- For what is only for clients of one kind.
    ADD CONSTRAINT api_clients_kind_key UNIQUE (client_id, kind);

-- Whoever adds a client says what it is.
ALTER TABLE api_clients ALTER COLUMN kind DROP DEFAULT;

-- A sales unit has one active set of keys. Sets that are older than owners were not held to this.
CREATE UNIQUE INDEX api_clients_active_unit_key ON api_clients (msn)
    WHERE kind = 'SALES_UNIT' AND active AND merchant_id IS NOT NULL;

-- A unit's sets, and a partner's.
CREATE INDEX api_clients_msn_idx ON api_clients (msn) WHERE msn IS NOT NULL;
CREATE INDEX api_clients_partner_id_idx ON api_clients (partner_id) WHERE partner_id IS NOT NULL;

-- Which accounting clients may read the reports of which units. A row is the grant; taking it back deletes it.
CREATE TABLE accounting_grants (
    client_id uuid NOT NULL,
    -- Always the same: with it the foreign key takes only accounting clients.
    kind text NOT NULL,
    msn text COLLATE "C" NOT NULL,
    -- Business time.
    granted_at timestamptz NOT NULL,
    CONSTRAINT accounting_grants_pkey PRIMARY KEY (client_id, msn),
    CONSTRAINT accounting_grants_kind_check CHECK (kind = 'ACCOUNTING'),
    CONSTRAINT accounting_grants_client_id_fkey
        FOREIGN KEY (client_id, kind) REFERENCES api_clients (client_id, kind),
    CONSTRAINT accounting_grants_msn_fkey FOREIGN KEY (msn) REFERENCES sales_units (msn)
);

-- Who may read a unit's reports.
CREATE INDEX accounting_grants_msn_idx ON accounting_grants (msn);
