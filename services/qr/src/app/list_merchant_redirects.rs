//! The codes of a unit that lead to pages of the merchant.

use kvitt_primitives::Msn;

use super::{App, Error};
use crate::{
    domain::Redirect,
    store::{Page, Place, redirects},
};

/// A page of them, oldest first, and what the next page comes behind.
pub(crate) async fn list_merchant_redirects(
    app: &App,
    msn: &Msn,
    page: &Page,
) -> Result<(Vec<Redirect>, Option<Place>), Error> {
    let mut connection = app.pool.acquire().await?;
    Ok(redirects::list(&mut connection, msn, page, app.clock.now()).await?)
}
