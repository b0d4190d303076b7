//! From the wire to the domain. Broken fields are collected and named all at once.

use std::{fmt::Display, str::FromStr};

use chrono::{DateTime, NaiveDate};
use kvitt_primitives::{Money, PayerId};
use kvitt_proto::{
    acquirer::v1::{Operation as OperationMessage, OperationKey, operation},
    money,
    refusal::FieldViolation,
    time,
    wallet::v1::{Card as CardMessage, CardScheme, CreatePayerRequest, ListPaymentRequestsRequest},
};

use super::people;
use crate::{
    app::list_payment_requests::{MAX_PAGE_SIZE, Page},
    domain::{
        acquirer::{Action, Key, Operation},
        card::{ExpiryMonth, Plastic, Scheme},
        inbox,
        payer::{MAX_CARDS, NewCard, Registration},
    },
    error::Error,
    store::inbox::After,
};

/// The broken fields of a message. A field that breaks its rule is noted and `None`.
#[derive(Default)]
pub(super) struct Fields {
    violations: Vec<FieldViolation>,
}

impl Fields {
    pub(super) fn take<T>(&mut self, result: Result<T, FieldViolation>) -> Option<T> {
        result.map_err(|violation| self.violations.push(violation)).ok()
    }

    pub(super) fn parse<T: FromStr<Err: Display>>(&mut self, field: &str, text: &str) -> Option<T> {
        self.take(text.parse().map_err(|rule: T::Err| FieldViolation::new(field, rule.to_string())))
    }

    pub(super) fn check<T>(&mut self, field: &str, value: Option<T>, rule: &str) -> Option<T> {
        self.take(value.ok_or_else(|| FieldViolation::new(field, rule)))
    }

    /// The whole, when no field of it was broken.
    pub(super) fn finish<T>(self, whole: Option<T>) -> Result<T, Error> {
        match whole {
            Some(whole) if self.violations.is_empty() => Ok(whole),
            Some(_) | None => Err(Error::Fields(self.violations)),
        }
    }
}

/// One field alone.
pub(super) fn one<T: FromStr<Err: Display>>(field: &str, text: &str) -> Result<T, Error> {
    let mut fields = Fields::default();
    let value = fields.parse(field, text);
    fields.finish(value)
}

pub(super) fn registration(request: CreatePayerRequest) -> Result<Registration, Error> {
    let mut fields = Fields::default();
    let count = Some(()).filter(|()| request.cards.len() <= MAX_CARDS);
    fields.check("cards", count, "must be at most 10");
    let cards: Vec<_> = request
        .cards
        .into_iter()
        .enumerate()
        .filter_map(|(at, message)| card(&mut fields, at, message))
        .collect();
    let person = people::person(&mut fields, request.payer.unwrap_or_default());
    fields.finish(person.map(|person| Registration { person, cards }))
}

fn card(fields: &mut Fields, at: usize, message: CardMessage) -> Option<NewCard> {
    let path = |field: &str| format!("cards[{at}].{field}");
    let scheme = fields.check(&path("scheme"), scheme(message.scheme()), "must be a card scheme");
    let card_id = fields.parse(&path("cardId"), &message.card_id);
    let bin = fields.check(&path("bin"), digits(message.bin, 6), "must be 6 digits");
    let last_four = fields.check(&path("lastFour"), digits(message.last_four, 4), "must be 4 digits");
    let expires = ExpiryMonth::parse(&message.expires_month);
    let expires = fields.check(&path("expiresMonth"), expires, "must be a month, YYYY-MM");
    let balance = fields.take(money::from_proto(message.balance, &path("balance")));
    let balance = balance.and_then(|balance| {
        let not_negative = Some(balance).filter(|balance| balance.minor >= 0);
        fields.check(&path("balance.value"), not_negative, "must not be negative")
    });
    let Money { currency, minor } = balance?;
    let plastic = Plastic {
        card_id: card_id?,
        scheme: scheme?,
        bin: bin?,
        last_four: last_four?,
        expires: expires?,
        commercial: message.commercial,
    };
    Some(NewCard { plastic, currency, opened_minor: minor })
}

fn scheme(scheme: CardScheme) -> Option<Scheme> {
    match scheme {
        CardScheme::Unspecified => None,
        CardScheme::Visa => Some(Scheme::Visa),
        CardScheme::Electron => Some(Scheme::Electron),
        CardScheme::Mastercard => Some(Scheme::Mastercard),
        CardScheme::Bankaxept => Some(Scheme::Bankaxept),
        CardScheme::Dankort => Some(Scheme::Dankort),
    }
}

