-- What sales units earned, what it cost them, and what was paid out. Only the service `settlement` reads these tables.
-- Instants are business time, written by the service. Amounts are minor units.

-- The ledger of a sales unit: where its streams stand. Opened by the first thing that is posted.
CREATE TABLE ledgers (
    msn text COLLATE "C" NOT NULL,
    -- NO, DK or FI: it decides the zone, the banks' holidays and the currency.
    market char(2) NOT NULL,
    currency char(3) NOT NULL,
    -- Whether the unit is a VM number, whose payers may be named.
    vm_number boolean NOT NULL,
    -- The first date that anything may be posted on.
    opened_on date NOT NULL,
    -- The last closed date; the day before `opened_on` until one is. Everything up to it is final.
    closed_through date NOT NULL,
    -- When the first open date is over. Kept beside `closed_through` so that what is due is found by an index.
    closes_at timestamptz NOT NULL,
    -- The number of the last transfer; transfers are numbered from 1 without holes.
    last_number bigint NOT NULL DEFAULT 0,
    -- How many entries each stream has, and its balance. A negative balance of funds is what the merchant owes.
    funds_seq bigint NOT NULL DEFAULT 0,
    funds_balance_minor bigint NOT NULL DEFAULT 0,
    fees_seq bigint NOT NULL DEFAULT 0,
    fees_balance_minor bigint NOT NULL DEFAULT 0,
    -- Made ready and not executed.
    payouts_balance_minor bigint NOT NULL DEFAULT 0,
    next_payout_number bigint NOT NULL DEFAULT 2000001,
    -- The last date that a payout covers; the day before `opened_on` until there is one.
    paid_through date NOT NULL,
    CONSTRAINT ledgers_pkey PRIMARY KEY (msn),
    CONSTRAINT ledgers_market_check CHECK (market IN ('NO', 'DK', 'FI')),
    CONSTRAINT ledgers_dates_check CHECK (paid_through <= closed_through AND closed_through >= opened_on - 1),
    CONSTRAINT ledgers_payouts_check CHECK (payouts_balance_minor >= 0 AND next_payout_number >= 2000001)
);
CREATE INDEX ledgers_closing ON ledgers (closes_at, msn);

-- Everything that ever moved: one row is one transfer from one account of the ledger to another, and so balanced. Rows are
-- only added. What belongs together (a capture and its fee; the end of a date) has consecutive numbers.
CREATE TABLE transfers (
    msn text COLLATE "C" NOT NULL,
    -- From 1 without holes; the entry's number beside the UUID of its event.
    number bigint NOT NULL,
    -- As `EntryType` in kvitt.settlement.v1; 100 is the execution of a payout, which is shown in no stream.
    entry_type smallint NOT NULL,
    -- The two sides. 1 funds, 2 fees, 3 payouts: the merchant's. 4 acquirer, 5 income (fees earned), 6 receivable (invoiced
    -- fees), 7 bank, 8 adjustments (what is made by hand): the platform's.
    debit smallint NOT NULL,
    credit smallint NOT NULL,
    amount_minor bigint NOT NULL,
    -- Of the account funds, where it is one of the sides: its place in the stream, and the balance after it.
    funds_seq bigint,
    funds_after_minor bigint,
    -- The same of the account fees.
    fees_seq bigint,
    fees_after_minor bigint,
    psp_reference text COLLATE "C" NOT NULL,
    -- The merchant's; of a payout its text; may be empty.
    reference text NOT NULL,
    occurred_at timestamptz NOT NULL,
    ledger_date date NOT NULL,
    -- What caused it, once for each type: the payment's event, or a hash of the operator's key.
    source uuid NOT NULL,
    CONSTRAINT transfers_pkey PRIMARY KEY (msn, number),
    CONSTRAINT transfers_once UNIQUE (msn, source, entry_type),
    CONSTRAINT transfers_amount_check CHECK (amount_minor > 0),
    CONSTRAINT transfers_sides_check CHECK (
        debit <> credit AND debit BETWEEN 1 AND 8 AND credit BETWEEN 1 AND 8
        AND (funds_seq IS NOT NULL) = (debit = 1 OR credit = 1) AND (funds_seq IS NULL) = (funds_after_minor IS NULL)
        AND (fees_seq IS NOT NULL) = (debit = 2 OR credit = 2) AND (fees_seq IS NULL) = (fees_after_minor IS NULL)
    ),
    CONSTRAINT transfers_ledger_fkey FOREIGN KEY (msn) REFERENCES ledgers (msn)
);
-- The streams, each dense; and each closed date of them.
CREATE UNIQUE INDEX transfers_funds ON transfers (msn, funds_seq) WHERE funds_seq IS NOT NULL;
CREATE UNIQUE INDEX transfers_fees ON transfers (msn, fees_seq) WHERE fees_seq IS NOT NULL;
CREATE INDEX transfers_of_date ON transfers (msn, ledger_date, number);
-- Disputes look for what was captured under a reference.
CREATE INDEX transfers_of_reference ON transfers (msn, reference, number) WHERE reference <> '';

