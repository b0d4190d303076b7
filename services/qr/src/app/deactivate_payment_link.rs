//! End a link.

use kvitt_primitives::Msn;

use super::{App, Error};
use crate::{
    domain::link::{Link, LinkId},
    store::payment_links,
};

/// It takes no more payments; those that were begun go on.
pub(crate) async fn deactivate_payment_link(app: &App, msn: &Msn, id: LinkId) -> Result<Link, Error> {
    let mut connection = app.pool.acquire().await?;
    payment_links::deactivate(&mut connection, (msn, id)).await?.ok_or(Error::LinkNotFound)
}
