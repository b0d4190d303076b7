//! Prefills an order for a merchant.

use kvitt_primitives::{BusinessIdentifier, OrderId, PartnerId};
use kvitt_runtime::{Caller, authority::not_permitted};
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Error, Told, partner_of, product_fields, tell};
use crate::{
    app::{App, By},
    domain::{Logo, Order, Product, Subject},
    store::orders::{self as store, OF_UNKNOWN_PARTNER, Prefilling},
};

/// What is prefilled for whom.
#[derive(Debug, Clone)]
pub(crate) struct Prefill {
    pub(crate) key: String,
    pub(crate) company: BusinessIdentifier,
    pub(crate) product: Product,
}

/// Stores what a partner prepares; once for each of the partner's keys, also when it was taken back since.
pub(crate) async fn prefill_order(app: &App, caller: &Caller, prefill: Prefill) -> Result<Order, Error> {
    let partner = partner_of(&app.authority, caller).await.map_err(Error::Refused)?;
    let by = By::caller(caller, &app.clock);
    let Prefill { key, company, product } = prefill;
    product_fields::check_logo(&product).await?;
    // The id opens the form for whoever has it, so nobody shall guess it.
    let id = OrderId::from_uuid(Uuid::new_v4());
    let order = Order::prefilled(id, partner, company, product, by.at);
    let prefilling = Prefilling { key, request_hash: hash(&order) };
    kvitt_postgres::transaction!(&app.pool, "prefill_order", async |tx| -> Result<Order, Error> {
        if let Some(stored) = prefilled_before(tx, partner, &prefilling).await? {
            return Ok(stored);
        }
        if let Subject::Product(product) = &order.subject {
            product_fields::check(tx, product, order.company.market(), Some(partner)).await?;
        }
        if !store::insert(tx, &order, Some(&prefilling)).await.map_err(meaning)? {
            return prefilled_before(tx, partner, &prefilling).await?.ok_or(Error::OrderExists);
        }
        // The company may be a merchant; the store knows.
        let stored = store::find(tx, id).await?.ok_or(Error::OrderNotFound)?;
        tell(tx, &by, Told { action: "order.made", before: None, after: Some(&stored) }).await?;
        Ok(stored)
    })
}

async fn prefilled_before(
    tx: &mut PgConnection,
    partner: PartnerId,
    prefilling: &Prefilling,
) -> Result<Option<Order>, Error> {
    match store::find_prefilled(tx, partner, &prefilling.key).await? {
        None => Ok(None),
        Some((order, hash)) if hash == prefilling.request_hash => Ok(Some(order)),
        Some(_) => Err(Error::KeyConflict),
    }
}

/// Of what was asked for, but for the password of a test site, which is not kept in any form.
fn hash(order: &Order) -> [u8; 32] {
    let logo = match &order.subject {
        Subject::Product(product) => product.logo.as_ref().map(Logo::png),
        Subject::Agreement(_) | Subject::Feature(_) => None,
    };
    let subject = store::to_json(&order.subject).to_string();
    let mut sha = Sha256::new();
    for part in [order.company.scheme(), order.company.number().as_str(), &subject] {
        // Each part behind its length, so that no two orders are hashed alike.
        sha.update((part.len() as u64).to_be_bytes());
        sha.update(part);
    }
    sha.update(logo.unwrap_or_default());
    sha.finalize().into()
}

/// Keys of a partner that nobody has registered.
fn meaning(error: sqlx::Error) -> Error {
    if kvitt_postgres::violated_constraint(&error) == Some(OF_UNKNOWN_PARTNER) {
        Error::Refused(not_permitted())
    } else {
        Error::Database(error)
    }
}
