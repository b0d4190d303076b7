//! One code whose scan tells the merchant.

use kvitt_primitives::Msn;

use super::{App, Error};
use crate::{
    domain::{Callback, callback::CallbackId},
    store::callbacks,
};

/// The unit's own of that name.
pub(crate) async fn get_merchant_callback(app: &App, msn: &Msn, id: &CallbackId) -> Result<Callback, Error> {
    let mut connection = app.pool.acquire().await?;
    callbacks::find(&mut connection, msn, id).await?.ok_or(Error::CodeNotFound)
}
