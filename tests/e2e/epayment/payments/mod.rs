//! `/epayment/v1/payments`, and `/epayment/v1/test/payments` for the approval by force.

mod approve;
mod cancel;
mod capture;
mod card;
mod create;
mod customers;
mod events;
mod express;
mod get;
mod internal;
mod passthrough;
mod qr;
mod refund;
mod sharing;
