//! One use case, one file. Each opens its transaction, asks the domain, and stores what it says; no call to anybody else
//! runs inside a transaction.

pub(crate) mod attempt;
pub(crate) mod check_in;
pub(crate) mod delete_webhook;
mod error;
#[cfg(feature = "sandbox")]
mod faults;
pub(crate) mod get_check_in;
pub(crate) mod get_dashboard;
pub(crate) mod get_delivery;
pub(crate) mod list_deliveries;
pub(crate) mod list_webhooks;
mod owner;
mod payments;
pub(crate) mod ping_webhook;
pub(crate) mod record_calls;
pub(crate) mod register_webhook;
pub(crate) mod remove_consent;
pub(crate) mod resend;
mod sign;
mod wake;

use std::sync::Arc;

use kvitt_egress::{Egress, Policy};
use kvitt_envelope::KeyEncryptionKey;
use kvitt_primitives::Msn;
use kvitt_runtime::{Action, Authority, Caller, Clock, authority::Units};
use sqlx::PgPool;

pub(crate) use error::Error;
#[cfg(feature = "sandbox")]
pub(crate) use faults::Faults;
pub(crate) use payments::Payments;
pub(crate) use ping_webhook::Pings;
pub(crate) use wake::Wake;

/// What the use cases stand on; clones share it.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) pool: PgPool,
    pub(crate) clock: Clock,
    pub(crate) authority: Authority,
    pub(crate) units: Units,
    pub(crate) payments: Payments,
    pub(crate) egress: Egress,
    /// What a merchant's URL may lead to.
    pub(crate) policy: Policy,
    /// Seals secrets.
    pub(crate) key: Arc<KeyEncryptionKey>,
    /// Tells the sender of this process that there is something to send.
    pub(crate) wake: Wake,
    /// Places for pings.
    pub(crate) pings: Pings,
    #[cfg(feature = "sandbox")]
    pub(crate) faults: Faults,
}

impl App {
    /// Passes when the caller may use developer tools for the unit.
    pub(crate) async fn may(&self, caller: &Caller, msn: &Msn) -> Result<(), Error> {
        self.authority.may(caller, Action::UseDeveloperTools, msn).await.map_err(Error::Refused)
    }
}
