//! One use case, one file. Each opens its transaction, asks the domain, and stores what it says; no call to anybody else
//! runs inside a transaction.

mod ask_merchant;
pub(crate) mod cancel_session;
pub(crate) mod change;
pub(crate) mod create_session;
mod error;
pub(crate) mod expire_session;
pub(crate) mod follow_payment;
pub(crate) mod get_session;
pub(crate) mod list_shipping_options;
pub(crate) mod open_session;
mod payments;
pub(crate) mod start_payment;
pub(crate) mod submit_details;
pub(crate) mod tell_merchant;
#[cfg(test)]
mod tests;
pub(crate) mod update_session;

use std::sync::Arc;

use kvitt_egress::{Egress, Policy};
use kvitt_proto::merchant::v1::merchant_service_client::MerchantServiceClient;
use kvitt_runtime::{Authority, Clock, PeerChannel};
use sqlx::PgPool;

pub(crate) use ask_merchant::Asking;
pub(crate) use error::Error;
pub(crate) use payments::Payments;

/// What the use cases stand on; clones share it.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) pool: PgPool,
    pub(crate) clock: Clock,
    pub(crate) authority: Authority,
    pub(crate) payments: Payments,
    pub(crate) merchants: MerchantServiceClient<PeerChannel>,
    pub(crate) egress: Egress,
    /// What a merchant's URL may lead to.
    pub(crate) policy: Policy,
    pub(crate) asking: Asking,
    pub(crate) links: Arc<Links>,
    /// Whether merchants' clients may play the payer.
    pub(crate) sandbox: bool,
}

/// Where a session leads to.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    /// The page, without a query.
    pub(crate) frontend_url: String,
    /// The root of the REST API, without a slash at its end.
    pub(crate) api_url: String,
}

impl App {
    /// Why the platform would not call this URL of a merchant, if it would not.
    pub(crate) fn refused_url(&self, url: &str) -> Option<String> {
        kvitt_egress::check_url(url, self.policy).err().map(|refused| format!("is refused: {refused}"))
    }
}
