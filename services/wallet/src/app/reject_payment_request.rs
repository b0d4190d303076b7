//! A payer says no.

use kvitt_primitives::PayerId;

use super::App;
use crate::{
    domain::{approval::Refusal, inbox::Key},
    error::Error,
    store::{inbox, payers},
};

impl App {
    /// Aborts the payment, unless it waits in the inbox of somebody else. The inbox itself follows payment's log.
    pub(crate) async fn reject_payment_request(&self, payer_id: PayerId, key: &Key) -> Result<(), Error> {
        let mut connection = self.pool.acquire().await?;
        let payer = payers::find(&mut connection, payer_id).await?;
        let addressee = inbox::find_addressee(&mut connection, key).await?;
        drop(connection);
        if payer.is_none() || addressee.is_some_and(|addressee| addressee != payer_id) {
            let payment = self.payments.load(key).await?;
            return Err(payment.refusal(Refusal::NotAllowed).into());
        }
        self.payments.reject(key).await
    }
}