pub(super) fn page(request: &ListPaymentRequestsRequest) -> Result<Page, Error> {
    let mut fields = Fields::default();
    let payer_id: Option<PayerId> = fields.parse("payerId", &request.payer_id);
    let size = if request.page_size == 0 { MAX_PAGE_SIZE } else { request.page_size };
    let size = Some(size).filter(|size| (1..=MAX_PAGE_SIZE).contains(size));
    let size = fields.check("pageSize", size, "must be at most 100");
    let after = fields.check("pageToken", after(&request.page_token), "must be the token of the page before");
    let whole = || Some(Page { payer_id: payer_id?, after: after?, size: size? });
    let whole = whole();
    fields.finish(whole)
}

fn after(token: &str) -> Option<After> {
    if token.is_empty() {
        return Some(After::nothing());
    }
    let mut parts = token.splitn(3, '.');
    let created_at = DateTime::from_timestamp_micros(parts.next()?.parse().ok()?)?;
    let (msn, reference) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    let storable = !token.contains('\0') && created_at >= DateTime::UNIX_EPOCH;
    storable.then_some(After { created_at, key: inbox::Key { msn, reference } })
}

pub(super) fn operations(messages: &[OperationMessage]) -> Result<Vec<Operation>, Error> {
    let mut fields = Fields::default();
    let operations =
        messages.iter().enumerate().filter_map(|(at, message)| operation(&mut fields, at, message));
    let operations = Some(operations.collect());
    fields.finish(operations)
}

fn operation(fields: &mut Fields, at: usize, message: &OperationMessage) -> Option<Operation> {
    let path = |field: &str| format!("operations[{at}].{field}");
    let msn = fields.parse(&path("msn"), &message.msn);
    let operation_id = fields.parse(&path("operationId"), &message.operation_id);
    let payment_id = fields.parse(&path("paymentId"), &message.payment_id);
    let decided_at = fields.check(&path("decidedAt"), message.decided_at, "is required");
    let decided_at = decided_at.and_then(|at| fields.take(time::from_proto(at, &path("decidedAt"))));
    let amount = fields.take(money::from_proto(message.amount, &path("amount")));
    let amount = amount.and_then(|amount| {
        let positive = Some(amount).filter(|amount| amount.minor > 0);
        fields.check(&path("amount.value"), positive, "must be greater than zero")
    });
    let action = fields.check(&path("action"), message.action.as_ref(), "is required");
    let action = action.and_then(|message| action_of(fields, &path, message));
    Some(Operation {
        key: Key { msn: msn?, operation_id: operation_id? },
        payment_id: payment_id?,
        decided_at: decided_at?,
        amount: amount?,
        action: action?,
    })
}

fn action_of(
    fields: &mut Fields,
    path: &impl Fn(&str) -> String,
    message: &operation::Action,
) -> Option<Action> {
    let mut reservation_id =
        |action: &str, id: &str| fields.parse(&path(&format!("{action}.reservationId")), id);
    Some(match message {
        operation::Action::Capture(capture) => {
            Action::Capture { reservation_id: reservation_id("capture", &capture.reservation_id)? }
        }
        operation::Action::Refund(refund) => {
            Action::Refund { reservation_id: reservation_id("refund", &refund.reservation_id)? }
        }
        operation::Action::Release(release) => {
            Action::Release { reservation_id: reservation_id("release", &release.reservation_id)? }
        }
        operation::Action::Reserve(reserve) => {
            let payer_id = fields.parse(&path("reserve.payerId"), &reserve.payer_id);
            let card_id = fields.parse(&path("reserve.cardId"), &reserve.card_id);
            Action::Reserve { payer_id: payer_id?, card_id: card_id? }
        }
    })
}

pub(super) fn keys(messages: &[OperationKey]) -> Result<Vec<Key>, Error> {
    let mut fields = Fields::default();
    let keys = messages.iter().enumerate().filter_map(|(at, message)| {
        let msn = fields.parse(&format!("keys[{at}].msn"), &message.msn);
        let operation_id = fields.parse(&format!("keys[{at}].operationId"), &message.operation_id);
        Some(Key { msn: msn?, operation_id: operation_id? })
    });
    let keys = Some(keys.collect());
    fields.finish(keys)
}

pub(super) fn text(text: String, most: usize) -> Option<String> {
    let printable = !text.trim().is_empty() && !text.chars().any(char::is_control);
    (printable && text.chars().count() <= most).then_some(text)
}

fn digits(text: String, count: usize) -> Option<String> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

pub(super) fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|date| date.to_string() == text)
}
