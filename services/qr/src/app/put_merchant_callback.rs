//! Make a code whose scan tells the merchant, or change what it says.

use kvitt_primitives::Msn;

use super::{App, Error, fresh_code};
use crate::{
    domain::{
        Callback, Kind,
        callback::{CallbackId, Category, Location},
    },
    store::callbacks,
};

/// What a code should say.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) id: CallbackId,
    pub(crate) location: Location,
    pub(crate) category: Category,
}

/// Makes it, or changes it; what is printed stays.
pub(crate) async fn put_merchant_callback(app: &App, msn: Msn, wish: Wish) -> Result<(), Error> {
    let callback = Callback {
        msn,
        id: wish.id,
        code: fresh_code(Kind::Callback)?,
        beacon: None,
        location: wish.location,
        category: wish.category,
        created_at: app.clock.now(),
    };
    let mut connection = app.pool.acquire().await?;
    Ok(callbacks::put(&mut connection, &callback).await?)
}
