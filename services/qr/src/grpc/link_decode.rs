//! Links and requests from the wire into the domain's words. Fields are named as the REST edge spells them.

use chrono::DateTime;
use kvitt_primitives::{Currency, IdempotencyKey, Invalid, Money, Msn, PhoneNumber};
use kvitt_proto::{
    money,
    payment::v1::{self as payment, shipping::Options},
    qr::v1::{
        ListPaymentLinksRequest, OpenAmount, PayPaymentLinkRequest, PayVmNumberRequest, PaymentLinkTerms,
        RequestPaymentRequest, payment_link_terms,
    },
    refusal::{self, FieldViolation},
    time,
};
use prost::Message as _;
use sha2::{Digest as _, Sha256};
use tonic::Status;

use crate::{
    app::{
        Error,
        list_payment_links::{List, MOST_ON_PAGE, Place},
        pay_payment_link, request_payment,
    },
    domain::{
        Found,
        link::{LinkId, Price, Shipping, Terms},
        request,
    },
};

/// What is no id is the id of nothing.
pub(super) fn link_id(text: &str) -> Result<LinkId, Status> {
    Ok(text.parse().map_err(|_| Error::LinkNotFound)?)
}

/// The id of a new link; what stands in for one that is broken names nothing.
pub(super) fn new_link_id(text: &str, found: &mut Found) -> LinkId {
    let id = text.parse().map_err(|Invalid { rule }| found.check(false, "paymentLinkId", rule));
    id.unwrap_or(LinkId(uuid::Uuid::nil()))
}

/// What a link asks for, as far as it can be read; what stands in for the rest is not judged.
pub(super) fn terms(terms: Option<PaymentLinkTerms>, found: &mut Found) -> Terms {
    let terms = terms.unwrap_or_default();
    let expires_at = terms.expires_at.and_then(|at| noted(time::from_proto(at, "expiresAt"), found));
    Terms {
        title: terms.title,
        description: terms.description,
        price: price(terms.price, found),
        vat_rate: terms.vat_rate,
        quantity: terms.quantity,
        automatic_capture: terms.automatic_capture,
        expires_at,
        profile_scope: terms.profile_scope,
        shipping: terms.shipping.as_ref().map(shipping),
    }
}

fn price(price: Option<payment_link_terms::Price>, found: &mut Found) -> Price {
    let nothing = Money::new(Currency::Nok, 0);
    match price {
        None => {
            found.check(false, "amount", "is required, or openAmount");
            Price::Fixed(nothing)
        }
        Some(payment_link_terms::Price::Amount(amount)) => {
            let amount = noted(money::from_proto(Some(amount), "amount"), found);
            Price::Fixed(amount.unwrap_or(nothing))
        }
        Some(payment_link_terms::Price::OpenAmount(OpenAmount { least, most })) => {
            let least = noted(money::from_proto(least, "openAmount.least"), found);
            let most = noted(money::from_proto(most, "openAmount.most"), found);
            Price::Open { least: least.unwrap_or(nothing), most: most.unwrap_or(nothing) }
        }
    }
}

fn shipping(shipping: &payment::Shipping) -> Shipping {
    let names_options = match &shipping.options {
        Some(Options::Fixed(fixed)) => {
            !fixed.groups.is_empty() && fixed.groups.iter().all(|group| !group.options.is_empty())
        }
        Some(Options::Dynamic(_)) | None => false,
    };
    Shipping { names_options, given: shipping.encode_to_vec() }
}

/// Which page.
pub(super) fn list(request: &ListPaymentLinksRequest) -> Result<List, Status> {
    let mut found = Found::default();
    let size = match request.page_size {
        0 => MOST_ON_PAGE,
        size => size,
    };
    found.check((1..=MOST_ON_PAGE).contains(&size), "pageSize", "must be between 0 and 100");
    let after = (!request.page_token.is_empty()).then(|| place(&request.page_token));
    let known = !matches!(after, Some(None));
    found.check(known, "pageToken", "must be a nextPageToken that was given");
    whole(Some(List { size, after: after.flatten() }), found)
}

