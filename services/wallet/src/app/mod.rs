//! The use cases, one file each.

pub(crate) mod apply_events;
pub(crate) mod approve_payment_request;
pub(crate) mod create_payer;
#[cfg(feature = "sandbox")]
pub(crate) mod disturb_operations;
pub(crate) mod execute_operations;
pub(crate) mod find_payer;
#[cfg(feature = "sandbox")]
pub(crate) mod force_approve;
pub(crate) mod get_operations;
mod lapse_holds;
pub(crate) mod list_cards;
pub(crate) mod list_payment_requests;
pub(crate) mod payers;
mod payments;
pub(crate) mod reject_payment_request;

#[cfg(feature = "sandbox")]
use kvitt_runtime::Authority;
use kvitt_runtime::Clock;
use sqlx::PgPool;

pub(crate) use payers::Payers;
pub(crate) use payments::Payments;

/// What the use cases of payers stand on.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) pool: PgPool,
    pub(crate) clock: Clock,
    pub(crate) payments: Payments,
    pub(crate) payers: Payers,
    #[cfg(feature = "sandbox")]
    pub(crate) authority: Authority,
    #[cfg(feature = "sandbox")]
    pub(crate) sandbox: bool,
}
