//! What the payer's side needs to know before it answers.

use kvitt_primitives::{Msn, Reference};

use super::{App, Error, token};
use crate::domain::{Payment, Refusal, Terms, UserFlow};

/// A payment with what it was created with, and its landing page.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) payment: Payment,
    pub(crate) terms: Terms,
    /// Nowhere for a push message.
    pub(crate) landing_url: Option<String>,
}

/// By its name.
pub(crate) async fn of_reference(app: &App, msn: &Msn, reference: &Reference) -> Result<Found, Error> {
    let (payment, terms) = *app.reads.find(msn, reference).await?.ok_or_else(unknown)?;
    Ok(Found { landing_url: app.links.landing_page(&terms), payment, terms })
}

/// By the token of its redirect URL. Who holds a push message's was never given it.
pub(crate) async fn of_token(app: &App, given: &str) -> Result<Found, Error> {
    let (msn, payment) = token::read(given).ok_or_else(unknown)?;
    let mut connection = app.pool.acquire().await?;
    let found = crate::store::payments::find_by_id(&mut connection, &msn, payment).await?;
    let is_given = |(_, terms): &(Payment, Terms)| {
        terms.request.user_flow != UserFlow::PushMessage && token::is_same(&terms.redirect_token, given)
    };
    let (payment, terms) = found.filter(is_given).ok_or_else(unknown)?;
    Ok(Found { landing_url: app.links.landing_page(&terms), payment, terms })
}

fn unknown() -> Error {
    Error::Refused(Refusal::ReferenceNotFound)
}
