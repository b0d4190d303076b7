//! `/epayment/v1/payments`, and `/epayment/v1/test/payments` for the approval by force.

mod approve;
mod cancel;
mod capture;
mod create;
mod events;
mod get;
mod refund;
