-- The client secrets of partners and PSPs are kept too, sealed: with them is signed what is sent to their servers. They are
-- shown to nobody again. Those that are older are not there until they are made anew.
ALTER TABLE api_clients
    DROP CONSTRAINT api_clients_sealed_check,
    -- The other secrets of other kinds than sales units' are told once and not kept.
    ADD CONSTRAINT api_clients_sealed_check CHECK (
        CASE kind
            WHEN 'SALES_UNIT' THEN TRUE
            WHEN 'PARTNER' THEN num_nonnulls(sealed_primary_key, sealed_secondary_key) = 0
            WHEN 'PSP' THEN num_nonnulls(sealed_primary_key, sealed_secondary_key) = 0
            ELSE num_nonnulls(sealed_client_secret, sealed_primary_key, sealed_secondary_key) = 0
        END
    );
