-- Payments to a VM number are a person's, and are known by their name (contract-merchant section 11).

-- Absent for all other payments, which show no person. The name is empty where the merchant asked for the money.
ALTER TABLE transactions
    ADD COLUMN payer_name text,
    ADD COLUMN message text,
    ADD CONSTRAINT transactions_vm_number_check CHECK ((payer_name IS NULL) = (message IS NULL));