fn place(token: &str) -> Option<Place> {
    let (at, id) = token.split_once('.')?;
    let at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
    // PostgreSQL has no others.
    let at = time::from_proto(time::to_proto(at), "pageToken").ok()?;
    Some((at, id.parse().ok()?))
}

/// What a payer wants.
pub(super) fn payer_wish(request: PayPaymentLinkRequest) -> Result<pay_payment_link::Wish, Status> {
    let mut found = Found::default();
    let nameless = PayPaymentLinkRequest { idempotency_key: String::new(), ..request.clone() };
    let key = key(&request.idempotency_key, &mut found);
    let amount = request.amount.map(|amount| noted(money::from_proto(Some(amount), "amount"), &mut found));
    let phone = (!request.phone_number.is_empty()).then(|| phone(&request.phone_number, &mut found));
    let wish = key.map(|key| pay_payment_link::Wish {
        key,
        hash: Sha256::digest(nameless.encode_to_vec()).to_vec(),
        amount: amount.flatten(),
        phone_number: phone.flatten(),
        return_url: Some(request.return_url).filter(|url| !url.is_empty()),
    });
    whole(wish, found)
}

/// What a user asks for.
pub(super) fn request_wish(
    request: RequestPaymentRequest,
    msn: Msn,
) -> Result<request_payment::Wish, Status> {
    let mut found = Found::default();
    request::check_request_message(&request.message, &mut found);
    let key = key(&request.idempotency_key, &mut found);
    let phone_number = phone(&request.phone_number, &mut found);
    let amount = noted(money::from_proto(request.amount, "amount"), &mut found);
    whole(wish(msn, (key, phone_number, amount), request.message), found)
}

/// What a payer of a VM number wants, and their name.
pub(super) fn vm_wish(request: PayVmNumberRequest) -> Result<(String, request_payment::Wish), Status> {
    let mut found = Found::default();
    let msn =
        noted(request.msn.parse().map_err(|Invalid { rule }| FieldViolation::new("msn", rule)), &mut found);
    request::check_payer(&request.payer_name, &request.message, &mut found);
    let key = key(&request.idempotency_key, &mut found);
    let phone_number = phone(&request.phone_number, &mut found);
    let amount = noted(money::from_proto(request.amount, "amount"), &mut found);
    let wish = msn.and_then(|msn| wish(msn, (key, phone_number, amount), request.message));
    Ok((request.payer_name, whole(wish, found)?))
}

fn wish(
    msn: Msn,
    (key, phone_number, amount): (Option<IdempotencyKey>, Option<PhoneNumber>, Option<Money>),
    message: String,
) -> Option<request_payment::Wish> {
    Some(request_payment::Wish { msn, key: key?, phone_number: phone_number?, amount: amount?, message })
}

fn key(text: &str, found: &mut Found) -> Option<IdempotencyKey> {
    text.parse().map_err(|Invalid { rule }| found.check(false, "idempotencyKey", rule)).ok()
}

fn phone(text: &str, found: &mut Found) -> Option<PhoneNumber> {
    text.parse().map_err(|Invalid { rule }| found.check(false, "phoneNumber", rule)).ok()
}

fn noted<T>(read: Result<T, FieldViolation>, found: &mut Found) -> Option<T> {
    read.map_err(|broken| found.check(false, broken.field, broken.description)).ok()
}

/// The whole, which is there when nothing is wrong.
fn whole<T>(read: Option<T>, found: Found) -> Result<T, Status> {
    let violation = |(path, rule): (String, String)| FieldViolation::new(path, rule);
    match read {
        Some(read) if found.is_empty() => Ok(read),
        _ => Err(refusal::fields(found.0.into_iter().map(violation).collect())),
    }
}
