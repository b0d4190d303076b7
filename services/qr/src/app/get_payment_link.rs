//! One link, with what came of it.

use kvitt_primitives::Msn;

use super::{App, Error};
use crate::{
    domain::link::{Link, LinkId},
    store::payment_links,
};

/// The unit's link with this id.
pub(crate) async fn get_payment_link(app: &App, msn: &Msn, id: LinkId) -> Result<Link, Error> {
    let mut connection = app.pool.acquire().await?;
    payment_links::find(&mut connection, (msn, id)).await?.ok_or(Error::LinkNotFound)
}
