//! The wire of card callbacks, which PSPs answer (contract-payments section 5.6).

use kvitt_egress::UrlRefused;
use serde::{Deserialize, Serialize};

use super::Unreadable;
use crate::domain::{
    card_callback::{CardCallback, Said},
    inbox::Key,
    passthrough::{CardData, CardPassthrough, CardType, issued_in, masked},
    payer::Card,
};

/// Most characters of the network's name of a transaction.
const LONGEST_REFERENCE: usize = 100;

/// What a PSP is asked.
pub(crate) struct CardQuestion<'a> {
    pub(crate) passthrough: &'a CardPassthrough,
    pub(crate) key: &'a Key,
    pub(crate) callback: &'a CardCallback,
    pub(crate) card: &'a Card,
    pub(crate) sent_as: CardType,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    psp_reference: &'a str,
    authorization_attempt_id: String,
    merchant_serial_number: &'a str,
    amount: Amount,
    card_info: CardInfo,
}

#[derive(Serialize)]
struct Amount {
    currency: &'static str,
    value: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CardInfo {
    masked_card_number: String,
    card_type: &'static str,
    card_issued_in_country_code: &'static str,
    card_data_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    network_token: Option<Token>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encrypted_pan: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    number: String,
    cryptogram: String,
    expiry_month: String,
    expiry_year: String,
}

/// Why it has failed is for the PSP and its merchant, who were told by the PSP.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status: Status,
    network_transaction_reference: Option<String>,
    soft_decline_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Status {
    Reserve,
    Fail,
    SoftDecline,
}

pub(super) fn question(question: &CardQuestion<'_>) -> Vec<u8> {
    let CardQuestion { passthrough, key, callback, card, sent_as } = question;
    let data = CardData::simulated(*sent_as, &card.plastic, callback.id);
    let (card_data_type, network_token, encrypted_pan) = match data {
        CardData::Token(token) => {
            let token = Token {
                number: token.number,
                cryptogram: token.cryptogram,
                expiry_month: token.expiry_month,
                expiry_year: token.expiry_year,
            };
            ("TOKEN", Some(token), None)
        }
        CardData::EncryptedNumber(number) => ("PAN", None, Some(number)),
    };
    let request = Request {
        psp_reference: &passthrough.psp_reference,
        authorization_attempt_id: callback.id.to_string(),
        merchant_serial_number: &key.msn,
        amount: Amount { currency: callback.total.currency.code(), value: callback.total.minor },
        card_info: CardInfo {
            masked_card_number: masked(&card.plastic),
            card_type: sent_as.as_str(),
            card_issued_in_country_code: issued_in(card.funds.currency),
            card_data_type,
            network_token,
            encrypted_pan,
        },
    };
    serde_json::to_vec(&request).expect("texts and numbers have a form in JSON")
}

/// `judge` says whether a payer may be sent to a URL.
pub(super) fn answer(
    body: &[u8],
    judge: impl Fn(&str) -> Result<(), UrlRefused>,
) -> Result<Said, Unreadable> {
    let Answer { status, network_transaction_reference, soft_decline_url } = serde_json::from_slice(body)?;
    match (status, network_transaction_reference, soft_decline_url) {
        (Status::Reserve, Some(network_transaction_reference), _) => {
            let named = (1..=LONGEST_REFERENCE).contains(&network_transaction_reference.len());
            let plain = network_transaction_reference.bytes().all(|byte| byte.is_ascii_graphic());
            if named && plain { Ok(Said::Reserve { network_transaction_reference }) } else { Err(Unreadable) }
        }
        (Status::SoftDecline, _, Some(url)) if judge(&url).is_ok() => Ok(Said::SoftDecline),
        (Status::Fail, _, _) => Ok(Said::Fail),
        (Status::Reserve | Status::SoftDecline, _, _) => Err(Unreadable),
    }
}
