//! A code for one payment: its own, which only has to be found by the URL to which its payer is sent.

use kvitt_primitives::Msn;
use kvitt_proto::{
    payment::v1::{PayerTerms, PaymentState},
    refusal::FieldViolation,
    time,
};
use url::Url;

use super::{App, Error};
use crate::domain::{Image, scanned::token};

/// The code of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OneTimeQr {
    /// Of its picture, or what it holds.
    pub(crate) url: String,
    pub(crate) expires_in_seconds: i64,
}

/// The code of the payment that the URL is of.
pub(crate) async fn create_one_time_qr(
    app: &App,
    msn: &Msn,
    url: &str,
    image: Image,
) -> Result<OneTimeQr, Error> {
    let token = Url::parse(url).ok().and_then(|url| token(&url)).ok_or_else(no_payment)?;
    let found = app.payments.find_by_token(&token).await?;
    let terms = found.filter(|terms| terms.msn == msn.as_str()).ok_or_else(no_payment)?;
    let expires_in_seconds = seconds_left(app, &terms)?;
    // Its picture is of no use to whoever has not asked for a code, so it has a place of its own.
    let file = format!("one-time/{}", terms.redirect_token);
    let url = app.links.shown(&file, &terms.landing_url, image);
    Ok(OneTimeQr { url, expires_in_seconds })
}

/// How long the payment waits yet.
pub(super) fn seconds_left(app: &App, terms: &PayerTerms) -> Result<i64, Error> {
    let expires_at = terms.expires_at.ok_or(Error::PeerAnswer("the end of a payment"))?;
    let expires_at = time::from_proto(expires_at, "expiresAt");
    let expires_at = expires_at.map_err(|_| Error::PeerAnswer("the end of a payment"))?;
    let now = app.clock.now();
    let waits = terms.state() == PaymentState::Created && expires_at > now && !terms.landing_url.is_empty();
    waits.then(|| (expires_at - now).num_seconds()).ok_or(Error::OrderTimeout)
}

/// A payment of another sales unit is like none at all.
fn no_payment() -> Error {
    let rule = "must be the URL of one of this sales unit's payments";
    Error::Fields(vec![FieldViolation::new("url", rule)])
}
