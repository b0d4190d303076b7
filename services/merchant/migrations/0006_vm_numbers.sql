-- VM numbers (Vippsnummer, MobilePay number): people pay them from their app (contract-merchant section 11).

ALTER TABLE sales_units
    DROP CONSTRAINT sales_units_product_type_check,
    ADD CONSTRAINT sales_units_product_type_check CHECK (
        product_type IN ('PAYMENT_INTEGRATION', 'CASHIER', 'CHECKOUT', 'LOGIN', 'DONATIONS', 'VM_NUMBER')
    ),
    -- Nobody is there to capture what a VM number takes, and it has no API, and so no keys.
    ADD CONSTRAINT sales_units_vm_number_check CHECK (
        product_type <> 'VM_NUMBER' OR (capture_type = 'DIRECT_CAPTURE' AND keys_state = 'none')
    );

ALTER TABLE price_packages
    DROP CONSTRAINT price_packages_product_type_check,
    ADD CONSTRAINT price_packages_product_type_check CHECK (
        product_type IN ('PAYMENT_INTEGRATION', 'CASHIER', 'CHECKOUT', 'LOGIN', 'DONATIONS', 'VM_NUMBER')
    );
