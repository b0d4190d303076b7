//! Pay captured money back. The acquirer's answer comes first: the request is durable before it is asked, the outcome
//! before anybody hears of it.

use std::sync::Arc;

use kvitt_primitives::{Money, Msn, OperationId, Reference};
use uuid::Uuid;

use super::{App, Error, Said, resolve::settled};
use crate::{
    domain::{Command, PendingKind},
    store::Record,
};

/// Refunds what is asked for, or all that is left, or gives the first answer again.
pub(crate) async fn refund(
    app: &App,
    msn: &Msn,
    reference: &Reference,
    amount: Option<Money>,
    said: Said,
) -> Result<Arc<Record>, Error> {
    let operation = OperationId::from_uuid(Uuid::now_v7());
    let begun = app.begin(msn, reference, Command::RequestRefund { operation, amount }, said).await?;
    settled(app, begun, PendingKind::Refund).await
}
