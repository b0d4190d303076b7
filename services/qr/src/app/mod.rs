//! One use case, one file. Each opens its transaction, asks the domain, and stores what it says; no call to anybody else
//! runs inside a transaction.

pub(crate) mod check_in;
pub(crate) mod create_merchant_redirect;
pub(crate) mod create_one_time_qr;
pub(crate) mod create_payment_link;
pub(crate) mod deactivate_payment_link;
pub(crate) mod delete_merchant_callback;
pub(crate) mod delete_merchant_redirect;
mod error;
pub(crate) mod exchange_customer;
pub(crate) mod exchange_qr;
mod fresh_code;
pub(crate) mod get_check_in;
pub(crate) mod get_code;
pub(crate) mod get_merchant_callback;
pub(crate) mod get_merchant_redirect;
pub(crate) mod get_payment_link;
pub(crate) mod get_unit_qr;
pub(crate) mod import_beacon;
mod link_payment;
pub(crate) mod list_merchant_callbacks;
pub(crate) mod list_merchant_redirects;
pub(crate) mod list_payment_links;
pub(crate) mod open_payment_link;
pub(crate) mod pay_payment_link;
pub(crate) mod pay_vm_number;
mod payments;
pub(crate) mod put_merchant_callback;
pub(crate) mod request_payment;
pub(crate) mod resolve_qr;
pub(crate) mod screen_payment_link;
mod units;
pub(crate) mod update_merchant_redirect;

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
pub(crate) use fresh_code::fresh_code;
pub(crate) use payments::Payments;
pub(crate) use units::Names;

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
    pub(crate) names: Names,
    /// Whether links are screened by this service itself, and merchants' clients may play the payer of a link.
    pub(crate) sandbox: bool,
}

/// Calls others without the token of whoever asked this service.
pub(crate) async fn in_own_name<F: Future>(call: F) -> F::Output {
    context::scope(Context { token: None, ..context::current() }, call).await
}
