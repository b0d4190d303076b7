//! Read a payment.

use kvitt_primitives::{Msn, Reference};

use super::{App, Error};
use crate::{
    domain::{Payment, Refusal, State, Terms},
    store,
};

/// A payment with what it was created with, and where its payer can still be sent.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) payment: Payment,
    pub(crate) terms: Terms,
    pub(crate) redirect_url: Option<String>,
}

/// The payment as it stands.
pub(crate) async fn get(app: &App, msn: &Msn, reference: &Reference) -> Result<Read, Error> {
    let mut connection = app.pool.acquire().await?;
    let (payment, terms) = store::payments::find_with_terms(&mut connection, msn, reference)
        .await?
        .ok_or(Error::Refused(Refusal::ReferenceNotFound))?;
    let redirect_url = if payment.state == State::Created { app.links.redirect_url(&terms) } else { None };
    Ok(Read { payment, terms, redirect_url })
}
