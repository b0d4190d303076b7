//! One code that leads to a page of the merchant.

use kvitt_primitives::Msn;

use super::{App, Error};
use crate::{
    domain::{Redirect, redirect::RedirectId},
    store::redirects,
};

/// The unit's own of that name.
pub(crate) async fn get_merchant_redirect(app: &App, msn: &Msn, id: &RedirectId) -> Result<Redirect, Error> {
    let mut connection = app.pool.acquire().await?;
    let found = redirects::find(&mut connection, (msn, id), app.clock.now()).await?;
    found.ok_or(Error::CodeNotFound)
}
