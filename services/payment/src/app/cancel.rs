//! End a payment that nobody has approved, or release what is reserved and not captured.

use std::sync::Arc;

use kvitt_primitives::{Msn, Reference};

use super::{App, Error, Said};
use crate::{
    domain::{Cancel, Command},
    store::Record,
};

/// Cancels, or gives the first answer again.
pub(crate) async fn cancel(
    app: &App,
    msn: &Msn,
    reference: &Reference,
    cancel: Cancel,
    said: Said,
) -> Result<Arc<Record>, Error> {
    Ok(Arc::clone(app.begin(msn, reference, Command::Cancel(cancel), said).await?.record()))
}
