-- People who pay, and their cards. A payer belongs to no sales unit and neither does the money in a payer's pocket, so
-- these two tables carry no msn. Everything that happens on behalf of a sales unit is in 0002_acquirer.sql and does.

CREATE TABLE payers (
    payer_id     uuid        NOT NULL,
    phone_number text        NOT NULL,
    name         text        NOT NULL,
    -- Never logged, never sent to merchants.
    national_id  text        NOT NULL,
    birth_date   date        NOT NULL,
    created_at   timestamptz NOT NULL,
    CONSTRAINT payers_pkey PRIMARY KEY (payer_id),
    CONSTRAINT payers_phone_number_key UNIQUE (phone_number)
);

-- The money of a card is in three places: free, held by reservations, spent by captures. It moves between them and
-- their sum never changes after the card was opened.
CREATE TABLE cards (
    card_id       uuid     NOT NULL,
    payer_id      uuid     NOT NULL,
    -- The order in which a payer's cards are tried, from 0.
    position      smallint NOT NULL,
    scheme        text     NOT NULL,
    bin           text     NOT NULL,
    last_four     text     NOT NULL,
    -- First day of the last month of validity.
    expires_month date     NOT NULL,
    currency      text     NOT NULL,
    opened_minor  bigint   NOT NULL,
    balance_minor bigint   NOT NULL,
    held_minor    bigint   NOT NULL,
    spent_minor   bigint   NOT NULL,
    -- Raised by each write: the fence against another writer between read and write.
    version       bigint   NOT NULL,
    CONSTRAINT cards_pkey PRIMARY KEY (card_id),
    CONSTRAINT cards_payer_fkey FOREIGN KEY (payer_id) REFERENCES payers (payer_id),
    CONSTRAINT cards_position_key UNIQUE (payer_id, position),
    CONSTRAINT cards_scheme_known
        CHECK (scheme IN ('VISA', 'ELECTRON', 'MASTERCARD', 'BANKAXEPT', 'DANKORT')),
    CONSTRAINT cards_bin_form CHECK (bin ~ '^[0-9]{6}$'),
    CONSTRAINT cards_last_four_form CHECK (last_four ~ '^[0-9]{4}$'),
    CONSTRAINT cards_balance_not_negative CHECK (balance_minor >= 0),
    CONSTRAINT cards_held_not_negative CHECK (held_minor >= 0),
    CONSTRAINT cards_spent_not_negative CHECK (spent_minor >= 0),
    CONSTRAINT cards_money_conserved CHECK (balance_minor + held_minor + spent_minor = opened_minor)
) WITH (fillfactor = 70);
