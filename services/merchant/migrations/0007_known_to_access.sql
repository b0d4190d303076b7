-- Access learns whose a unit is with its keys. A VM number has none, so access is told of it: `keys_state` is then what access
-- has been told, `wanted` until it has answered.

ALTER TABLE sales_units
    DROP CONSTRAINT sales_units_vm_number_check,
    -- Nobody is there to capture what a VM number takes, and it has no API.
    ADD CONSTRAINT sales_units_vm_number_check CHECK (
        product_type <> 'VM_NUMBER' OR (capture_type = 'DIRECT_CAPTURE' AND keys_client_id IS NULL)
    ),
    DROP CONSTRAINT sales_units_keys_client_id_check,
    ADD CONSTRAINT sales_units_keys_client_id_check CHECK (
        keys_state <> 'issued' OR keys_client_id IS NOT NULL OR product_type = 'VM_NUMBER'
    );

UPDATE sales_units SET keys_state = 'wanted' WHERE product_type = 'VM_NUMBER';
