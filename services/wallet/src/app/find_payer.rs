//! Finds a payer by phone number.

use kvitt_primitives::PhoneNumber;

use super::Payers;
use crate::{
    domain::payer::{Payer, Who},
    error::Error,
};

/// The payer with this phone number. The national identity number is not part of the answer.
pub(crate) async fn find_payer(payers: &Payers, phone_number: PhoneNumber) -> Result<Payer, Error> {
    let wallet = payers.find(Who::Phone(phone_number)).await?.ok_or(Error::PayerNotFound)?;
    Ok(wallet.payer.clone())
}
