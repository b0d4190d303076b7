//! Reads an order.

use kvitt_primitives::{MerchantId, OrderId};
use kvitt_runtime::{
    Action, Caller, Principal, ServiceName,
    authority::{matrix::KeyKind, no_such_merchant},
};
use tonic::{Code, Status};

use super::Error;
use crate::{app::App, domain::Order, store::orders as store};

/// The order, for the partner that made it, the user who applies, whoever sees all of the merchant, and the operator. For
/// everybody else it is as absent.
pub(crate) async fn get_order(app: &App, caller: &Caller, id: OrderId) -> Result<Order, Error> {
    let mut connection = app.pool.acquire().await?;
    let order = store::find(&mut connection, id).await?.ok_or(Error::OrderNotFound)?;
    drop(connection);
    if sees(app, caller, &order).await? { Ok(order) } else { Err(Error::OrderNotFound) }
}

async fn sees(app: &App, caller: &Caller, order: &Order) -> Result<bool, Error> {
    let made_it = match caller.principal {
        Principal::Service(service) => return Ok(service == ServiceName::Launcher),
        Principal::User(user) => order.applicant == Some(user),
        Principal::Client(client) => {
            let client = app.authority.client(client).await.map_err(Error::Refused)?;
            let makes_orders = matches!(client.kind, Some(KeyKind::Partner | KeyKind::Management));
            makes_orders && client.partner_id.is_some() && client.partner_id == order.partner_id
        }
    };
    match order.merchant_id {
        Some(merchant) if !made_it => match sees_all_of(app, caller, merchant).await {
            Ok(()) => Ok(true),
            Err(status) if matches!(status.code(), Code::NotFound | Code::PermissionDenied) => Ok(false),
            Err(status) => Err(Error::Refused(status)),
        },
        Some(_) | None => Ok(made_it),
    }
}

/// Passes for whoever sees all of the merchant: its Administrators, its management keys and the operator. A partner sees
/// what it has made and what it is linked to, never all.
pub(super) async fn sees_all_of(app: &App, caller: &Caller, merchant: MerchantId) -> Result<(), Status> {
    if let Principal::Client(client) = caller.principal
        && app.authority.client(client).await?.partner_id.is_some()
    {
        return Err(no_such_merchant());
    }
    app.authority.may_for(caller, Action::SeeAllUnits, merchant).await
}
