//! Take reserved money. Within the card scheme's guarantee this is decided here and now, and `worker/clear.rs` tells the
//! acquirer from the row that says so; later the acquirer's answer comes first, as for a refund.

use std::sync::Arc;

use kvitt_primitives::{Money, Msn, OperationId, Reference};
use uuid::Uuid;

use super::{App, Error, Said, resolve::settled};
use crate::{
    domain::{Command, PendingKind},
    store::{Kind, Record},
};

/// Captures what is asked for, or all that is left, or gives the first answer again.
pub(crate) async fn capture(
    app: &App,
    msn: &Msn,
    reference: &Reference,
    amount: Option<Money>,
    said: Said,
) -> Result<Arc<Record>, Error> {
    let operation = OperationId::from_uuid(Uuid::now_v7());
    let begun = app.begin(msn, reference, Command::Capture { operation, amount }, said).await?;
    if begun.record().kind == Kind::CaptureRequested {
        settled(app, begun, PendingKind::Capture).await
    } else {
        Ok(Arc::clone(begun.record()))
    }
}
