//! A merchant sends a picture.

use kvitt_primitives::Msn;
use kvitt_runtime::Caller;

use super::{App, Error};
use crate::{domain::ImageId, store::images};

/// The unit has this picture from now on. It never replaces one, so one that is there is not even looked at again.
pub(crate) async fn add_image(
    app: &App,
    caller: &Caller,
    (msn, image_id): (&Msn, &ImageId),
    data: Vec<u8>,
) -> Result<(), Error> {
    app.may_write(caller, msn).await?;
    if images::exists(&mut *app.pool.acquire().await?, msn, image_id).await? {
        return Err(Error::ImageExists);
    }
    let image = app.pictures.decode(data).await?;
    let mut connection = app.pool.acquire().await?;
    let added = images::insert(&mut connection, (msn, image_id), &image, app.clock.now()).await?;
    if added { Ok(()) } else { Err(Error::ImageExists) }
}
