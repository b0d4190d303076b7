//! Whether the caller may do something.

use kvitt_primitives::{ClientId, MerchantId, Msn};
use kvitt_runtime::{
    Action, Caller, Principal,
    authority::matrix::{KeyKind, key_permits},
};
use sqlx::PgConnection;

use super::{App, may, may_for};
use crate::{
    domain::owner::{KeyKind as Owned, Owner},
    error::Error,
    store::{credentials, units},
};

/// What for.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    Unit(Msn),
    Merchant(MerchantId),
}

/// Whether the caller may; what they do not see is refused like what is not there.
pub(crate) async fn check_permission(
    app: &App,
    caller: &Caller,
    action: Action,
    target: &Target,
) -> Result<bool, Error> {
    let mut connection = app.pool.acquire().await?;
    if let Principal::Client(client_id) = caller.principal {
        return client_may(&mut connection, client_id, action, target).await;
    }
    let decided = match target {
        Target::Unit(msn) => may(&mut connection, caller, action, msn).await.map(|_| ()),
        Target::Merchant(merchant_id) => may_for(&mut connection, caller, action, *merchant_id).await,
    };
    match decided {
        Ok(()) => Ok(true),
        Err(Error::NotPermitted) => Ok(false),
        Err(error) => Err(error),
    }
}

/// By the kind of the client's keys, for what they are. Which units are linked to a partner this service does not know, so
/// it does not answer partners.
async fn client_may(
    connection: &mut PgConnection,
    client_id: ClientId,
    action: Action,
    target: &Target,
) -> Result<bool, Error> {
    let coverage = credentials::find_coverage(connection, client_id).await?.value;
    let coverage = coverage.ok_or(Error::NotPermitted)?;
    if coverage.owner.partner_id().is_some() {
        return Err(Error::NotPermitted);
    }
    match target {
        Target::Unit(msn) => {
            let own = match &coverage.owner {
                Owner::ManagingMerchant(own) => units::find_merchant(connection, msn).await? == Some(*own),
                _ => coverage.msns.contains(msn),
            };
            if own { Ok(key_permits(kind(&coverage), action)) } else { Err(Error::NoSuchUnit) }
        }
        Target::Merchant(merchant_id) if coverage.owner.merchant_id() == Some(*merchant_id) => {
            Ok(key_permits(kind(&coverage), action))
        }
        Target::Merchant(_) => Err(Error::NoSuchMerchant),
    }
}

fn kind(coverage: &credentials::Coverage) -> KeyKind {
    match coverage.owner.kind() {
        Owned::SalesUnit => KeyKind::SalesUnit,
        Owned::Partner => KeyKind::Partner,
        Owned::Management => KeyKind::Management,
        Owned::Accounting => KeyKind::Accounting,
        Owned::Psp => KeyKind::Psp,
    }
}
