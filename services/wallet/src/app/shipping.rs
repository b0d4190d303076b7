//! Where the goods of an Express payment can go, how, and what the payer chooses of it.

use chrono::TimeDelta;
use kvitt_postgres::transaction;
use kvitt_primitives::{AddressId, PayerId};

use super::App;
use crate::{
    domain::{
        approval::{Refusal, Terms},
        attempt::Delivery,
        inbox::Key,
        person::PayerAddress,
        shipping::{Callback, Groups, Shipping, Source},
    },
    error::{Error, field},
    shops::{self, Question},
    store::{
        addresses, people,
        shipping_quotes::{self, For},
    },
};

/// For how long an offer stands at most; no longer than the payment.
const QUOTE_LIFE: TimeDelta = TimeDelta::minutes(10);

/// An Express payment and who is about to answer it.
#[derive(Clone, Copy)]
pub(super) struct Express<'a> {
    pub(super) key: &'a Key,
    pub(super) payer_id: PayerId,
    pub(super) terms: &'a Terms,
    pub(super) shipping: &'a Shipping,
}

/// One of the payer's addresses, and which it is.
struct Destination {
    address: PayerAddress,
    number: usize,
}

impl Express<'_> {
    fn to(&self, destination: &Destination) -> For<'_> {
        For { key: self.key, payer_id: self.payer_id, address_id: destination.address.address_id }
    }
}

impl App {
    /// The options for one of the payer's addresses, as they are now.
    pub(super) async fn offer(
        &self,
        express: Express<'_>,
        address_id: Option<AddressId>,
    ) -> Result<Groups, Error> {
        let destination = self.destination(express, address_id).await?;
        match &express.shipping.source {
            Source::Fixed(groups) => Ok(groups.clone()),
            Source::Dynamic(callback) => self.ask(express, callback, &destination).await,
        }
    }

    /// What the payer chooses. They were shown the newest offer, so it holds, and the merchant is asked only where there is
    /// none.
    pub(super) async fn choose_delivery(
        &self,
        express: Express<'_>,
        address_id: Option<AddressId>,
        option_id: Option<&str>,
    ) -> Result<Delivery, Error> {
        let destination = self.destination(express, address_id).await?;
        let groups = match &express.shipping.source {
            Source::Fixed(groups) => groups.clone(),
            Source::Dynamic(callback) => {
                let mut connection = self.pool.acquire().await?;
                let now = self.clock.now();
                let quote = shipping_quotes::find(&mut connection, express.to(&destination), now).await?;
                drop(connection);
                match quote {
                    Some(groups) => groups,
                    None => self.ask(express, callback, &destination).await?,
                }
            }
        };
        let chosen = groups.choose(option_id).cloned();
        let option = chosen
            .ok_or_else(|| field("shippingOptionId", "must be one of the payment's shipping options"))?;
        Ok(Delivery { option, address_id: destination.address.address_id })
    }

    /// The address asked for, or where the payer lives, if the goods may go there at all.
    async fn destination(
        &self,
        express: Express<'_>,
        asked: Option<AddressId>,
    ) -> Result<Destination, Error> {
        let mut connection = self.pool.acquire().await?;
        let known = addresses::of(&mut connection, express.payer_id).await?;
        drop(connection);
        let mut known = known.into_iter().enumerate();
        let found = match asked {
            Some(asked) => known
                .find(|(_, one)| one.address_id == asked)
                .ok_or_else(|| field("addressId", "must be one of the payer's addresses"))?,
            None => known.next().ok_or(Refusal::AddressMissing)?,
        };
        let (number, address) = found;
        let currency = express.terms.amount.currency;
        if !express.shipping.sends_to(&address.address.country, currency) {
            return Err(Refusal::ShippingNotPossible.into());
        }
        Ok(Destination { address, number })
    }

    /// Asks the merchant's server and keeps what it offers.
    async fn ask(
        &self,
        express: Express<'_>,
        callback: &Callback,
        destination: &Destination,
    ) -> Result<Groups, Error> {
        let question = Question {
            callback,
            key: express.key,
            amount: express.terms.amount,
            address: &destination.address,
            number: destination.number,
        };
        let answered = self.shops.shipping_options(&question).await;
        let groups = answered.map_err(|error| refusal(express.key, error))?;
        let now = self.clock.now();
        let expires_at = express.terms.expires_at.min(now + QUOTE_LIFE);
        let whom = express.to(destination);
        transaction!(&self.pool, "keep_shipping_quote", async |tx| -> Result<(), Error> {
            people::lock(tx, express.payer_id).await?;
            // The payer may have moved while the merchant was asked.
            if addresses::of(tx, express.payer_id).await?.contains(&destination.address) {
                shipping_quotes::keep(tx, whom, &groups, (now, expires_at)).await?;
            }
            Ok(())
        })?;
        Ok(groups)
    }
}

/// What the payer is told; the log says what was wrong, and holds neither the address nor the merchant's token.
fn refusal(key: &Key, error: shops::Error) -> Error {
    match error {
        shops::Error::NotPossible => Refusal::ShippingNotPossible.into(),
        shops::Error::Busy => Error::ShopsBusy,
        error => {
            tracing::info!(msn = %key.msn, reference = %key.reference, %error, "no shipping options");
            Refusal::ShippingNotAnswered.into()
        }
    }
}
