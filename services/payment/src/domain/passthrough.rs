//! What is paid with, and payments whose card a PSP charges itself (contract 5.6).

use kvitt_primitives::ClientId;
use serde::{Deserialize, Serialize};

use super::{receipt::Violation, request::chars};

const CARD_TYPES: [&str; 6] = ["VISA_DEBIT", "VISA_CREDIT", "MC_CREDIT", "MC_DEBIT", "DANKORT", "ELEC_DEBIT"];

/// Where the money may come from, as the payment was asked for. The numbers are stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Method {
    #[default]
    Wallet,
    Card,
    CardPassthrough,
}

/// Where the payer takes it from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// A card in the payer's app.
    WalletCard,
    /// A card typed in on the landing page.
    TypedCard,
    /// A card in the payer's app that a PSP has charged.
    PassedThrough,
}

impl Method {
    /// Whether it can be paid with that.
    pub(super) fn takes(self, source: Source) -> bool {
        match self {
            Self::Wallet => source == Source::WalletCard,
            Self::Card => source == Source::TypedCard,
            Self::CardPassthrough => source == Source::PassedThrough,
        }
    }
}

/// How the PSP is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CardPassthrough {
    pub(crate) psp_reference: String,
    pub(crate) card_callback_url: String,
    pub(crate) allowed_card_types: Vec<String>,
    pub(crate) prefer_visa_part_of_visa_dankort: bool,
    pub(crate) public_encryption_key_id: Option<String>,
    /// Whose secret signs what the PSP is told: the client that asked. Nobody else can be told.
    pub(crate) client: Option<ClientId>,
}

impl CardPassthrough {
    /// Every broken rule of form; the URL has a code of its own.
    pub(super) fn violations(&self, found: &mut Vec<Violation>) {
        let path = |field: &str| format!("cardPassthrough.{field}");
        if !chars(&self.psp_reference, 1, 64) || self.psp_reference.contains('\0') {
            found.push((path("pspReference"), "must be 1 to 64 characters"));
        }
        if self.allowed_card_types.is_empty() {
            found.push((path("allowedCardTypes"), "must have at least one card type"));
        }
        for (index, word) in self.allowed_card_types.iter().enumerate() {
            let again = self.allowed_card_types[..index].contains(word);
            if again || !CARD_TYPES.contains(&word.as_str()) {
                let field = format!("allowedCardTypes[{index}]");
                found.push((path(&field), "must be one of the documented values, each once"));
            }
        }
        let is_id = |text: &String| uuid::Uuid::try_parse(text).is_ok();
        if self.public_encryption_key_id.as_ref().is_some_and(|id| !is_id(id)) {
            found.push((path("publicEncryptionKeyId"), "must be a UUID"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_broken_field_of_a_passthrough_is_named() {
        let good = CardPassthrough {
            psp_reference: "psp-1".into(),
            card_callback_url: "https://psp.example".into(),
            allowed_card_types: vec!["VISA_DEBIT".into(), "DANKORT".into()],
            prefer_visa_part_of_visa_dankort: false,
            public_encryption_key_id: Some("00000000-0000-0000-0000-000000000001".into()),
            client: None,
        };
        let types = |types: &[&str]| types.iter().map(|word| (*word).to_owned()).collect();
        let ok = || good.clone();
        let table: [(CardPassthrough, &[&str]); 7] = [
            (ok(), &[]),
            (CardPassthrough { psp_reference: String::new(), ..ok() }, &["pspReference"]),
            (CardPassthrough { psp_reference: "x".repeat(65), ..ok() }, &["pspReference"]),
            (CardPassthrough { allowed_card_types: Vec::new(), ..ok() }, &["allowedCardTypes"]),
            (
                CardPassthrough { allowed_card_types: types(&["DANKORT", "AMEX"]), ..ok() },
                &["allowedCardTypes[1]"],
            ),
            (
                CardPassthrough { allowed_card_types: types(&["DANKORT", "DANKORT"]), ..ok() },
                &["allowedCardTypes[1]"],
            ),
            (
                CardPassthrough { public_encryption_key_id: Some("key".into()), ..ok() },
                &["publicEncryptionKeyId"],
            ),
        ];
        for (passthrough, expected) in table {
            let mut found = Vec::new();
            passthrough.violations(&mut found);
            let fields: Vec<_> = found.iter().map(|(field, _)| field.as_str()).collect();
            let expected: Vec<_> = expected.iter().map(|field| format!("cardPassthrough.{field}")).collect();
            assert_eq!(fields, expected, "{passthrough:?}");
        }
    }

    #[test]
    fn each_method_is_paid_with_its_own_source() {
        let methods = [Method::Wallet, Method::Card, Method::CardPassthrough];
        let sources = [Source::WalletCard, Source::TypedCard, Source::PassedThrough];
        for (place, method) in methods.into_iter().enumerate() {
            let takes = sources.map(|source| method.takes(source));
            assert_eq!(takes, [place == 0, place == 1, place == 2], "{method:?}");
        }
    }
}
