-- What merchants tell payers about their orders. Only the service `ordermanagement` reads these tables.
-- An order is (msn, payment_type, order_id); no row says that it exists, since it may be told of before it is paid.
-- Every instant is business time, written by the service: SQL never asks for the time.

-- Pictures that categories show. Never changed and never removed.
CREATE TABLE images (
    -- Merchant serial number.
    msn text NOT NULL,
    -- The merchant's own name of it.
    image_id text NOT NULL,
    -- `image/png` or `image/jpeg`; what the file turned out to be.
    media_type text NOT NULL,
    -- The file, byte by byte as it was sent.
    data bytea NOT NULL,
    added_at timestamptz NOT NULL,
    CONSTRAINT images_pkey PRIMARY KEY (msn, image_id),
    CONSTRAINT images_image_id_check CHECK (image_id ~ '^[0-9A-Za-z_.-]{1,128}$'),
    CONSTRAINT images_media_type_check CHECK (media_type IN ('image/png', 'image/jpeg')),
    CONSTRAINT images_data_check CHECK (octet_length(data) BETWEEN 1 AND 2097152)
);

-- Pictures are compressed already; to compress them again only costs time.
ALTER TABLE images ALTER COLUMN data SET STORAGE EXTERNAL;

-- Links that orders have.
CREATE TABLE categories (
    msn text NOT NULL,
    -- Version 7: ids of one order rise, so that the last one given is the latest.
    category_id uuid NOT NULL,
    payment_type text NOT NULL,
    -- The merchant's own name of the order.
    order_id text NOT NULL,
    -- What the link leads to, upstream's `category` or `type`.
    category_type text NOT NULL,
    url text NOT NULL,
    image_id text,
    -- Whether it is the one that is replaced when the order's category is set. Others were added beside it.
    is_set boolean NOT NULL,
    given_at timestamptz NOT NULL,
    CONSTRAINT categories_pkey PRIMARY KEY (msn, category_id),
    CONSTRAINT categories_image_fkey FOREIGN KEY (msn, image_id) REFERENCES images (msn, image_id),
    CONSTRAINT categories_payment_type_check CHECK (payment_type IN ('ECOM', 'RECURRING')),
    CONSTRAINT categories_order_id_check CHECK (order_id ~ '^[0-9A-Za-z_.-]{1,64}$'),
    CONSTRAINT categories_category_type_check CHECK (
        category_type IN ('GENERAL', 'RECEIPT', 'ORDER_CONFIRMATION', 'DELIVERY', 'TICKET', 'BOOKING')
    ),
    CONSTRAINT categories_url_check CHECK (char_length(url) BETWEEN 1 AND 2048)
);

-- An order has one category that is set; it is also how a new one finds the one to replace.
CREATE UNIQUE INDEX categories_set_key ON categories (msn, payment_type, order_id) WHERE is_set;

-- The categories of an order, oldest first.
CREATE INDEX categories_order ON categories (msn, order_id, category_id);

-- Receipts of orders. Written once and never changed, whether the merchant sent it or the payment brought it.
CREATE TABLE receipts (
    msn text NOT NULL,
    payment_type text NOT NULL,
    order_id text NOT NULL,
    receipt_id uuid NOT NULL,
    -- MERCHANT when it was sent by itself, PAYMENT when it came with the payment.
    origin text NOT NULL,
    -- Lines and foot; read whole, and never searched.
    receipt jsonb NOT NULL,
    added_at timestamptz NOT NULL,
    CONSTRAINT receipts_pkey PRIMARY KEY (msn, payment_type, order_id),
    CONSTRAINT receipts_payment_type_check CHECK (payment_type IN ('ECOM', 'RECURRING')),
    CONSTRAINT receipts_order_id_check CHECK (order_id ~ '^[0-9A-Za-z_.-]{1,64}$'),
    CONSTRAINT receipts_origin_check CHECK (origin IN ('MERCHANT', 'PAYMENT'))
);

-- How far each part of payment's log has been dealt with. Advanced from the old value in the transaction of the effect,
-- so an event has its effect once. A part holds many sales units, so this table carries no msn.
CREATE TABLE feed_cursors (
    part integer NOT NULL,
    -- Opaque; empty before the first event.
    cursor text NOT NULL,
    CONSTRAINT feed_cursors_pkey PRIMARY KEY (part)
);
