//! Whether a merchant knows that a payer is there.

use kvitt_primitives::Msn;
use kvitt_proto::{
    error::v1::Reason,
    refusal::reason_of,
    webhook::v1::{DeliveryState, GetCheckInRequest},
};
use uuid::Uuid;

use super::{App, Error, in_own_name};

/// How a check-in stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The merchant is being told.
    Waiting,
    /// The merchant knows.
    Reached,
    /// No try to tell the merchant has succeeded so far.
    Unreached,
}

/// How it stands.
pub(crate) async fn get_check_in(app: &App, msn: &Msn, check_in_id: Uuid) -> Result<Standing, Error> {
    let request = GetCheckInRequest { msn: msn.to_string(), check_in_id: check_in_id.to_string() };
    let mut client = app.callbacks.clone();
    let answer = in_own_name(async { client.get_check_in(request).await }).await;
    let delivery = answer.map_err(|status| match reason_of(&status) {
        Some(Reason::NotFound) => Error::CheckInNotFound,
        _ => Error::Peer(status),
    })?;
    let delivery = delivery.into_inner();
    match (delivery.state(), delivery.attempt_count) {
        (DeliveryState::Delivered, _) => Ok(Standing::Reached),
        (DeliveryState::Pending, 0) => Ok(Standing::Waiting),
        (DeliveryState::Pending | DeliveryState::GivenUp | DeliveryState::Cancelled, _) => {
            Ok(Standing::Unreached)
        }
        (DeliveryState::Unspecified, _) => Err(Error::PeerAnswer("the state of a delivery")),
    }
}
