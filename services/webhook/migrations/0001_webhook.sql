-- Who is told of what happens to payments, and what became of it. Only the service `webhook` reads these tables.
-- Instants of tries and schedules are business time, those of senders the wall clock's; all are written by the service.

-- Registrations. One that its owner ends is removed; one that ends because nobody answers stays, as a notice.
CREATE TABLE registrations (
    webhook_id uuid NOT NULL,
    -- The sales unit; empty for every unit that is linked to the partner.
    msn text COLLATE "C" NOT NULL,
    -- Whose keys made it, where those were not the unit's own.
    partner_id uuid,
    url text NOT NULL,
    -- Event types in alphabetical order.
    events text[] NOT NULL,
    -- What signs its deliveries, sealed under a key that is not in the database.
    sealed_secret bytea NOT NULL,
    -- Whether it is signed by the convention of Standard Webhooks too.
    standard_webhooks boolean NOT NULL,
    registered_at timestamptz NOT NULL,
    -- The first of the tries that failed since one succeeded.
    silent_since timestamptz,
    -- When it ended by itself.
    ended_at timestamptz,
    CONSTRAINT registrations_pkey PRIMARY KEY (webhook_id, msn),
    CONSTRAINT registrations_url_check CHECK (octet_length(url) BETWEEN 1 AND 2500),
    CONSTRAINT registrations_events_check CHECK (cardinality(events) BETWEEN 1 AND 50),
    CONSTRAINT registrations_owner_check CHECK (msn <> '' OR partner_id IS NOT NULL),
    CONSTRAINT registrations_ended_check CHECK (ended_at IS NULL OR silent_since IS NOT NULL)
);

CREATE INDEX registrations_of_unit ON registrations (msn, registered_at) WHERE msn <> '';
CREATE INDEX registrations_of_partner ON registrations (partner_id, registered_at) WHERE msn = '';
-- Whether any partner has asked.
CREATE INDEX registrations_of_partners ON registrations (partner_id) WHERE partner_id IS NOT NULL AND ended_at IS NULL;
CREATE INDEX registrations_silent ON registrations (silent_since) WHERE silent_since IS NOT NULL AND ended_at IS NULL;
CREATE INDEX registrations_ended ON registrations (ended_at) WHERE ended_at IS NOT NULL;

-- A row to lock while an owner's registrations are counted.
CREATE TABLE owners (
    msn text COLLATE "C" NOT NULL,
    -- The partner's UUID; empty for the unit itself.
    partner text COLLATE "C" NOT NULL,
    CONSTRAINT owners_pkey PRIMARY KEY (msn, partner)
);

-- Processes that deliver. What one has claimed is free again when its row is gone.
CREATE TABLE senders (
    sender_id uuid NOT NULL,
    -- By the wall clock.
    alive_until timestamptz NOT NULL,
    CONSTRAINT senders_pkey PRIMARY KEY (sender_id)
) WITH (fillfactor = 10);

-- What merchants' servers are to be told. Deliveries of one endpoint and payment go out in the order of their number, each
-- when the one before has been dealt with; different payments do not wait for each other.
CREATE TABLE deliveries (
    msn text COLLATE "C" NOT NULL,
    -- The registration, or for eCom's calls an id that stands for the unit's own server.
    endpoint_id uuid NOT NULL,
    -- The payment; of what has none, an id of its own.
    reference text COLLATE "C" NOT NULL,
    -- 1, 2, 3 … per endpoint and payment, in the order of the log
    number integer NOT NULL,
    -- Version 7, in the order in which they were made.
    delivery_id uuid NOT NULL,
    partner_id uuid,
    -- 1 webhook, 2 eCom callback, 3 removal of a consent, 4 ping
    kind smallint NOT NULL,
    url text NOT NULL,
    -- Empty for eCom's calls.
    event_type text NOT NULL,
    event_id uuid NOT NULL,
    -- What is sent; forgotten after some days. Before the first try of what shares a payer's data, it lacks that.
    body text,
    -- Whether the payer's data have to be fetched before the first try.
    incomplete boolean NOT NULL,
    -- What eCom's calls carry as `Authorization`, sealed.
    sealed_token bytea,
    occurred_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    -- 1 pending, 2 delivered, 3 given up, 4 cancelled
    state smallint NOT NULL,
    -- When trying began: when it was made, or sent again.
    began_at timestamptz NOT NULL,
    -- How many tries failed since then.
    failures integer NOT NULL,
    -- How many there were at all.
    attempts integer NOT NULL,
    next_at timestamptz NOT NULL,
    -- Who is trying now.
    sender_id uuid,
    CONSTRAINT deliveries_pkey PRIMARY KEY (msn, endpoint_id, reference, number),
    CONSTRAINT deliveries_sender_fkey FOREIGN KEY (sender_id) REFERENCES senders ON DELETE SET NULL,
    CONSTRAINT deliveries_kind_check CHECK (kind BETWEEN 1 AND 4),
    CONSTRAINT deliveries_state_check CHECK (state BETWEEN 1 AND 4),
    CONSTRAINT deliveries_body_check CHECK (body IS NOT NULL OR state <> 1),
    CONSTRAINT deliveries_sender_check CHECK (sender_id IS NULL OR state = 1)
) WITH (fillfactor = 85);

