//! End a payment that nobody has approved, or release what is reserved and not captured.

use std::sync::Arc;

use kvitt_primitives::{Msn, Reference};

use super::{App, Error};
use crate::{domain::Command, engine::Key, store::Record};

/// Cancels, or gives the first answer again.
pub(crate) async fn cancel(
    app: &App,
    msn: &Msn,
    reference: &Reference,
    transaction_only: bool,
    key: Key,
) -> Result<Arc<Record>, Error> {
    app.change(msn, reference, Command::Cancel { transaction_only }, key).await
}
