//! What is scanned and shown, from the wire.

use kvitt_primitives::{CardId, IdempotencyKey, Msn, PayerId};
use kvitt_proto::{
    money,
    payment::v1::customer::Identity,
    wallet::v1::{ExchangeCustomerRequest, PayVmNumberRequest, ScanQrRequest},
};
use uuid::Uuid;

use super::decode::Fields;
use crate::{
    app::{exchange_customer::Shown, pay_vm_number::PayVmNumber, scan_qr::Scan},
    domain::customer::{PersonalCode, Refusal, Token},
    error::{Error, field},
};

/// Most characters of a text that is scanned.
const MAX_TEXT: usize = 2000;
/// Most characters of what a payer writes.
const MAX_MESSAGE: usize = 100;

pub(super) fn scan(request: ScanQrRequest) -> Result<Scan, Error> {
    let mut fields = Fields::default();
    let payer_id: Option<PayerId> = fields.parse("payerId", &request.payer_id);
    let text = Some(request.text).filter(|text| (1..=MAX_TEXT).contains(&text.chars().count()));
    let text = fields.check("qrCode", text, "must be 1 to 2000 characters");
    let scan_id = fields.check("scanId", Uuid::try_parse(&request.scan_id).ok(), "must be a UUID");
    let whole = payer_id.zip(text).zip(scan_id);
    fields.finish(whole.map(|((payer_id, text), scan_id)| Scan { payer_id, text, scan_id }))
}

/// What a token or a code should have been is told by their own refusals.
pub(super) fn shown(request: ExchangeCustomerRequest) -> Result<Shown, Error> {
    match request.customer.and_then(|customer| customer.identity) {
        None => Err(field("customer", "is required")),
        Some(Identity::PhoneNumber(_)) => Err(field("customer", "must be a token or a personal code")),
        Some(Identity::CustomerToken(token)) => {
            Ok(Shown::Token(Token::parse(&token).ok_or(Refusal::InvalidToken)?))
        }
        Some(Identity::PersonalQr(code)) => {
            Ok(Shown::Code(PersonalCode::parse(&code).ok_or(Refusal::InvalidPersonalCode)?))
        }
    }
}

pub(super) fn pay(request: PayVmNumberRequest) -> Result<PayVmNumber, Error> {
    let mut fields = Fields::default();
    let payer_id: Option<PayerId> = fields.parse("payerId", &request.payer_id);
    let msn: Option<Msn> = fields.parse("msn", &request.msn);
    let amount = fields.take(money::from_proto(request.amount, "amount"));
    let fits = |text: &String| text.chars().count() <= MAX_MESSAGE && !text.chars().any(char::is_control);
    let message = fields.check("message", Some(request.message).filter(fits), "must be up to 100 characters");
    let card_id = Some(request.card_id).filter(|id| !id.is_empty());
    let card_id = card_id.and_then(|id| fields.parse::<CardId>("cardId", &id));
    let idempotency_key: Option<IdempotencyKey> = fields.parse("idempotencyKey", &request.idempotency_key);
    let whole = || {
        let (payer_id, msn, amount) = (payer_id?, msn?, amount?);
        Some(PayVmNumber {
            payer_id,
            msn,
            amount,
            message: message?,
            card_id,
            idempotency_key: idempotency_key?,
        })
    };
    let whole = whole();
    fields.finish(whole)
}
