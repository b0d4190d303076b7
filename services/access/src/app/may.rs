//! Whether a caller may do something, decided on what stands in this service's own tables, in the transaction of what is
//! done. The rules are the matrix of `kvitt_runtime`, as everywhere; other services ask it through `Authority`.
//!
//! A unit or a merchant that the caller does not see is refused like one that is not there. No API keys manage keys or
//! people, and of whose a partner's keys are this service knows nothing, so API clients may do nothing here.

use kvitt_primitives::{MerchantId, Msn};
use kvitt_runtime::{
    Action, Caller, Principal, ServiceName,
    authority::{matrix::permits, may_alone},
};
use sqlx::PgConnection;

use crate::{
    error::Error,
    store::{may as store, units},
};

/// Passes, with the unit's merchant, when the caller may do `action` for a sales unit.
pub(crate) async fn may(
    tx: &mut PgConnection,
    caller: &Caller,
    action: Action,
    msn: &Msn,
) -> Result<MerchantId, Error> {
    match caller.principal {
        Principal::User(user_id) => {
            let (merchant_id, part) =
                store::find_on_unit(tx, user_id, msn).await?.ok_or(Error::NoSuchUnit)?;
            let part = part.ok_or(Error::NoSuchUnit)?;
            permitted(permits(part.role, part.grants, action))?;
            Ok(merchant_id)
        }
        Principal::Service(service) => {
            permitted(may_alone(service, action))?;
            units::find_merchant(tx, msn).await?.ok_or(Error::NoSuchUnit)
        }
        Principal::Client(_) => Err(Error::NotPermitted),
    }
}

/// Passes when the caller may do `action` for a merchant as a whole: a user by their role, or by their grants on any unit
/// they were given.
pub(crate) async fn may_for(
    tx: &mut PgConnection,
    caller: &Caller,
    action: Action,
    merchant_id: MerchantId,
) -> Result<(), Error> {
    match caller.principal {
        Principal::User(user_id) => {
            let parts = store::list_in_merchant(tx, user_id, merchant_id).await?;
            let parts = parts.ok_or(Error::NoSuchMerchant)?;
            permitted(parts.iter().any(|part| permits(part.role, part.grants, action)))
        }
        Principal::Service(service) => permitted(may_alone(service, action)),
        Principal::Client(_) => Err(Error::NotPermitted),
    }
}

/// Passes for the operator alone.
pub(crate) fn only_operator(caller: &Caller) -> Result<(), Error> {
    permitted(caller.principal == Principal::Service(ServiceName::Launcher))
}

/// Passes for whoever could handle keys at all: people and the operator.
pub(crate) fn only_people(caller: &Caller) -> Result<(), Error> {
    permitted(match caller.principal {
        Principal::User(_) => true,
        Principal::Service(service) => service == ServiceName::Launcher,
        Principal::Client(_) => false,
    })
}

pub(super) fn permitted(may: bool) -> Result<(), Error> {
    if may { Ok(()) } else { Err(Error::NotPermitted) }
}

#[cfg(test)]
mod tests;
