//! Checkout v3 (contract-payments section 10, contract-merchant section 20): sessions, on top of ePayment. Its callers show
//! their keys with every call, and its error bodies are its own.

pub(crate) mod auth;
pub(crate) mod create;
pub(crate) mod expire;
pub(crate) mod get;
pub(crate) mod json;
pub(crate) mod problem;
pub(crate) mod update;

use kvitt_checkout_json::{Incomplete, SessionJson};
use kvitt_proto::{checkout::v1::Session, error::v1::Reason, refusal};
use tonic::Status;

/// What the service answered, in upstream's words.
fn session(session: Option<Session>) -> Result<SessionJson, Status> {
    SessionJson::try_new(session.unwrap_or_default()).map_err(|Incomplete { field }| {
        refusal::status(Reason::Internal, format!("a session without {field}"))
    })
}