-- The personal columns, apart from the ledger: who paid a VM number.
CREATE TABLE payers (
    msn text COLLATE "C" NOT NULL,
    reference text NOT NULL,
    name text NOT NULL,
    -- Masked before it is stored.
    masked_phone_no text NOT NULL,
    message text NOT NULL,
    CONSTRAINT payers_pkey PRIMARY KEY (msn, reference)
);

-- What units have agreed to, from a date on; the last one that has begun holds.
CREATE TABLE agreements (
    msn text COLLATE "C" NOT NULL,
    effective_from date NOT NULL,
    -- Empty: the unit's product.
    product text NOT NULL,
    percentage numeric(7, 4) NOT NULL,
    fixed_minor bigint NOT NULL,
    minimum_minor bigint NOT NULL,
    reserve_minor bigint NOT NULL,
    payout_delay_days integer NOT NULL,
    cut_off_minutes integer NOT NULL,
    CONSTRAINT agreements_pkey PRIMARY KEY (msn, effective_from),
    CONSTRAINT agreements_check CHECK (
        percentage BETWEEN 0 AND 100 AND fixed_minor BETWEEN 0 AND 1000000 AND minimum_minor BETWEEN 0 AND 1000000
        AND reserve_minor BETWEEN 0 AND 100000000000 AND payout_delay_days BETWEEN 0 AND 30
        AND cut_off_minutes BETWEEN 0 AND 720
    )
);

-- Payouts. What a report says at its head is kept as it was when the payout was made, so that a report stays as it is.
CREATE TABLE payouts (
    msn text COLLATE "C" NOT NULL,
    payout_number bigint NOT NULL,
    from_date date NOT NULL,
    to_date date NOT NULL,
    amount_minor bigint NOT NULL,
    currency char(3) NOT NULL,
    -- What the bank statement says.
    reference text NOT NULL,
    account_scheme text NOT NULL,
    account_id text NOT NULL,
    value_date date NOT NULL,
    scheduled_at timestamptz NOT NULL,
    -- 1 scheduled, 2 executed, 3 aborted
    state smallint NOT NULL,
    ended_at timestamptz,
    failure text NOT NULL DEFAULT '',
    -- When the bank is asked next; absent once it has answered.
    ask_at timestamptz,
    -- The unit and its merchant at that time.
    sales_unit_name text NOT NULL,
    product text NOT NULL,
    gross boolean NOT NULL,
    organization_name text NOT NULL,
    organization_number text NOT NULL,
    address text NOT NULL,
    post_code text NOT NULL,
    city text NOT NULL,
    -- Two letters.
    country_code text NOT NULL,
    CONSTRAINT payouts_pkey PRIMARY KEY (msn, payout_number),
    CONSTRAINT payouts_amount_check CHECK (amount_minor > 0),
    CONSTRAINT payouts_dates_check CHECK (from_date <= to_date),
    CONSTRAINT payouts_state_check CHECK (
        state IN (1, 2, 3) AND (state = 1) = (ended_at IS NULL) AND (state = 1) = (ask_at IS NOT NULL)
    ),
    CONSTRAINT payouts_ledger_fkey FOREIGN KEY (msn) REFERENCES ledgers (msn)
);
-- A ledger date is in one payout at most.
CREATE UNIQUE INDEX payouts_of_dates ON payouts (msn, to_date);
CREATE INDEX payouts_due ON payouts (ask_at, msn, payout_number) WHERE ask_at IS NOT NULL;

-- The bank's own book of what it was asked for: another party, simulated. It knows a payout by its ledger's unit and number
-- and executes none twice.
CREATE TABLE bank_transfers (
    msn text COLLATE "C" NOT NULL,
    payout_number bigint NOT NULL,
    amount_minor bigint NOT NULL,
    currency char(3) NOT NULL,
    account_scheme text NOT NULL,
    account_id text NOT NULL,
    reference text NOT NULL,
    asked_at timestamptz NOT NULL,
    executed boolean NOT NULL,
    -- Why not; empty otherwise.
    failure text NOT NULL,
    CONSTRAINT bank_transfers_pkey PRIMARY KEY (msn, payout_number)
);

-- How far each part of payment's log has been dealt with. Advanced from the old value in the transaction of the effect,
-- so an event has its effect once. A part holds many sales units, so this table carries no msn.
CREATE TABLE feed_cursors (
    part integer NOT NULL,
    -- Opaque; empty before the first event.
    cursor text NOT NULL,
    -- The plain position that the cursor stands for, so that the audit can ask payment for the same stretch.
    position bigint NOT NULL DEFAULT 0,
    CONSTRAINT feed_cursors_pkey PRIMARY KEY (part)
);
