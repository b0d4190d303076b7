//! One attempt at paying: everything that is decided before the acquirer is asked for the money.

use kvitt_primitives::{AddressId, IdempotencyKey, PayerId};

use super::{consent::Scopes, inbox::Key, payer::CardChoice, shipping::ShippingOption};

/// What the payer pays with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// A card in the payer's app.
    WalletCard,
    /// A card that was typed in.
    TypedCard,
    /// A card in the payer's app that a PSP charges.
    PassedThrough,
}

/// An attempt. Its key is the payer's, so that payment gives its first answer again when the attempt comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) key: Key,
    pub(crate) idempotency_key: IdempotencyKey,
    pub(crate) payer_id: PayerId,
    pub(crate) card: CardChoice,
    pub(crate) source: Source,
    /// What the payer agrees to share, when they were asked.
    pub(crate) consent: Option<Scopes>,
    /// Express only.
    pub(crate) delivery: Option<Delivery>,
}

/// How the goods are sent, and to which of the payer's addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) option: ShippingOption,
    pub(crate) address_id: AddressId,
}

impl Source {
    /// Every source.
    pub(crate) const ALL: [Self; 3] = [Self::WalletCard, Self::TypedCard, Self::PassedThrough];

    /// Its name in storage.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::WalletCard => "wallet_card",
            Self::TypedCard => "typed_card",
            Self::PassedThrough => "passed_through",
        }
    }
}
