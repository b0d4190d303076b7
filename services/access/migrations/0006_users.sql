-- Users of the portal: who they are, what they may do for which merchant, how they sign in. Only the service `access`
-- reads these tables.
--
-- National ids, phone numbers and e-mail addresses are sealed under the key-encryption key of the configuration
-- (`*_sealed`), and found by a keyed hash (`*_index`), so that a copy of the tables tells neither. A person's name stands
-- in the clear: the portal searches for parts of it.

-- Natural persons with a login.
CREATE TABLE users (
    user_id uuid NOT NULL,
    -- ISO country code of the national id. With everything below it NULL once the user has been forgotten: the row stays
    -- under an id that leads to nobody, so that whoever remembers what the user might do hears of the change.
    country text,
    -- Full name as the register has it.
    name text,
    national_id_sealed bytea,
    national_id_index bytea,
    phone_sealed bytea,
    phone_index bytea,
    -- What the user signs in with beside the password; in lower case.
    email_sealed bytea,
    email_index bytea,
    -- Argon2id, in PHC form.
    password_hash text,
    -- First login, in business time; NULL while the user has never signed in.
    activated_at timestamptz,
    -- Whether they came by themselves, before any merchant had added them. Then no merchant ends that by removing them.
    signed_up boolean NOT NULL DEFAULT FALSE,
    -- Business time.
    created_at timestamptz NOT NULL,
    -- The revision of the last change of what the user may do (see 0003_revision.sql).
    changed_revision bigint NOT NULL DEFAULT 0,
    CONSTRAINT users_pkey PRIMARY KEY (user_id),
    CONSTRAINT users_national_id_key UNIQUE (country, national_id_index),
    CONSTRAINT users_email_key UNIQUE (country, email_index),
    CONSTRAINT users_country_check CHECK (country IN ('NO', 'DK', 'FI', 'SE')),
    CONSTRAINT users_name_check CHECK (char_length(name) BETWEEN 1 AND 100),
    CONSTRAINT users_national_id_index_check CHECK (octet_length(national_id_index) = 32),
    CONSTRAINT users_phone_index_check CHECK (octet_length(phone_index) = 32),
    CONSTRAINT users_email_index_check CHECK (octet_length(email_index) = 32),
    CONSTRAINT users_person_check
        CHECK (num_nonnulls(country, name, national_id_sealed, national_id_index) IN (0, 4)),
    CONSTRAINT users_phone_check CHECK (num_nonnulls(phone_sealed, phone_index) IN (0, 2)),
    CONSTRAINT users_password_check CHECK (num_nonnulls(email_sealed, email_index, password_hash) IN (0, 3)),
    CONSTRAINT users_forgotten_check
        CHECK (name IS NOT NULL OR num_nonnulls(phone_sealed, email_sealed, activated_at) = 0)
);

-- Who changed after a revision.
CREATE INDEX users_changed_revision_idx ON users (changed_revision);

-- The parts that users have in merchants.
CREATE TABLE memberships (
    merchant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL,
    -- The user's name in lower case, for order and search. Byte order, so that pages are the same whatever the locale.
    name_key text COLLATE "C" NOT NULL,
    CONSTRAINT memberships_pkey PRIMARY KEY (merchant_id, user_id),
    CONSTRAINT memberships_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (user_id),
    CONSTRAINT memberships_role_check CHECK (role IN ('ADMINISTRATOR', 'SALES_UNIT_MANAGER', 'ASSISTANT'))
);

-- Lists the users of a merchant page by page, and is read from end to end for parts of names: it holds all that takes.
CREATE INDEX memberships_name_idx ON memberships (merchant_id, name_key, user_id) INCLUDE (role);

-- Every part that one user has.
CREATE INDEX memberships_user_id_idx ON memberships (user_id, merchant_id);

-- The Administrators of a merchant, of whom one must stay.
CREATE INDEX memberships_administrator_idx ON memberships (merchant_id) WHERE role = 'ADMINISTRATOR';

-- The sales units that a Sales Unit Manager or an Assistant was given, with the grants there. An Administrator has
-- none: they have every unit.
CREATE TABLE membership_units (
    user_id uuid NOT NULL,
    merchant_id uuid NOT NULL,
    -- Merchant serial number. Byte order: lists are ascending by it.
    msn text COLLATE "C" NOT NULL,
    transaction_management boolean NOT NULL,
    developer boolean NOT NULL,
    CONSTRAINT membership_units_pkey PRIMARY KEY (user_id, msn),
    CONSTRAINT membership_units_membership_fkey FOREIGN KEY (merchant_id, user_id)
        REFERENCES memberships (merchant_id, user_id) ON DELETE CASCADE,
    CONSTRAINT membership_units_msn_check CHECK (msn ~ '^[0-9]{4,10}$')
);

