//! One use case, one file. Each opens its transaction, asks the domain, and stores what it says; no call to anybody else
//! runs inside a transaction.

mod error;
mod payments;
mod units;

use std::sync::Arc;

use kvitt_proto::{
    merchant::v1::merchant_service_client::MerchantServiceClient,
    wallet::v1::payer_service_client::PayerServiceClient,
    webhook::v1::callback_service_client::CallbackServiceClient,
};
use kvitt_runtime::{
    Authority, Clock, PeerChannel,
    context::{self, Context},
};
use sqlx::PgPool;

use crate::domain::Links;

pub(crate) use error::Error;
pub(crate) use payments::Payments;

/// What the use cases stand on; clones share it.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) pool: PgPool,
    pub(crate) clock: Clock,
    pub(crate) authority: Authority,
    pub(crate) merchants: MerchantServiceClient<PeerChannel>,
    pub(crate) payments: Payments,
    pub(crate) payers: PayerServiceClient<PeerChannel>,
    pub(crate) callbacks: CallbackServiceClient<PeerChannel>,
    pub(crate) links: Arc<Links>,
    /// Whether links are screened by this service itself, and merchants' clients may play the payer of a link.
    pub(crate) sandbox: bool,
}

/// Calls others without the token of whoever asked this service.
pub(crate) async fn in_own_name<F: Future>(call: F) -> F::Output {
    context::scope(Context { token: None, ..context::current() }, call).await
}
