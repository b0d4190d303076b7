//! Take a code over that MobilePay's old API printed.

use kvitt_postgres::transaction;
use kvitt_primitives::Msn;

use super::{App, Error, fresh_code};
use crate::{
    domain::{
        Beacon, Callback, Kind,
        callback::{Category, Location},
    },
    store::callbacks,
};

/// Takes it over, unless another unit has it. The unit that has it says anew where it hangs.
pub(crate) async fn import_beacon(
    app: &App,
    msn: Msn,
    beacon: Beacon,
    location: Location,
) -> Result<(), Error> {
    let callback = Callback {
        msn,
        id: (&beacon).into(),
        code: fresh_code(Kind::Callback)?,
        beacon: Some(beacon.clone()),
        location,
        category: Category::InStore,
        created_at: app.clock.now(),
    };
    transaction!(&app.pool, "import_beacon", async |tx| -> Result<(), Error> {
        let taken = callbacks::import(tx, &callback, &beacon).await?;
        taken.then_some(()).ok_or(Error::BeaconTaken)
    })
}
