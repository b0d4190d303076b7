//! Take reserved money. Within the card scheme's guarantee this is decided here and now; `worker/clear.rs` tells the
//! acquirer from the row that says so.

use kvitt_primitives::{Money, Msn, Reference};

use super::{App, Error};
use crate::{domain::Command, engine::Key, store::Record};

/// Captures, or gives the first answer again.
pub(crate) async fn capture(
    app: &App,
    msn: &Msn,
    reference: &Reference,
    amount: Money,
    key: Key,
) -> Result<Box<Record>, Error> {
    app.change(msn, reference, Command::Capture { amount }, key).await
}
