//! Who shows a code at the till.

use chrono::{DateTime, Utc};
use kvitt_proto::{
    payment::v1::{Customer, customer::Identity},
    time,
    wallet::v1::{ExchangeCustomerRequest, ExchangeCustomerResponse},
};

use super::{App, Error, in_own_name};

/// Somebody, as `wallet` knows them.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) answer: ExchangeCustomerResponse,
    /// When the code or the token was made, where that is known.
    pub(crate) made_at: Option<DateTime<Utc>>,
}

/// Whose own code that is.
pub(crate) async fn exchange_qr(app: &App, qr_code: String) -> Result<Known, Error> {
    app.find_customer(Identity::PersonalQr(qr_code)).await
}

impl App {
    /// Whom a code or a token names; nothing is used up by asking.
    pub(super) async fn find_customer(&self, identity: Identity) -> Result<Known, Error> {
        let request = ExchangeCustomerRequest { customer: Some(Customer { identity: Some(identity) }) };
        let mut client = self.payers.clone();
        let answer = in_own_name(async { client.exchange_customer(request).await }).await;
        let answer = answer.map_err(Error::Peer)?.into_inner();
        let made_at = answer.made_at.map(|at| time::from_proto(at, "madeAt")).transpose();
        let made_at = made_at.map_err(|_| Error::PeerAnswer("an instant"))?;
        Ok(Known { answer, made_at })
    }
}
