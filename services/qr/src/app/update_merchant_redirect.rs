//! Lead a printed code elsewhere.

use kvitt_primitives::Msn;

use super::{App, Error};
use crate::{
    domain::{
        Redirect,
        redirect::{RedirectId, RedirectUrl},
    },
    store::redirects,
};

/// Leads it elsewhere from now on; what is printed and how long it lives stay.
pub(crate) async fn update_merchant_redirect(
    app: &App,
    msn: &Msn,
    id: &RedirectId,
    url: &RedirectUrl,
) -> Result<Redirect, Error> {
    let mut connection = app.pool.acquire().await?;
    let updated = redirects::update(&mut connection, (msn, id), url, app.clock.now()).await?;
    updated.ok_or(Error::CodeNotFound)
}
