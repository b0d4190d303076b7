//! The way to the wallet, where test users become payers with cards and money.

use chrono::{DateTime, Datelike as _, Months, Utc};
use kvitt_primitives::{Market, Money};
use kvitt_proto::{
    money,
    wallet::v1::{Card, CardScheme, CreatePayerRequest, Payer, wallet_service_client::WalletServiceClient},
};
use kvitt_runtime::{Mesh, PeerChannel, RunError};
use sha2::{Digest as _, Sha256};
use tonic::Code;

use crate::{domain::test_user::TestUser, error::Error};

/// What is on each card, in minor units: a million.
const PLENTY_MINOR: i64 = 100_000_000;

/// Cards are valid for that long.
const CARD_LIFE: Months = Months::new(20 * 12);

/// The wallet, as this service sees it.
#[derive(Clone)]
pub(crate) struct Wallet {
    client: WalletServiceClient<PeerChannel>,
}

/// What became of a payer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Created {
    /// The wallet has them, now or since an earlier call.
    There,
    /// Another payer has the id or the phone number, and always will.
    Taken,
}

impl Wallet {
    pub(crate) fn new(mesh: &Mesh, url: &str) -> Result<Self, RunError> {
        Ok(Self { client: WalletServiceClient::new(mesh.peer(url)?) })
    }

    /// Makes the test user a payer. The same user again is harmless: everything follows from what is stored of them.
    pub(crate) async fn create_payer(&self, user: &TestUser) -> Result<Created, Error> {
        let payer = Payer {
            payer_id: user.id.to_string(),
            phone_number: user.phone_number.to_string(),
            name: user.name.to_string(),
            national_id: user.national_id.as_str().to_owned(),
            birth_date: user.birth_date().to_string(),
            ..Payer::default()
        };
        let request = CreatePayerRequest { payer: Some(payer), cards: cards(user) };
        match self.client.clone().create_payer(request).await {
            Ok(_) => Ok(Created::There),
            Err(status) if status.code() == Code::AlreadyExists => Ok(Created::Taken),
            Err(status) => Err(Error::Wallet(Box::new(status))),
        }
    }
}

fn cards(user: &TestUser) -> Vec<Card> {
    let (first, second) = match user.market {
        Market::No => (CardScheme::Visa, CardScheme::Bankaxept),
        Market::Dk => (CardScheme::Visa, CardScheme::Dankort),
        Market::Fi => (CardScheme::Visa, CardScheme::Mastercard),
    };
    [(1, first), (2, second)].map(|(number, scheme)| card(user, number, scheme)).into()
}

fn card(user: &TestUser, number: u8, scheme: CardScheme) -> Card {
    let bin = match scheme {
        CardScheme::Mastercard => "520000",
        CardScheme::Bankaxept => "957000",
        CardScheme::Dankort => "501900",
        CardScheme::Visa | CardScheme::Electron | CardScheme::Unspecified => "492500",
    };
    let chance = Sha256::new().chain_update(user.id.as_uuid()).chain_update([number]).finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&chance[..16]);
    let last_four = u16::from_be_bytes([chance[16], chance[17]]) % 10_000;
    let balance = Money { currency: user.market.currency(), minor: PLENTY_MINOR };
    Card {
        card_id: uuid::Builder::from_random_bytes(id).into_uuid().to_string(),
        scheme: scheme.into(),
        bin: bin.to_owned(),
        last_four: format!("{last_four:04}"),
        expires_month: expires_month(user.created_at),
        balance: Some(money::to_proto(balance)),
        commercial: false,
    }
}

fn expires_month(created_at: DateTime<Utc>) -> String {
    let last = created_at.checked_add_months(CARD_LIFE).unwrap_or(created_at);
    format!("{:04}-{:02}", last.year().min(9999), last.month())
}

#[cfg(test)]
mod tests {
    use kvitt_primitives::{MerchantId, PayerId};
    use uuid::Uuid;

    use super::*;
    use crate::domain::test_user::make_up;

    #[test]
    fn a_test_user_has_two_cards_of_their_own_with_plenty_of_money_of_the_market() {
        for market in Market::ALL {
            let person = make_up(market, [1, 2, 3, 4]).unwrap();
            let user = |id| TestUser {
                id: PayerId::from_uuid(Uuid::from_u128(id)),
                merchant_id: MerchantId::from_uuid(Uuid::nil()),
                market,
                national_id: person.national_id.clone(),
                phone_number: person.phone_number.clone().unwrap(),
                name: person.name.clone(),
                created_at: "2026-09-01T12:00:00Z".parse().unwrap(),
            };
            let cards = cards(&user(1));
            assert_eq!(cards, super::cards(&user(1)), "the same whenever it is asked");
            assert_eq!(cards.len(), 2);
            assert_ne!(cards[0].card_id, cards[1].card_id);
            assert_ne!(cards[0].card_id, super::cards(&user(2))[0].card_id);
            assert_eq!(cards[0].expires_month, "2046-09");
            let currency = money::currency_to_proto(market.currency());
            assert!(cards.iter().all(|card| card.balance.as_ref().unwrap().currency() == currency));
        }
    }
}
