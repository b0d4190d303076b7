//! A payer's yes. The reservation is requested, made by the acquirer, and only then the payment is authorized.

use std::sync::Arc;

use kvitt_primitives::{Msn, Reference};

use super::{App, Error, resolve::settled};
use crate::{
    domain::{Approval, Command, PendingKind},
    engine::Key,
    store::Record,
};

/// Reserves, or gives the first answer to the same attempt again.
pub(crate) async fn approve(
    app: &App,
    msn: &Msn,
    reference: &Reference,
    approval: Approval,
    key: Key,
) -> Result<Arc<Record>, Error> {
    let kind = PendingKind::Reserve { payer: approval.payer, card: approval.card };
    let begun = app.begin(msn, reference, Command::RequestReserve(approval), key.hidden()).await?;
    settled(app, begun, kind).await
}