-- One by its id, and a unit's newest.
CREATE UNIQUE INDEX deliveries_id ON deliveries (msn, delivery_id);
-- What an endpoint is to be told next.
CREATE INDEX deliveries_due ON deliveries (endpoint_id, next_at, delivery_id) WHERE state = 1 AND sender_id IS NULL;
-- What a process has claimed; also how the foreign key finds it.
CREATE INDEX deliveries_claimed ON deliveries (sender_id) WHERE sender_id IS NOT NULL;
-- What is old enough to be forgotten, and of what has ended, what was sent.
CREATE INDEX deliveries_old ON deliveries (created_at);
CREATE INDEX deliveries_old_bodies ON deliveries (created_at) WHERE body IS NOT NULL AND state <> 1;

-- Every try.
CREATE TABLE attempts (
    msn text COLLATE "C" NOT NULL,
    delivery_id uuid NOT NULL,
    -- 1, 2, 3 … per delivery
    number integer NOT NULL,
    at timestamptz NOT NULL,
    took_us bigint NOT NULL,
    -- As kvitt.webhook.v1.AttemptOutcome numbers them.
    outcome smallint NOT NULL,
    address text,
    tls boolean NOT NULL,
    status smallint,
    -- The first 2 KiB of what was answered.
    answer bytea,
    error text,
    next_at timestamptz,
    CONSTRAINT attempts_pkey PRIMARY KEY (msn, delivery_id, number),
    CONSTRAINT attempts_answer_check CHECK (octet_length(answer) <= 2048)
);
CREATE INDEX attempts_old ON attempts (at);

-- eCom payments, which have callbacks instead of webhooks. Kept as long as something may happen to them.
CREATE TABLE ecom_payments (
    msn text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    -- Where the callback goes.
    url text NOT NULL,
    -- What it carries as `Authorization`, sealed; absent when the merchant gave nothing.
    sealed_token bytea,
    express boolean NOT NULL,
    direct_capture boolean NOT NULL,
    -- Why the payer's last try failed.
    declined text,
    created_at timestamptz NOT NULL,
    CONSTRAINT ecom_payments_pkey PRIMARY KEY (msn, reference)
);
CREATE INDEX ecom_payments_old ON ecom_payments (created_at);

-- Where a unit hears that a payer took a consent back: what its last eCom payment said.
CREATE TABLE consent_removals (
    msn text COLLATE "C" NOT NULL,
    prefix text NOT NULL,
    sealed_token bytea,
    CONSTRAINT consent_removals_pkey PRIMARY KEY (msn)
);

-- How far each part of payment's log has been dealt with. Advanced from the old value in the transaction of the effect,
-- so an event has its effect once. A part holds many sales units, so this table carries no msn.
CREATE TABLE feed_cursors (
    part integer NOT NULL,
    -- Opaque; empty before the first event.
    cursor text NOT NULL,
    CONSTRAINT feed_cursors_pkey PRIMARY KEY (part)
);
