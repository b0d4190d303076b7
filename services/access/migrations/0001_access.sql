-- API credentials, and the keys that sign access tokens. Only the service `access` reads these tables.
-- No secret stands here in the clear: credentials are keyed hashes (HMAC-SHA-256, the key is in the
-- configuration), private keys are sealed under a key-encryption key that is in the configuration too.

-- The API client of a sales unit.
CREATE TABLE api_clients (
    -- Upstream's `client_id`.
    client_id uuid NOT NULL,
    -- Keyed hash of the client's secret, bound to the client.
    secret_hash bytea NOT NULL,
    -- The sales unit it acts for.
    msn text NOT NULL,
    -- A deactivated client gets no token and covers nothing.
    active boolean NOT NULL,
    -- Business time.
    created_at timestamptz NOT NULL,
    CONSTRAINT api_clients_pkey PRIMARY KEY (client_id),
    CONSTRAINT api_clients_secret_hash_check CHECK (octet_length(secret_hash) = 32),
    CONSTRAINT api_clients_msn_check CHECK (msn ~ '^[0-9]{4,10}$')
);

-- The two subscription keys of a client; either is accepted at any time.
CREATE TABLE subscription_keys (
    -- Keyed hash of the key. One key belongs to one client, for ever.
    key_hash bytea NOT NULL,
    client_id uuid NOT NULL,
    slot text NOT NULL,
    CONSTRAINT subscription_keys_pkey PRIMARY KEY (key_hash),
    CONSTRAINT subscription_keys_slot_key UNIQUE (client_id, slot),
    CONSTRAINT subscription_keys_client_id_fkey FOREIGN KEY (client_id) REFERENCES api_clients (client_id),
    CONSTRAINT subscription_keys_key_hash_check CHECK (octet_length(key_hash) = 32),
    CONSTRAINT subscription_keys_slot_check CHECK (slot IN ('primary', 'secondary'))
);

-- Ed25519 keys that sign access tokens. The newest active one signs; a row goes when no living token can carry it.
-- Instants are wall-clock time, as the tokens' are.
CREATE TABLE signing_keys (
    -- Counts the keys up. Two instances that make the same successor meet here, and one gives way.
    generation bigint NOT NULL,
    -- Names the key in a token's header; nothing can be read from it.
    kid text NOT NULL,
    public_key bytea NOT NULL,
    -- A random key of this row alone, sealed under the key-encryption key (nonce, then ciphertext and tag).
    wrapped_data_key bytea NOT NULL,
    -- The private key, sealed under the row's data key (nonce, then ciphertext and tag).
    sealed_private_key bytea NOT NULL,
    created_at timestamptz NOT NULL,
    -- Signs from here, so that every verifier has heard of it by then.
    activates_at timestamptz NOT NULL,
    CONSTRAINT signing_keys_pkey PRIMARY KEY (generation),
    CONSTRAINT signing_keys_kid_key UNIQUE (kid),
    CONSTRAINT signing_keys_generation_check CHECK (generation > 0),
    CONSTRAINT signing_keys_public_key_check CHECK (octet_length(public_key) = 32),
    CONSTRAINT signing_keys_wrapped_data_key_check CHECK (octet_length(wrapped_data_key) = 60),
    CONSTRAINT signing_keys_sealed_private_key_check CHECK (octet_length(sealed_private_key) = 60),
    CONSTRAINT signing_keys_activates_at_check CHECK (activates_at >= created_at)
);