-- The units of one part.
CREATE INDEX membership_units_membership_idx ON membership_units (merchant_id, user_id);

-- Attempts at signing in with an identity provider. Instants are wall-clock time. Rows go when they have expired.
CREATE TABLE logins (
    login_id uuid NOT NULL,
    -- Of the person who will sign in; whoever is of another country cannot end this login.
    country text NOT NULL,
    method text NOT NULL,
    expires_at timestamptz NOT NULL,
    -- A login ends once.
    ended boolean NOT NULL,
    CONSTRAINT logins_pkey PRIMARY KEY (login_id),
    CONSTRAINT logins_country_check CHECK (country IN ('NO', 'DK', 'FI', 'SE')),
    CONSTRAINT logins_method_check CHECK (method IN ('BANKID', 'MITID', 'FTN'))
);

-- Finds what has expired.
CREATE INDEX logins_expires_at_idx ON logins (expires_at);

-- Living sessions. Instants are wall-clock time. Rows go when they have ended or expired.
CREATE TABLE sessions (
    -- Keyed hash of the session's secret.
    secret_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    -- The last token; a session that asks for none ends too.
    last_used_at timestamptz NOT NULL,
    -- Ends here at the latest.
    expires_at timestamptz NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (secret_hash),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (user_id),
    CONSTRAINT sessions_secret_hash_check CHECK (octet_length(secret_hash) = 32),
    CONSTRAINT sessions_last_used_at_check CHECK (last_used_at >= created_at),
    CONSTRAINT sessions_expires_at_check CHECK (expires_at > created_at)
);

-- The sessions of a user, oldest first.
CREATE INDEX sessions_user_id_idx ON sessions (user_id, created_at);

-- Find what has expired, and what has been idle for too long.
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);
CREATE INDEX sessions_last_used_at_idx ON sessions (last_used_at);

-- The simulated national registers: the people there are, whether or not they have ever been users. It stands for
-- something outside of the platform, so nobody who is forgotten here is forgotten there. Sandbox only.
CREATE TABLE persons (
    person_id uuid NOT NULL,
    country text NOT NULL,
    national_id_index bytea NOT NULL,
    national_id_sealed bytea NOT NULL,
    phone_index bytea,
    phone_sealed bytea,
    name text NOT NULL,
    CONSTRAINT persons_pkey PRIMARY KEY (person_id),
    CONSTRAINT persons_national_id_key UNIQUE (country, national_id_index),
    -- A person is found by phone number too, so it is one person's.
    CONSTRAINT persons_phone_key UNIQUE (country, phone_index),
    CONSTRAINT persons_country_check CHECK (country IN ('NO', 'DK', 'FI', 'SE')),
    CONSTRAINT persons_national_id_index_check CHECK (octet_length(national_id_index) = 32),
    CONSTRAINT persons_phone_index_check CHECK (octet_length(phone_index) = 32),
    CONSTRAINT persons_phone_check CHECK (num_nonnulls(phone_sealed, phone_index) IN (0, 2)),
    CONSTRAINT persons_name_check CHECK (char_length(name) BETWEEN 1 AND 100)
);

-- Payers that merchants made for tests.
CREATE TABLE test_users (
    -- Chosen by whoever asks for it, so that a repetition is recognised; equals the payer's id.
    test_user_id uuid NOT NULL,
    merchant_id uuid NOT NULL,
    country text NOT NULL,
    national_id_sealed bytea NOT NULL,
    phone_sealed bytea NOT NULL,
    -- Of nobody: made up with the numbers.
    name text NOT NULL,
    -- Business time.
    created_at timestamptz NOT NULL,
    -- `requested` until the wallet has the payer, then `ready`.
    state text NOT NULL,
    CONSTRAINT test_users_pkey PRIMARY KEY (test_user_id),
    CONSTRAINT test_users_country_check CHECK (country IN ('NO', 'DK', 'FI')),
    CONSTRAINT test_users_name_check CHECK (char_length(name) BETWEEN 1 AND 100),
    CONSTRAINT test_users_state_check CHECK (state IN ('requested', 'ready'))
);

-- The test users of a merchant, oldest first.
CREATE INDEX test_users_merchant_id_idx ON test_users (merchant_id, created_at, test_user_id);

-- Those that the wallet does not have yet.
CREATE INDEX test_users_requested_idx ON test_users (created_at) WHERE state = 'requested';
