//! A set of keys in a row of `api_clients`.

use kvitt_primitives::{ClientId, MerchantId, Msn, PartnerId};
use sqlx::{Row as _, postgres::PgRow};

use crate::domain::{
    credentials::KeySet,
    owner::{KeyKind, Owner, OwnerName, Said},
};

/// The set in a row with all columns that are no secret.
pub(super) fn key_set(row: &PgRow) -> Result<KeySet, sqlx::Error> {
    Ok(KeySet {
        client_id: ClientId::from_uuid(row.try_get("client_id")?),
        owner: owner(row)?,
        active: row.try_get("active")?,
        created_at: row.try_get("created_at")?,
    })
}

/// The owner in a row with the columns that say who it is.
pub(super) fn owner(row: &PgRow) -> Result<Owner, sqlx::Error> {
    let kind = kind(row)?;
    let msn: Option<&str> = row.try_get("msn")?;
    let name: Option<String> = row.try_get("owner_name")?;
    let said = Said {
        msn: msn.map(str::parse::<Msn>).transpose().map_err(unreadable)?,
        merchant_id: row.try_get::<Option<_>, _>("merchant_id")?.map(MerchantId::from_uuid),
        partner_id: row.try_get::<Option<_>, _>("partner_id")?.map(PartnerId::from_uuid),
        name: name.map(OwnerName::try_new).transpose().map_err(unreadable)?,
    };
    match (kind, said) {
        (KeyKind::SalesUnit, Said { msn: Some(msn), merchant_id: None, partner_id: None, name: None }) => {
            Ok(Owner::UnitOfSomebody { msn })
        }
        (kind, said) => {
            Owner::try_new(kind, said).map_err(|_| unreadable("an owner of another kind of keys"))
        }
    }
}

pub(super) fn kind(row: &PgRow) -> Result<KeyKind, sqlx::Error> {
    let word: &str = row.try_get("kind")?;
    let kind = KeyKind::ALL.into_iter().find(|kind| kind.as_str() == word);
    kind.ok_or_else(|| unreadable("a kind of keys that nobody knows"))
}

fn unreadable(what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}
