//! Who is named by a phone number, a token or a personal code. The wallet knows.

use kvitt_primitives::PhoneNumber;
use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{self as wire, customer::Identity},
    refusal::reason_of,
    wallet::v1::{ResolveCustomerRequest, ResolveCustomerResponse},
};
use tonic::Status;

use super::{App, Error};
use crate::domain::{Customer, KnownPayer, Request, SalesUnit, UserFlow};

/// Asks the wallet where the answer matters: who stands behind a token or a code, whom a push message goes to, and how
/// old they are. What it answers for the same payment again does not matter to a repeated request, which gets its first
/// answer from the log.
pub(super) async fn known_payer(app: &App, request: &Request, unit: &SalesUnit) -> Result<KnownPayer, Error> {
    let Some(identity) = identity(request, unit) else { return Ok(KnownPayer::NotAsked) };
    let asked = ResolveCustomerRequest {
        msn: request.msn.to_string(),
        reference: request.reference.to_string(),
        customer: Some(wire::Customer { identity: Some(identity) }),
    };
    match app.payers.clone().resolve_customer(asked).await {
        Ok(found) => known(&found.into_inner()),
        Err(status) => match reason_of(&status) {
            Some(Reason::InvalidCustomerToken) => Ok(KnownPayer::InvalidToken),
            Some(Reason::InvalidPersonalQr) => Ok(KnownPayer::InvalidPersonalQr),
            Some(Reason::InvalidPhoneNumber) => Ok(KnownPayer::InvalidPhoneNumber),
            Some(Reason::CustomerNotFound) => Ok(KnownPayer::Unknown),
            _ => Err(Error::Peer(status)),
        },
    }
}

/// Whom to ask for, if anybody.
fn identity(request: &Request, unit: &SalesUnit) -> Option<Identity> {
    match request.customer.as_ref()? {
        Customer::Token(token) => Some(Identity::CustomerToken(token.clone())),
        Customer::PersonalQr(code) => Some(Identity::PersonalQr(code.clone())),
        Customer::Phone(phone) => {
            let pushed = request.user_flow == UserFlow::PushMessage && unit.may_push();
            let phone: PhoneNumber = phone.parse().ok()?;
            (pushed || request.minimum_user_age.is_some_and(|age| age > 0))
                .then(|| Identity::PhoneNumber(phone.to_string()))
        }
    }
}

fn known(found: &ResolveCustomerResponse) -> Result<KnownPayer, Error> {
    let phone = found.phone_number.parse().ok();
    let born = found.birth_date.parse().ok();
    let (phone, born) = phone.zip(born).ok_or_else(|| {
        Error::Peer(Status::internal("wallet answered without a number or a date of birth"))
    })?;
    Ok(KnownPayer::Known { phone, born })
}
