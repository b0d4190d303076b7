//! A payer's no.

use std::sync::Arc;

use kvitt_primitives::{Msn, Reference};

use super::{App, Error, without_row};
use crate::{
    domain::{Command, Payment},
    engine::Answer,
    store::Record,
};

/// The payment as a change left it.
#[derive(Debug)]
pub(crate) enum Rejected {
    Now(Arc<Record>),
    Before(Box<Payment>),
}

/// Ends the payment as ABORTED; rejecting twice is harmless.
pub(crate) async fn reject(app: &App, msn: &Msn, reference: &Reference) -> Result<Rejected, Error> {
    match app.submit(msn, reference, Command::Reject, None).await {
        Answer::Done(record) => Ok(Rejected::Now(record)),
        Answer::Nothing(payment) => Ok(Rejected::Before(payment)),
        other => Err(without_row(other)),
    }
}
