//! A payer says no.

use super::App;
use crate::{
    domain::{
        approval::Refusal,
        inbox::Key,
        payer::{Status, Who},
    },
    error::Error,
    store::inbox,
};

impl App {
    /// Aborts the payment, unless it waits in the inbox of somebody else. On the landing page nobody need say who they are.
    /// The inbox itself follows payment's log.
    pub(crate) async fn reject_payment_request(&self, who: Option<Who>, key: &Key) -> Result<(), Error> {
        if let Some(who) = who {
            let wallet = self.payers.find(who).await?;
            let payer = wallet.as_ref().map(|wallet| &wallet.payer);
            let payer = payer.filter(|payer| payer.status == Status::Active);
            let mut connection = self.pool.acquire().await?;
            let addressee = inbox::find_addressee(&mut connection, key).await?;
            drop(connection);
            let own =
                payer.is_some_and(|payer| addressee.is_none_or(|addressee| addressee == payer.payer_id));
            if !own {
                return Err(self.payments.terms(key).await?.refusal(Refusal::NotAllowed).into());
            }
        }
        self.payments.reject(key).await
    }
}
