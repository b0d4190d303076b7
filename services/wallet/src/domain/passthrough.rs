//! Payments whose card a PSP charges: which cards it takes, and what it is told of one (contract-payments section 5.6).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::Datelike as _;
use kvitt_primitives::{CardId, ClientId, Currency};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    approval::{Refusal, Terms},
    card::{Plastic, Scheme},
    payer::Card,
};

/// Bytes of a cryptogram.
const CRYPTOGRAM: usize = 20;

/// The kinds of cards that PSPs tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CardType {
    VisaDebit,
    VisaCredit,
    MastercardCredit,
    MastercardDebit,
    Dankort,
    ElectronDebit,
}

/// How a payment's PSP charges cards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CardPassthrough {
    pub(crate) psp_reference: String,
    pub(crate) callback_url: String,
    pub(crate) allowed: Vec<CardType>,
    /// A Visa/Dankort is charged as a Visa.
    pub(crate) prefers_visa_part: bool,
    /// Whether the PSP can read the number of a card that has no network token.
    pub(crate) has_encryption_key: bool,
    /// The API client with whose secret the PSP's callback is signed.
    pub(crate) client_id: ClientId,
}

/// What a PSP is given to charge a card.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum CardData {
    Token(NetworkToken),
    EncryptedNumber(String),
}

/// What stands for a card at its network. This one is simulated: no network has issued it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct NetworkToken {
    pub(crate) number: String,
    pub(crate) cryptogram: String,
    pub(crate) expiry_month: String,
    pub(crate) expiry_year: String,
}

impl CardType {
    /// Every type.
    pub(crate) const ALL: [Self; 6] = [
        Self::VisaDebit,
        Self::VisaCredit,
        Self::MastercardCredit,
        Self::MastercardDebit,
        Self::Dankort,
        Self::ElectronDebit,
    ];

    /// Its name on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::VisaDebit => "VISA_DEBIT",
            Self::VisaCredit => "VISA_CREDIT",
            Self::MastercardCredit => "MC_CREDIT",
            Self::MastercardDebit => "MC_DEBIT",
            Self::Dankort => "DANKORT",
            Self::ElectronDebit => "ELEC_DEBIT",
        }
    }

    /// Company cards give credit, others take from an account; BankAxept is not for sale to PSPs.
    fn of(plastic: &Plastic) -> Option<Self> {
        match (plastic.scheme, plastic.commercial) {
            (Scheme::Visa, false) => Some(Self::VisaDebit),
            (Scheme::Visa, true) => Some(Self::VisaCredit),
            (Scheme::Mastercard, false) => Some(Self::MastercardDebit),
            (Scheme::Mastercard, true) => Some(Self::MastercardCredit),
            (Scheme::Dankort, _) => Some(Self::Dankort),
            (Scheme::Electron, _) => Some(Self::ElectronDebit),
            (Scheme::Bankaxept, _) => None,
        }
    }
}

impl CardPassthrough {
    /// As what the PSP charges the card, if it does. A Dankort by itself has no network token, so its number has to be
    /// encrypted for the PSP.
    pub(crate) fn takes(&self, plastic: &Plastic) -> Option<CardType> {
        let sent_as = match CardType::of(plastic)? {
            CardType::Dankort if self.prefers_visa_part => CardType::VisaDebit,
            other => other,
        };
        let readable = sent_as != CardType::Dankort || self.has_encryption_key;
        (readable && self.allowed.contains(&sent_as)).then_some(sent_as)
    }

    /// Picks the card asked for, or the first that the PSP takes.
    pub(crate) fn choose<'a>(
        &self,
        terms: &Terms,
        cards: &'a [Card],
        asked: Option<CardId>,
    ) -> Result<&'a Card, Refusal> {
        let is_asked = |card: &&Card| asked.is_none_or(|asked| card.plastic.card_id == asked);
        if asked.is_some() && !cards.iter().any(|card| is_asked(&card)) {
            return Err(terms.refusal(Refusal::NotThePayersCard));
        }
        let of_currency = |card: &&Card| card.funds.currency == terms.amount.currency;
        let fitting = |card: &&Card| self.takes(&card.plastic).is_some();
        let mut cards = cards.iter().filter(is_asked).filter(of_currency).filter(fitting);
        cards.next().ok_or_else(|| terms.refusal(Refusal::NoCards))
    }
}

impl CardData {
    /// What is sent of the card, simulated: the numbers of these cards are not kept anywhere, and keys are exchanged with
    /// PSPs elsewhere.
    pub(crate) fn simulated(sent_as: CardType, plastic: &Plastic, attempt_id: Uuid) -> Self {
        if sent_as == CardType::Dankort {
            return Self::EncryptedNumber(STANDARD.encode(digest("encrypted number", attempt_id)));
        }
        let month = plastic.expires.first_day();
        Self::Token(NetworkToken {
            number: token_number(plastic.card_id),
            cryptogram: STANDARD.encode(&digest("cryptogram", attempt_id)[..CRYPTOGRAM]),
            expiry_month: format!("{:02}", month.month()),
            expiry_year: format!("{:04}", month.year()),
        })
    }
}

/// The first six digits and the last four, as they may be shown.
pub(crate) fn masked(plastic: &Plastic) -> String {
    format!("{}******{}", plastic.bin, plastic.last_four)
}

/// Where cards of this currency are issued.
pub(crate) fn issued_in(currency: Currency) -> &'static str {
    match currency {
        Currency::Nok => "NO",
        Currency::Dkk => "DK",
        Currency::Eur => "FI",
        Currency::Sek => "SE",
        Currency::Usd => "US",
        Currency::Gbp => "GB",
    }
}

/// Sixteen digits, always the same for a card. No network's numbers begin with a zero.
fn token_number(card_id: CardId) -> String {
    let digits = digest("network token", card_id.as_uuid());
    let digits = digits.iter().take(15).map(|byte| char::from(b'0' + byte % 10));
    std::iter::once('0').chain(digits).collect()
}

fn digest(what: &str, id: Uuid) -> [u8; 32] {
    Sha256::new().chain_update(what).chain_update(id).finalize().into()
}

#[cfg(test)]
mod tests;
