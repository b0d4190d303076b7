//! How payers answer payments, from the wire.

use kvitt_primitives::{IdempotencyKey, Msn};
use kvitt_proto::wallet::v1::{
    AnswerChallengeRequest, ApprovePaymentRequestRequest, ListShippingOptionsRequest,
    OpenPaymentRequestRequest, PayWithCardRequest, RejectPaymentRequestRequest,
};
use uuid::Uuid;

use super::decode::Fields;
use crate::{
    app::{
        attempts::Answer, list_shipping_options::ListShipping, pay_with_card::PayWithCard, payments::Named,
    },
    domain::{
        approval::Consenting,
        card::ExpiryMonth,
        challenge::{ChallengeId, Verdict},
        inbox::Key,
        payer::Who,
        typed_card::{self, TypedCard},
    },
    error::{Error, field},
};

/// Most characters in a reference of any origin.
const MAX_REFERENCE: usize = 64;

pub(super) fn open(request: OpenPaymentRequestRequest) -> Result<Named, Error> {
    let OpenPaymentRequestRequest { msn, reference, redirect_token } = request;
    if !redirect_token.is_empty() {
        return Ok(Named::ByToken(redirect_token));
    }
    if reference.is_empty() {
        return Err(field("reference", "is required when there is no token"));
    }
    Ok(Named::ByReference(Key { msn, reference }))
}

pub(super) fn list_shipping(request: ListShippingOptionsRequest) -> Result<ListShipping, Error> {
    let mut fields = Fields::default();
    let who = who(&mut fields, &request.payer_id, &request.phone_number);
    let address_id = given(&request.address_id).map(|id| fields.parse("addressId", id));
    let key = Key { msn: request.msn, reference: request.reference };
    let list = who.map(|who| ListShipping { key, who, address_id: address_id.flatten() });
    fields.finish(list)
}

pub(super) fn approve(request: ApprovePaymentRequestRequest) -> Result<(Who, Answer), Error> {
    let mut fields = Fields::default();
    let who = who(&mut fields, &request.payer_id, &request.phone_number);
    let idempotency_key = fields.parse("idempotencyKey", &request.idempotency_key);
    let card_id = given(&request.card_id).map(|id| fields.parse("cardId", id));
    let address_id = given(&request.address_id).map(|id| fields.parse("addressId", id));
    let key = Key { msn: request.msn, reference: request.reference };
    let option_id = Some(request.shipping_option_id).filter(|id| !id.is_empty());
    let consenting = if request.consent { Consenting::Agrees } else { Consenting::Silent };
    let (card_id, address_id) = (card_id.flatten(), address_id.flatten());
    let answer = idempotency_key.map(|idempotency_key| Answer {
        key,
        idempotency_key,
        card_id,
        consenting,
        option_id,
        address_id,
    });
    fields.finish(who.zip(answer))
}

pub(super) fn pay_with_card(request: PayWithCardRequest) -> Result<PayWithCard, Error> {
    let mut fields = Fields::default();
    let ends = typed_card::ends_of(&request.card_number);
    let ends = fields.check("cardNumber", ends, typed_card::NUMBER_RULE);
    let expires = ExpiryMonth::parse(&request.expires_month);
    let expires = fields.check("expiresMonth", expires, "must be a month, YYYY-MM");
    let code = Some(()).filter(|()| typed_card::is_security_code(&request.security_code));
    fields.check("securityCode", code, "must be 3 or 4 digits");
    let idempotency_key: Option<IdempotencyKey> = fields.parse("idempotencyKey", &request.idempotency_key);
    let key = Key { msn: request.msn, reference: request.reference };
    let whole = ends.zip(expires).zip(idempotency_key);
    let pay = whole.map(|(((bin, last_four), expires), idempotency_key)| PayWithCard {
        key,
        card: TypedCard { bin, last_four, expires },
        idempotency_key,
    });
    fields.finish(pay)
}

pub(super) fn answer_challenge(
    request: &AnswerChallengeRequest,
) -> Result<(Msn, ChallengeId, Verdict), Error> {
    let mut fields = Fields::default();
    let msn = fields.parse("msn", &request.msn);
    let id = Uuid::try_parse(&request.challenge_id).ok().map(ChallengeId);
    let id = fields.check("challengeId", id, "must be a UUID");
    let verdict = if request.passed { Verdict::Passed } else { Verdict::Failed };
    fields.finish(msn.zip(id).map(|(msn, id)| (msn, id, verdict)))
}

/// Who says no, if they say who they are, and to what.
pub(super) fn reject(request: RejectPaymentRequestRequest) -> Result<(Option<Who>, Key), Error> {
    let mut fields = Fields::default();
    let anonymous = request.payer_id.is_empty() && request.phone_number.is_empty();
    let who = (!anonymous).then(|| who(&mut fields, &request.payer_id, &request.phone_number));
    let msn: Option<Msn> = fields.parse("msn", &request.msn);
    let reference = Some(request.reference).filter(|reference| is_reference(reference));
    let reference = fields.check("reference", reference, "must be 1 to 64 letters, digits and hyphens");
    let key = msn.zip(reference).map(|(msn, reference)| Key { msn: msn.to_string(), reference });
    fields.finish(key.map(|key| (who.flatten(), key)))
}

/// By id, or else by phone number.
fn who(fields: &mut Fields, payer_id: &str, phone_number: &str) -> Option<Who> {
    match (payer_id, phone_number) {
        ("", "") => fields.check("payerId", None, "is required when there is no phone number"),
        ("", phone_number) => fields.parse("phoneNumber", phone_number).map(Who::Phone),
        (payer_id, _) => fields.parse("payerId", payer_id).map(Who::Id),
    }
}

fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn is_reference(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=MAX_REFERENCE).contains(&text.len()) && text.bytes().all(known)
}
