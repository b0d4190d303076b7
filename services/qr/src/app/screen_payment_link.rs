//! Say what the screening of a link's content found.

use kvitt_primitives::Msn;

use super::{App, Error, create_payment_link::all_right};
use crate::{
    domain::{
        Found, Screening,
        link::{Link, LinkId},
    },
    store::payment_links,
};

/// The first word counts; it may be said again.
pub(crate) async fn screen_payment_link(
    app: &App,
    msn: &Msn,
    id: LinkId,
    rejection_reason: String,
) -> Result<Link, Error> {
    let mut found = Found::default();
    let screening = Screening::found_by_operator(rejection_reason, &mut found);
    all_right(found)?;
    let mut connection = app.pool.acquire().await?;
    payment_links::screen(&mut connection, (msn, id), &screening).await?;
    let link = payment_links::find(&mut connection, (msn, id)).await?.ok_or(Error::LinkNotFound)?;
    if link.screening == screening { Ok(link) } else { Err(Error::LinkNotOpen) }
}
