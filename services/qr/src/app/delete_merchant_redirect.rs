//! Let a printed code lead nowhere.

use kvitt_primitives::Msn;

use super::{App, Error};
use crate::{domain::redirect::RedirectId, store::redirects};

/// Deletes it. Its code is never given out again, so what is printed stays dead when the id is used anew.
pub(crate) async fn delete_merchant_redirect(app: &App, msn: &Msn, id: &RedirectId) -> Result<(), Error> {
    let mut connection = app.pool.acquire().await?;
    let deleted = redirects::delete(&mut connection, (msn, id), app.clock.now()).await?;
    deleted.then_some(()).ok_or(Error::CodeNotFound)
}
