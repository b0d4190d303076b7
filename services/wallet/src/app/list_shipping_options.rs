//! How the goods of an Express payment can be sent to a payer.

use kvitt_primitives::AddressId;

use super::{App, shipping::Express};
use crate::{
    domain::{approval::Refusal, inbox::Key, payer::Who, shipping::Group},
    error::Error,
};

/// Whose goods, and where they go.
#[derive(Debug)]
pub(crate) struct ListShipping {
    pub(crate) key: Key,
    pub(crate) who: Who,
    /// The payer's first address when absent.
    pub(crate) address_id: Option<AddressId>,
}

impl App {
    /// The options, in the order in which they are shown; none for a payment that sends nothing.
    pub(crate) async fn list_shipping_options(&self, list: ListShipping) -> Result<Vec<Group>, Error> {
        let ListShipping { key, who, address_id } = list;
        let (wallet, terms) = tokio::try_join!(self.payers.find(who), self.payments.terms(&key))?;
        terms.must_wait()?;
        let payer = &wallet.as_ref().ok_or(Refusal::NotAllowed)?.payer;
        terms.admit(payer, self.clock.now().date_naive())?;
        let Some(shipping) = &terms.shipping else { return Ok(Vec::new()) };
        let express = Express { key: &key, payer_id: payer.payer_id, terms: &terms, shipping };
        Ok(self.offer(express, address_id).await?.into_groups())
    }
}
