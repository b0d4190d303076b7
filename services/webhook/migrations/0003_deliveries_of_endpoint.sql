-- A registration's deliveries in the order in which they were made: to list them, and to make them again. A partner's
-- registration for all its units has deliveries of many.
CREATE INDEX deliveries_of_endpoint ON deliveries (endpoint_id, delivery_id, msn);
