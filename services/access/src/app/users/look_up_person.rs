//! Tells the name that the register has for a person, before they are added.

use kvitt_primitives::MerchantId;
use kvitt_runtime::{Action, Caller};

use super::{App, find_person::find_person, may_for};
use crate::{
    domain::person::{Identification, PersonName},
    error::Error,
};

/// The person's name.
pub(crate) async fn look_up_person(
    app: &App,
    caller: &Caller,
    merchant_id: MerchantId,
    by: &Identification,
) -> Result<PersonName, Error> {
    let mut connection = app.pool.acquire().await?;
    may_for(&mut connection, caller, Action::ManageUsers, merchant_id).await?;
    Ok(find_person(&mut connection, app, by).await?.name)
}
