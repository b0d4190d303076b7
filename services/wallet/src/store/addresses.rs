//! Where payers live.

use kvitt_primitives::{AddressId, PayerId};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use tracing::Instrument as _;

use super::{named, span};
use crate::domain::person::{Address, AddressKind, PayerAddress};

const LIST_ADDRESSES: &str = "
    SELECT address_id, kind, line_1, line_2, post_code, city, country
    FROM addresses
    WHERE payer_id = $1
    ORDER BY position";

const DELETE_ADDRESSES: &str = "DELETE FROM addresses WHERE payer_id = $1";

const INSERT_ADDRESSES: &str = "
    INSERT INTO addresses (payer_id, address_id, position, kind, line_1, line_2, post_code, city, country)
    SELECT $1, address_id, ordinal - 1, kind, line_1, line_2, post_code, city, country
    FROM UNNEST($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
        WITH ORDINALITY AS a (address_id, kind, line_1, line_2, post_code, city, country, ordinal)";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[LIST_ADDRESSES, DELETE_ADDRESSES, INSERT_ADDRESSES];

/// The payer's addresses, in the order in which they are shown.
pub(crate) async fn of(
    connection: &mut PgConnection,
    payer_id: PayerId,
) -> Result<Vec<PayerAddress>, sqlx::Error> {
    let rows = sqlx::query(LIST_ADDRESSES)
        .bind(payer_id.as_uuid())
        .fetch_all(connection)
        .instrument(span("addresses.of"))
        .await?;
    rows.iter().map(address).collect()
}

/// Keeps these addresses and no others. Whoever calls it holds the payer's row, so that two do not mix.
pub(crate) async fn replace(
    tx: &mut PgConnection,
    payer_id: PayerId,
    addresses: &[PayerAddress],
) -> Result<(), sqlx::Error> {
    sqlx::query(DELETE_ADDRESSES).bind(payer_id.as_uuid()).execute(&mut *tx).await?;
    insert(tx, payer_id, addresses).await
}

/// Adds the first addresses of a payer.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    payer_id: PayerId,
    addresses: &[PayerAddress],
) -> Result<(), sqlx::Error> {
    fn column<'a>(addresses: &'a [PayerAddress], of: impl Fn(&'a Address) -> &'a str) -> Vec<&'a str> {
        addresses.iter().map(|one| of(&one.address)).collect()
    }
    if addresses.is_empty() {
        return Ok(());
    }
    sqlx::query(INSERT_ADDRESSES)
        .bind(payer_id.as_uuid())
        .bind(addresses.iter().map(|one| one.address_id.as_uuid()).collect::<Vec<_>>())
        .bind(addresses.iter().map(|one| one.kind.as_str()).collect::<Vec<_>>())
        .bind(column(addresses, |address| &address.line_1))
        .bind(column(addresses, |address| &address.line_2))
        .bind(column(addresses, |address| &address.post_code))
        .bind(column(addresses, |address| &address.city))
        .bind(column(addresses, |address| &address.country))
        .execute(tx)
        .await?;
    Ok(())
}

fn address(row: &PgRow) -> Result<PayerAddress, sqlx::Error> {
    Ok(PayerAddress {
        address_id: AddressId::from_uuid(row.try_get("address_id")?),
        kind: named(&AddressKind::ALL, AddressKind::as_str, row.try_get("kind")?)?,
        address: Address {
            line_1: row.try_get("line_1")?,
            line_2: row.try_get("line_2")?,
            post_code: row.try_get("post_code")?,
            city: row.try_get("city")?,
            country: row.try_get("country")?,
        },
    })
}
