//! One use case, one file. Each opens its transaction, asks the domain, and stores what it says; no call to anybody else
//! runs inside a transaction.

pub(crate) mod close;
pub(crate) mod create_subscription;
pub(crate) mod delete_subscription;
pub(crate) mod download_report;
mod error;
pub(crate) mod execute_payouts;
pub(crate) mod follow_entries;
pub(crate) mod get_agreement;
pub(crate) mod list_entries_of_date;
pub(crate) mod list_ledgers;
pub(crate) mod list_mails;
pub(crate) mod list_payouts;
pub(crate) mod list_subscriptions;
pub(crate) mod list_transactions;
pub(crate) mod post_entry;
pub(crate) mod post_events;
pub(crate) mod readable;
pub(crate) mod report;
pub(crate) mod send_mails;
pub(crate) mod set_agreement;
pub(crate) mod units;
pub(crate) mod update_subscription;

use kvitt_proto::merchant::v1::{
    merchant_service_client::MerchantServiceClient, partner_service_client::PartnerServiceClient,
};
use kvitt_runtime::{
    Authority, Clock, PeerChannel,
    context::{self, Context},
};
use sqlx::PgPool;

use crate::{bank::PayoutBank, mailer::Mailer};

pub(crate) use error::Error;
pub(crate) use units::Basics;

/// What the use cases stand on; clones share it.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) pool: PgPool,
    pub(crate) clock: Clock,
    pub(crate) authority: Authority,
    pub(crate) merchants: MerchantServiceClient<PeerChannel>,
    pub(crate) partners: PartnerServiceClient<PeerChannel>,
    /// What is known of units and never changes.
    pub(crate) basics: Basics,
    pub(crate) bank: PayoutBank,
    pub(crate) mailer: Mailer,
    /// How many reports may be written and read at once.
    pub(crate) room: report::Room,
    /// Whether mails are kept as they were sent.
    pub(crate) sandbox: bool,
}

/// Calls others without the token of whoever asked this service.
pub(crate) async fn in_own_name<F: Future>(call: F) -> F::Output {
    context::scope(Context { token: None, ..context::current() }, call).await
}
