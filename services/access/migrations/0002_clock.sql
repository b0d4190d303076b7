-- How far business time is ahead of the wall clock: the one thing that has to outlive a restart of a sandbox whose
-- time was moved. Nothing moves it in production, where it stays 0.
CREATE TABLE business_clock (
    -- There is one row.
    only_row boolean NOT NULL,
    -- Microseconds; it never goes down. Stored before anything can see the time it makes, so that time does not go
    -- back when the service is restarted.
    offset_us bigint NOT NULL,
    CONSTRAINT business_clock_pkey PRIMARY KEY (only_row),
    CONSTRAINT business_clock_only_row_check CHECK (only_row),
    CONSTRAINT business_clock_offset_us_check CHECK (offset_us >= 0)
);

INSERT INTO business_clock (only_row, offset_us) VALUES (true, 0);
