//! Lists what an API client may act for.

use kvitt_primitives::Msn;
use kvitt_proto::{error::v1::Reason, refusal};
use kvitt_runtime::{
    Action, Caller, Principal,
    authority::{
        Client,
        matrix::{KeyKind, key_permits},
        not_permitted,
    },
};
use sqlx::PgConnection;

use super::list_sales_units::Listed;
use crate::{
    app::{App, Error},
    domain::SalesUnit,
    store::sales_units::{self as store, Filter, Page},
};

/// The longest page that is given, and the one given when no length is asked for.
pub(crate) const MOST_ACCESSIBLE_PER_PAGE: u32 = 1_000;

/// Active units that the calling API client may act for, whoever's they are: at most `size`, after the unit `after`.
pub(crate) async fn list_accessible_sales_units(
    app: &App,
    caller: &Caller,
    size: u32,
    after: Option<Msn>,
) -> Result<Listed, Error> {
    let Principal::Client(client) = caller.principal else {
        let detail = "only API clients have sales units that they may act for";
        return Err(Error::Refused(refusal::status(Reason::PermissionDenied, detail)));
    };
    let client = app.authority.client(client).await.map_err(Error::Refused)?;
    if client.kind.is_some_and(|kind| !key_permits(kind, Action::ReadSalesUnit)) {
        return Err(Error::Refused(not_permitted()));
    }
    let size = size.clamp(1, MOST_ACCESSIBLE_PER_PAGE);
    let page = Page { limit: i64::from(size) + 1, after };
    let mut connection = app.pool.acquire().await?;
    Ok(Listed::of(of_client(&mut connection, &client, &page).await?, size))
}

async fn of_client(
    connection: &mut PgConnection,
    client: &Client,
    page: &Page,
) -> Result<Vec<SalesUnit>, sqlx::Error> {
    match (client.kind, client.partner_id, client.merchant_id) {
        // Keys that were revoked are for nothing, though a token may live on.
        (None, ..) => Ok(Vec::new()),
        (Some(KeyKind::Partner | KeyKind::Management), Some(partner), _) => {
            store::list_of_partner(connection, partner, page).await
        }
        (Some(KeyKind::Management), None, Some(merchant)) => {
            store::list_of_merchant(connection, merchant, &Filter::default(), page).await
        }
        (Some(_), ..) => store::list_these(connection, &client.msns, page).await,
    }
}
