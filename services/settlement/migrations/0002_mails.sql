-- Who is sent reports, and what was sent. Only the service `settlement` reads these tables.

CREATE TABLE subscriptions (
    msn text COLLATE "C" NOT NULL,
    subscription_id uuid NOT NULL,
    -- 1 daily, 2 weekly, 3 monthly
    report_interval smallint NOT NULL,
    emails text[] NOT NULL,
    -- As `ReportFormat` and `Language` in kvitt.settlement.v1.
    format smallint NOT NULL,
    language smallint NOT NULL,
    -- The last ledger date that it has been dealt with for.
    reported_through date NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT subscriptions_pkey PRIMARY KEY (msn, subscription_id),
    CONSTRAINT subscriptions_check CHECK (
        report_interval IN (1, 2, 3) AND cardinality(emails) BETWEEN 1 AND 20 AND format BETWEEN 1 AND 8
        AND language BETWEEN 1 AND 5
    )
);

CREATE TABLE mails (
    msn text COLLATE "C" NOT NULL,
    mail_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    emails text[] NOT NULL,
    -- Those of them that have it; they are not sent it again when another has to wait.
    taken text[] NOT NULL DEFAULT '{}',
    format smallint NOT NULL,
    language smallint NOT NULL,
    from_date date NOT NULL,
    to_date date NOT NULL,
    subject text NOT NULL,
    made_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    failure text NOT NULL DEFAULT '',
    -- When it is tried next; absent once it is sent or given up.
    try_at timestamptz,
    sent_at timestamptz,
    -- Only in the sandbox: the outbox.
    message bytea,
    CONSTRAINT mails_pkey PRIMARY KEY (msn, mail_id),
    -- One for each period, whatever stops in between.
    CONSTRAINT mails_once UNIQUE (msn, subscription_id, to_date)
);
CREATE INDEX mails_of_unit ON mails (msn, made_at, mail_id);
CREATE INDEX mails_due ON mails (try_at, msn, mail_id) WHERE try_at IS NOT NULL;
CREATE INDEX mails_old ON mails (made_at);
