//! What stands sealed, so that it can be sealed again under another key-encryption key.

use kvitt_envelope::{
    Purpose,
    reseal::{Column, uuid},
};
use uuid::Uuid;

use crate::domain::ecom::token_owner;

/// A column of tokens, which belong to the sales unit; `$rest` is what else names a row, of type `$type`.
macro_rules! tokens {
    ($table:literal, $rest:literal, $type:literal, $first:literal) => {
        Column {
            name: concat!($table, ".sealed_token"),
            purpose: Purpose::CallbackToken,
            first: ("", $first),
            select: concat!(
                "SELECT msn AS owner, ",
                $rest,
                "::text AS key, sealed_token AS sealed FROM ",
                $table,
                " WHERE (msn, ",
                $rest,
                ") > ($1, $2::",
                $type,
                ") AND sealed_token IS NOT NULL ORDER BY msn, ",
                $rest,
                " LIMIT $3"
            ),
            update: concat!(
                "UPDATE ",
                $table,
                " SET sealed_token = $4 WHERE msn = $1 AND ",
                $rest,
                " = $2::",
                $type,
                " AND sealed_token = $3"
            ),
            owner: unit,
        }
    };
}

/// All of them.
pub(crate) const COLUMNS: &[Column] = &[
    Column {
        name: "registrations.sealed_secret",
        purpose: Purpose::WebhookSecret,
        first: ("00000000-0000-0000-0000-000000000000", ""),
        select: "
SELECT webhook_id::text AS owner, msn AS key, sealed_secret AS sealed FROM registrations
WHERE (webhook_id, msn) > ($1::uuid, $2)
ORDER BY webhook_id, msn
LIMIT $3",
        update: "
UPDATE registrations SET sealed_secret = $4 WHERE webhook_id = $1::uuid AND msn = $2 AND sealed_secret = $3",
        owner: uuid,
    },
    tokens!("deliveries", "delivery_id", "uuid", "00000000-0000-0000-0000-000000000000"),
    tokens!("ecom_payments", "reference", "text", ""),
    Column {
        name: "consent_removals.sealed_token",
        purpose: Purpose::CallbackToken,
        first: ("", ""),
        select: "
SELECT msn AS owner, $2 AS key, sealed_token AS sealed FROM consent_removals
WHERE msn > $1 AND sealed_token IS NOT NULL
ORDER BY msn
LIMIT $3",
        update: "
UPDATE consent_removals SET sealed_token = $4 WHERE msn = $1 AND $2 = '' AND sealed_token = $3",
        owner: unit,
    },
];

fn unit(msn: &str) -> Option<Uuid> {
    msn.parse().ok().map(|msn| token_owner(&msn))
}
