//! The use cases, one file each.

pub(crate) mod answer_challenge;
pub(crate) mod apply_events;
pub(crate) mod approve_payment_request;
pub(crate) mod attempts;
pub(crate) mod create_payer;
#[cfg(feature = "sandbox")]
pub(crate) mod disturb_operations;
pub(crate) mod exchange_customer;
pub(crate) mod execute_operations;
pub(crate) mod find_payer;
#[cfg(feature = "sandbox")]
pub(crate) mod force_approve;
pub(crate) mod forget;
pub(crate) mod get_operations;
pub(crate) mod get_shared_details;
pub(crate) mod get_userinfo;
pub(crate) mod issue_customer_token;
pub(crate) mod issue_personal_code;
mod lapse_holds;
pub(crate) mod list_cards;
pub(crate) mod list_consents;
pub(crate) mod list_payment_requests;
pub(crate) mod list_shipping_options;
pub(crate) mod open_payment_request;
mod pass_card;
pub(crate) mod pay_vm_number;
pub(crate) mod pay_with_card;
pub(crate) mod payers;
pub(crate) mod payments;
pub(crate) mod reject_payment_request;
pub(crate) mod resolve_customer;
pub(crate) mod revoke_consent;
pub(crate) mod scan_qr;
mod scans;
pub(crate) mod set_addresses;
pub(crate) mod set_payer_status;
pub(crate) mod set_push_delivery;
mod shipping;
mod signer;
pub(crate) mod terms;

use std::sync::Arc;

use kvitt_runtime::{Authority, Clock};
use sqlx::PgPool;
use tokio::sync::Notify;

pub(crate) use payers::Payers;
pub(crate) use payments::Payments;
pub(crate) use scans::Scans;
pub(crate) use signer::Signer;

use crate::shops::Shops;

/// What the use cases of payers stand on.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) pool: PgPool,
    pub(crate) clock: Clock,
    pub(crate) payments: Payments,
    pub(crate) scans: Scans,
    pub(crate) payers: Payers,
    pub(crate) authority: Authority,
    pub(crate) shops: Shops,
    pub(crate) signer: Signer,
    /// Rings for whoever tells of consents that were taken back. Only for speed.
    pub(crate) taken_back: Arc<Notify>,
    #[cfg(feature = "sandbox")]
    pub(crate) sandbox: bool,
    /// Whether Express payments can be approved by force, with the default shipping option.
    #[cfg(feature = "sandbox")]
    pub(crate) force_approve_express: bool,
}
