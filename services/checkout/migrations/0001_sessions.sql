-- Sessions of Checkout. Every key begins with msn, as those of the payments behind them do.

CREATE TABLE sessions (
    msn text COLLATE "C" NOT NULL,
    -- The merchant's, of the payment too; taken for ever.
    reference text COLLATE "C" NOT NULL,
    -- The platform's own name of it.
    session_id uuid NOT NULL,
    -- Opens the page: whoever has it acts as the payer. NULL once the session is forgotten.
    token text COLLATE "C",
    -- The merchant's name of the request that opened it, and SHA-256 of that request; NULL where the merchant sent none.
    idempotency_key text COLLATE "C",
    request_hash bytea NOT NULL,
    state text NOT NULL,
    -- What the merchant said and what the payer said, in the form of the domain's types. Both hold personal data, and the
    -- first the merchant's token; NULL once the session is forgotten.
    terms jsonb,
    payer jsonb,
    -- How often a payment was begun; names each attempt.
    starts integer NOT NULL,
    -- All instants are of business time.
    created_at timestamptz NOT NULL,
    -- An open session is over from here on, whether or not the row says so yet.
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    -- When the payment is looked at next, and how often it was; only while it waits for its payer.
    look_at timestamptz,
    looks integer NOT NULL,
    -- When the merchant is told of the end next, and how often that was tried. Whoever tries moves the instant ahead
    -- first, so that another instance leaves it alone; a crash leaves it to be tried again.
    callback text NOT NULL,
    callback_at timestamptz,
    callback_attempts integer NOT NULL,
    -- From when on everything personal is erased, and when it was.
    forget_at timestamptz,
    forgotten_at timestamptz,
    CONSTRAINT sessions_pkey PRIMARY KEY (msn, reference),
    CONSTRAINT sessions_idempotency_key_key UNIQUE (msn, idempotency_key),
    CONSTRAINT sessions_token_key UNIQUE (msn, token),
    CONSTRAINT sessions_state_known
        CHECK (state IN ('created', 'initiated', 'expired', 'successful', 'terminated')),
    CONSTRAINT sessions_callback_known CHECK (callback IN ('none', 'due', 'delivered', 'given_up')),
    CONSTRAINT sessions_request_hash_form CHECK (octet_length(request_hash) = 32),
    CONSTRAINT sessions_none_negative CHECK (starts >= 0 AND looks >= 0 AND callback_attempts >= 0),
    CONSTRAINT sessions_expires_later CHECK (expires_at > created_at),
    -- What has ended is told to the merchant, and forgotten one day.
    CONSTRAINT sessions_end CHECK (
        CASE WHEN state IN ('created', 'initiated')
            THEN ended_at IS NULL AND forget_at IS NULL AND forgotten_at IS NULL AND callback = 'none'
            ELSE ended_at IS NOT NULL AND forget_at IS NOT NULL AND callback <> 'none'
        END
    ),
    CONSTRAINT sessions_look CHECK ((look_at IS NOT NULL) = (state = 'initiated')),
    CONSTRAINT sessions_callback_due CHECK ((callback_at IS NOT NULL) = (callback = 'due')),
    CONSTRAINT sessions_forgotten
        CHECK (num_nulls(token, terms, payer) = CASE WHEN forgotten_at IS NULL THEN 0 ELSE 3 END),
    -- What cannot be told any more is not due.
    CONSTRAINT sessions_forgotten_told CHECK (forgotten_at IS NULL OR callback <> 'due'),
    -- Limits of the texts in them keep them far below this.
    CONSTRAINT sessions_size
        CHECK (octet_length(terms::text) <= 1048576 AND octet_length(payer::text) <= 1048576)
);

-- What falls due, each by when.
CREATE INDEX sessions_expiry ON sessions (expires_at, msn, reference) WHERE state = 'created';
CREATE INDEX sessions_look_at ON sessions (look_at, msn, reference) WHERE state = 'initiated';
CREATE INDEX sessions_callback_at ON sessions (callback_at, msn, reference) WHERE callback = 'due';
CREATE INDEX sessions_forget_at ON sessions (forget_at, msn, reference) WHERE forgotten_at IS NULL;
