//! Reads a partner.

use kvitt_primitives::PartnerId;
use kvitt_runtime::{Caller, Principal, ServiceName};
use tonic::Code;

use super::Error;
use crate::{
    app::{App, orders::partner_of},
    domain::Partner,
    store::partners as store,
};

/// The partner, for itself and the operator. For everybody else it is as absent.
pub(crate) async fn get_partner(app: &App, caller: &Caller, id: PartnerId) -> Result<Partner, Error> {
    if caller.principal != Principal::Service(ServiceName::Launcher) {
        match partner_of(&app.authority, caller).await {
            Ok(own) if own == id => {}
            Ok(_) => return Err(Error::PartnerNotFound),
            Err(status) if status.code() == Code::PermissionDenied => return Err(Error::PartnerNotFound),
            Err(status) => return Err(Error::Refused(status)),
        }
    }
    let mut connection = app.pool.acquire().await?;
    store::find(&mut connection, id).await?.ok_or(Error::PartnerNotFound)
}
