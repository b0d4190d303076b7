//! A payer looks at a payment before answering it.

use kvitt_proto::payment::v1::{PayerTerms, shipping};

use super::{App, payments::Named};
use crate::error::Error;

impl App {
    /// The payment as payment shows it, without what only the merchant's server and this platform may know.
    pub(crate) async fn open_payment_request(&self, named: Named) -> Result<PayerTerms, Error> {
        let mut terms = self.payments.show(named).await?;
        let options = terms.shipping.as_mut().and_then(|shipping| shipping.options.as_mut());
        if let Some(shipping::Options::Dynamic(dynamic)) = options {
            dynamic.callback_authorization_token.clear();
        }
        terms.card_passthrough = None;
        Ok(terms)
    }
}
