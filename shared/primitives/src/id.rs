//! Identifiers with types, so that one cannot stand in for another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Invalid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes a UUID as this kind of id.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The bare UUID, for storage and the wire.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                Uuid::try_parse(text).map(Self).map_err(|_| Invalid { rule: "must be a UUID" })
            }
        }
    )*};
}

ids! {
    /// A payment; upstream's `pspReference` of the payment and of its CREATED event.
    PaymentId
    /// One event of a payment; upstream's `pspReference` of the event.
    EventId
    /// One operation at the acquirer.
    OperationId
    /// A payer.
    PayerId
    /// A payer's card.
    CardId
    /// One of a payer's addresses.
    AddressId
    /// The name by which one sales unit knows a payer; upstream's `sub`.
    Sub
    /// What a payer agreed to share, once; upstream's `sid`.
    ConsentId
    /// A merchant.
    MerchantId
    /// An API client, upstream's `client_id`.
    ClientId
    /// A user of the portal.
    UserId
    /// An integration partner.
    PartnerId
    /// An order or application of a merchant.
    OrderId
    /// What a merchant pays.
    PricePackageId
    /// A portal user's session.
    SessionId
    /// One attempt at logging in.
    LoginId
    /// A link that an order has.
    CategoryId
    /// A merchant's registration for events; upstream's `id` of a webhook.
    WebhookId
    /// One thing that a merchant's server is told.
    DeliveryId
    /// The receipt of an order.
    ReceiptId
}
