//! Upstream's QR API v1 (contract-payments section 8), an operation a file: what is printed, shown at a till, and scanned
//! from a payer's phone. Each call is one rpc of `kvitt.qr.v1.QrService`, a list as many as it has pages.
//!
//! Every success is 200. How a picture should be is asked for in headers by one half of the API and in the query by the
//! other (`image.rs`); callbacks want their sales unit named (`auth.rs`); error bodies are of two kinds (`problem.rs`).

pub(crate) mod auth;
mod call;
pub(crate) mod create_one_time;
pub(crate) mod create_redirect;
pub(crate) mod delete_callback;
pub(crate) mod delete_redirect;
pub(crate) mod exchange;
pub(crate) mod exchange_customer;
pub(crate) mod get_callback;
pub(crate) mod get_redirect;
mod image;
pub(crate) mod import_beacon;
pub(crate) mod json;
pub(crate) mod list_callbacks;
pub(crate) mod list_redirects;
pub(crate) mod problem;
pub(crate) mod put_callback;
pub(crate) mod update_redirect;
