//! The picture behind a link.

use kvitt_primitives::Msn;
use kvitt_runtime::Caller;

use super::{App, Error};
use crate::{
    domain::ImageId,
    store::images::{self, Stored},
};

/// The picture that the unit sent under this id.
pub(crate) async fn get_image(
    app: &App,
    caller: &Caller,
    msn: &Msn,
    image_id: &ImageId,
) -> Result<Stored, Error> {
    app.may_read(caller, msn).await?;
    let mut connection = app.pool.acquire().await?;
    images::find(&mut connection, msn, image_id).await?.ok_or(Error::ImageNotFound)
}
