-- How calls to the APIs went, as the edge counted them. Days and instants are business time but where it says otherwise.

-- Calls that went alike, a day at a time.
CREATE TABLE call_days (
    msn text COLLATE "C" NOT NULL,
    -- In UTC.
    day date NOT NULL,
    -- The first segment of the path.
    api text COLLATE "C" NOT NULL,
    status smallint NOT NULL,
    -- The upstream code of an error, or the reason's name where there is none; empty for a success.
    code text COLLATE "C" NOT NULL,
    calls bigint NOT NULL,
    -- The time that they took together.
    total_us bigint NOT NULL,
    slowest_us bigint NOT NULL,
    -- What the slowest one called: method and path template.
    slowest_operation text NOT NULL,
    CONSTRAINT call_days_pkey PRIMARY KEY (msn, day, api, status, code),
    CONSTRAINT call_days_status_check CHECK (status BETWEEN 100 AND 599),
    CONSTRAINT call_days_calls_check CHECK (calls > 0),
    CONSTRAINT call_days_slowest_check CHECK (slowest_us BETWEEN 0 AND total_us)
) WITH (fillfactor = 70);
CREATE INDEX call_days_old ON call_days (day);

-- Answers that were errors: some of them, with their bodies.
CREATE TABLE error_samples (
    msn text COLLATE "C" NOT NULL,
    -- Version 7, in the order in which they were reported.
    sample_id uuid NOT NULL,
    -- The day of `at`, in UTC.
    day date NOT NULL,
    api text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    operation text NOT NULL,
    status smallint NOT NULL,
    code text NOT NULL,
    -- The trace that the answer named.
    trace_id text NOT NULL,
    -- The first 2 KiB of the answer.
    body text NOT NULL,
    CONSTRAINT error_samples_pkey PRIMARY KEY (msn, sample_id),
    CONSTRAINT error_samples_status_check CHECK (status BETWEEN 400 AND 599),
    CONSTRAINT error_samples_body_check CHECK (octet_length(body) <= 2048)
);

-- A unit's newest, and those of one API and day, of which few are kept.
CREATE INDEX error_samples_of_unit ON error_samples (msn, at);
CREATE INDEX error_samples_of_day ON error_samples (msn, api, day, sample_id);
CREATE INDEX error_samples_old ON error_samples (at);

-- Reports of the edge that have been added up, so that one that is sent again is not added twice. A report tells of many
-- sales units, so this table carries no msn.
CREATE TABLE call_reports (
    report_id uuid NOT NULL,
    -- By the wall clock.
    recorded_at timestamptz NOT NULL,
    CONSTRAINT call_reports_pkey PRIMARY KEY (report_id)
);
CREATE INDEX call_reports_old ON call_reports (recorded_at);
