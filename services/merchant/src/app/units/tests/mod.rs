mod accounts;
mod changes;
mod lists;
mod opening;
mod test_units;
mod who;

use kvitt_proto::{error::v1::Reason, refusal};
use tonic::Status;

use crate::app::Error;

/// Why something was refused.
fn reason<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Reason {
    refusal::reason_of(&outcome.unwrap_err().into()).unwrap()
}

/// Everything of a refusal that a caller sees.
fn bytes<T: std::fmt::Debug>(outcome: Result<T, Error>) -> (tonic::Code, String, Vec<u8>) {
    let status = Status::from(outcome.unwrap_err());
    (status.code(), status.message().to_owned(), status.details().to_vec())
}
