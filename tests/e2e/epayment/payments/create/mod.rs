//! `POST /epayment/v1/payments`.

mod flows;
mod idempotency;
mod minimal;
mod permissions;
