//! What stands sealed, so that it can be sealed again under another key-encryption key. The signing keys see to themselves
//! (`crate::keys`).

use kvitt_envelope::{
    Purpose,
    reseal::{Column, uuid},
};

/// A column of sealed texts, whose owner is the row's own id.
macro_rules! column {
    ($table:literal, $id:literal, $column:literal, $purpose:ident) => {
        Column {
            name: concat!($table, ".", $column),
            purpose: Purpose::$purpose,
            first: ("00000000-0000-0000-0000-000000000000", ""),
            select: concat!(
                "SELECT ",
                $id,
                "::text AS owner, $2 AS key, ",
                $column,
                " AS sealed FROM ",
                $table,
                " WHERE ",
                $id,
                " > $1::uuid AND ",
                $column,
                " IS NOT NULL ORDER BY ",
                $id,
                " LIMIT $3"
            ),
            update: concat!(
                "UPDATE ",
                $table,
                " SET ",
                $column,
                " = $4 WHERE ",
                $id,
                " = $1::uuid AND $2 = '' AND ",
                $column,
                " = $3"
            ),
            owner: uuid,
        }
    };
}

/// All of them.
pub(crate) const COLUMNS: &[Column] = &[
    column!("api_clients", "client_id", "sealed_client_secret", ClientSecret),
    column!("api_clients", "client_id", "sealed_primary_key", PrimarySubscriptionKey),
    column!("api_clients", "client_id", "sealed_secondary_key", SecondarySubscriptionKey),
    column!("users", "user_id", "national_id_sealed", NationalId),
    column!("users", "user_id", "phone_sealed", PhoneNumber),
    column!("users", "user_id", "email_sealed", EmailAddress),
    column!("persons", "person_id", "national_id_sealed", NationalId),
    column!("persons", "person_id", "phone_sealed", PhoneNumber),
    column!("test_users", "test_user_id", "national_id_sealed", NationalId),
    column!("test_users", "test_user_id", "phone_sealed", PhoneNumber),
];
