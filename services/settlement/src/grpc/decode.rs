//! From the wire into the domain's words. Every broken field is named, in the words of upstream's JSON.

use std::str::FromStr;

use chrono::NaiveDate;
use kvitt_primitives::{IdempotencyKey, Invalid};
use kvitt_proto::{
    money,
    refusal::{self, FieldViolation},
    settlement::v1::{
        self, ListLedgersRequest, ListPayoutsRequest, ListTransactionsRequest, PostEntryRequest,
    },
};
use rust_decimal::Decimal;
use tonic::Status;

use super::{
    authorized,
    page_token::{self, List},
};
use crate::{
    app::{
        follow_entries, list_entries_of_date,
        list_entries_of_date::MOST_ON_PAGE,
        list_ledgers, list_payouts,
        list_transactions::{Dates, Rest},
        post_entry::Wish,
        readable::Readable,
    },
    domain::{Agreement, EntryType, Topic, cursor::Cursor, manual::Manual},
};

const DATE_RULE: &str = "must be a date: YYYY-MM-DD";

/// Most characters that an entry made by hand says.
const MOST_REFERENCE: usize = 64;

/// Most characters of a product's name.
const MOST_PRODUCT: usize = 50;

/// Reads fields, and remembers what is wrong with them.
#[derive(Default)]
pub(super) struct Fields(Vec<FieldViolation>);

impl Fields {
    /// Notes that a field breaks a rule.
    pub(super) fn broken<T>(&mut self, field: &str, rule: impl Into<String>) -> Option<T> {
        self.0.push(FieldViolation::new(field, rule));
        None
    }

    /// What was read, if nothing was broken.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, Status> {
        match read {
            Some(read) if self.0.is_empty() => Ok(read),
            Some(_) | None => Err(refusal::fields(self.0)),
        }
    }

    fn parse<T: FromStr<Err = Invalid>>(&mut self, field: &str, text: &str) -> Option<T> {
        text.parse().map_err(|Invalid { rule }| self.broken::<T>(field, rule)).ok()
    }

    /// A date, of exactly ten characters.
    pub(super) fn date(&mut self, field: &str, text: &str) -> Option<NaiveDate> {
        let written = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let date = Some(text).filter(|_| written).and_then(|text| NaiveDate::from_str(text).ok());
        date.or_else(|| self.broken(field, DATE_RULE))
    }

    /// A date that may be left out.
    fn date_if_any(&mut self, field: &str, text: &str) -> Option<NaiveDate> {
        if text.is_empty() { None } else { self.date(field, text) }
    }

    fn topic(&mut self, topic: i32) -> Option<Topic> {
        match v1::Topic::try_from(topic) {
            Ok(v1::Topic::Funds) => Some(Topic::Funds),
            Ok(v1::Topic::Fees) => Some(Topic::Fees),
            Ok(v1::Topic::Unspecified) | Err(_) => self.broken("topic", "must be funds or fees"),
        }
    }

    /// How many on a page: 0 means as many as usual.
    pub(super) fn size(&mut self, size: i32, (usual, most): (i64, i64)) -> Option<i64> {
        match i64::from(size) {
            0 => Some(usual),
            size if (1..=most).contains(&size) => Some(size),
            _ => self.broken("pageSize", format!("must be between 0 and {most}")),
        }
    }

    /// Where a reader of this stream, or of a date of it, stands; 0 before the first entry.
    fn place(&mut self, text: &str, of: (&Readable, Topic, Option<NaiveDate>)) -> Option<i64> {
        if text.is_empty() {
            return Some(0);
        }
        let (ledger, topic, date) = of;
        let cursor: Cursor = self.parse("cursor", text)?;
        let place = (&cursor.ledger, cursor.topic, cursor.date);
        if place == (&ledger.id, topic, date) {
            return Some(cursor.seq);
        }
        self.broken("cursor", Cursor::RULE)
    }

    fn number<T: TryFrom<i64>>(&mut self, field: &str, number: i64, most: i64) -> Option<T> {
        let within = (0..=most).contains(&number);
        let number = Some(number).filter(|_| within).and_then(|number| T::try_from(number).ok());
        number.or_else(|| self.broken(field, format!("must be between 0 and {most}")))
    }

    fn text(&mut self, field: &str, text: String, most: usize) -> Option<String> {
        if text.chars().count() <= most && !text.chars().any(char::is_control) {
            return Some(text);
        }
        self.broken(field, format!("must be at most {most} characters, without control characters"))
    }
}

/// Which entries of a date.
pub(super) fn of_date(
    request: &v1::ListEntriesOfDateRequest,
    ledger: &Readable,
) -> Result<list_entries_of_date::Wanted, Status> {
    let mut fields = Fields::default();
    let topic = fields.topic(request.topic);
    let date = fields.date("ledgerDate", &request.ledger_date);
    let size = fields.size(request.page_size, (MOST_ON_PAGE, MOST_ON_PAGE));
    let personal = request.include_personal;
    let wanted = topic.zip(date).and_then(|(topic, date)| {
        let after = fields.place(&request.cursor, (ledger, topic, Some(date)))?;
        Some(list_entries_of_date::Wanted { topic, date, after, size: size?, personal })
    });
    fields.finish(wanted)
}

/// Which entries of a stream.
pub(super) fn since(
    request: &v1::FollowEntriesRequest,
    ledger: &Readable,
) -> Result<follow_entries::Wanted, Status> {
    let mut fields = Fields::default();
    let topic = fields.topic(request.topic);
    let size = fields.size(request.page_size, (MOST_ON_PAGE, MOST_ON_PAGE));
    let personal = request.include_personal;
    let wanted = topic.and_then(|topic| {
        let after = fields.place(&request.cursor, (ledger, topic, None))?;
        Some(follow_entries::Wanted { topic, after, size: size?, personal })
    });
    fields.finish(wanted)
}

/// Which ledgers.
pub(super) fn ledgers(request: ListLedgersRequest) -> Result<list_ledgers::List, Status> {
    let mut fields = Fields::default();
    let size = fields.size(request.page_size, (list_ledgers::USUALLY_ON_PAGE, list_ledgers::MOST_ON_PAGE));
    let after = match request.page_token.as_str() {
        "" => None,
        token => {
            let msn = page_token::open(List::Ledgers, token).and_then(|msn| msn.parse().ok());
            msn.or_else(|| fields.broken("cursor", Cursor::RULE))
        }
    };
    let recipient_handle = request.recipient_handle;
    fields.finish(size.map(|size| list_ledgers::List { recipient_handle, size, after }))
}

/// Which payouts.
pub(super) fn payouts(request: &ListPayoutsRequest) -> Result<list_payouts::List, Status> {
    let mut fields = Fields::default();
    let size = fields.size(request.page_size, (list_payouts::USUALLY_ON_PAGE, list_payouts::MOST_ON_PAGE));
    let before = match request.page_token.as_str() {
        "" => None,
        token => {
            let number = page_token::open(List::Payouts, token).and_then(|number| number.parse().ok());
            number.or_else(|| fields.broken("pageToken", "must be a nextPageToken that was given"))
        }
    };
    fields.finish(size.map(|size| list_payouts::List { size, before }))
}

/// Which dates of `funds`, and how many entries.
pub(super) fn transactions(
    request: &ListTransactionsRequest,
    ledger: &Readable,
) -> Result<(Dates, i64), Status> {
    let mut fields = Fields::default();
    let size = fields.size(request.page_size, (MOST_ON_PAGE, MOST_ON_PAGE));
    let dates = if request.cursor.is_empty() {
        dates(request, &mut fields)
    } else {
        let rest = rest(&request.cursor, ledger).or_else(|| fields.broken("cursor", Cursor::RULE));
        rest.map(Dates::Rest)
    };
    fields.finish(dates.zip(size))
}

fn dates(request: &ListTransactionsRequest, fields: &mut Fields) -> Option<Dates> {
    let on = fields.date_if_any("ledgerDate", &request.ledger_date);
    let from = fields.date_if_any("fromLedgerDate", &request.from_ledger_date);
    let to = fields.date_if_any("toLedgerDate", &request.to_ledger_date);
    let dated = !request.from_ledger_date.is_empty() || !request.to_ledger_date.is_empty();
    if !request.ledger_date.is_empty() && (dated || request.in_payout != 0 || request.since_payout != 0) {
        fields.broken::<()>("ledgerDate", "must not stand beside other dates or payouts");
    }
    if request.in_payout != 0 && (dated || request.since_payout != 0) {
        fields.broken::<()>("inPayout", "must not stand beside dates or sincePayout");
    }
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        fields.broken::<()>("toLedgerDate", "must not be before fromLedgerDate");
    }
    let since_payout = Some(request.since_payout).filter(|number| *number != 0);
    match (request.in_payout, on) {
        (0, Some(on)) => Some(Dates::Between { from: Some(on), to: Some(on), since_payout }),
        (0, None) => Some(Dates::Between { from, to, since_payout }),
        (number, _) => Some(Dates::InPayout(number)),
    }
}

/// A cursor's ledger, the date and the transfer behind which it goes on, and the last date.
pub(super) fn rest_token(ledger: &Readable, rest: &Rest) -> String {
    let Rest { after: (date, number), to } = rest;
    page_token::seal(List::Transactions, &format!("{} {date} {number} {to}", ledger.id))
}

fn rest(token: &str, ledger: &Readable) -> Option<Rest> {
    let place = page_token::open(List::Transactions, token)?;
    let mut parts = place.split(' ');
    let mut next = || parts.next();
    let named = next()? == ledger.id.to_string();
    let rest = Rest { after: (next()?.parse().ok()?, next()?.parse().ok()?), to: next()?.parse().ok()? };
    named.then_some(rest)
}

/// What a unit agrees to.
pub(super) fn agreement(wire: v1::Agreement) -> Result<Agreement, Status> {
    let mut fields = Fields::default();
    let product = fields.text("product", wire.product, MOST_PRODUCT);
    let percentage = percentage(&wire.percentage)
        .or_else(|| fields.broken("percentage", "must be a number from 0 to 100 with at most four decimals"));
    let fixed_minor = fields.number("fixedMinor", wire.fixed_minor, 1_000_000);
    let minimum_minor = fields.number("minimumMinor", wire.minimum_minor, 1_000_000);
    let reserve_minor = fields.number("reserveMinor", wire.reserve_minor, 100_000_000_000);
    let delay = fields.number("payoutDelayDays", wire.payout_delay_days.into(), 30);
    let cut_off = fields.number("cutOffMinutes", wire.cut_off_minutes.into(), 720);
    let agreement = || {
        Some(Agreement {
            product: product?,
            percentage: percentage?,
            fixed_minor: fixed_minor?,
            minimum_minor: minimum_minor?,
            reserve_minor: reserve_minor?,
            payout_delay_days: delay?,
            cut_off_minutes: cut_off?,
        })
    };
    fields.finish(agreement())
}

/// `2.99`: digits, and at most four behind a point.
fn percentage(text: &str) -> Option<Decimal> {
    if text.is_empty() {
        return Some(Decimal::ZERO);
    }
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |digits: &str, most| {
        (1..=most).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let written = digits(whole, 3) && digits(decimals, 4);
    let number = Some(text).filter(|_| written).and_then(|text| Decimal::from_str_exact(text).ok());
    number.filter(|number| *number <= Decimal::ONE_HUNDRED)
}

/// What is to be added by hand to this ledger.
pub(super) fn entry(request: PostEntryRequest, ledger: &Readable) -> Result<Wish, Status> {
    let mut fields = Fields::default();
    let key: Option<IdempotencyKey> = fields.parse("idempotencyKey", &request.idempotency_key);
    let manual = manual(&request, ledger, &mut fields);
    let disputes = matches!(
        manual.as_ref().map(|manual| manual.entry_type),
        Some(EntryType::RetainedDisputedCapture | EntryType::ReturnedDisputedCapture)
    );
    if disputes && request.reference.is_empty() {
        fields.broken::<()>("reference", "is required: that of the disputed capture");
    }
    let reference = fields.text("reference", request.reference, MOST_REFERENCE);
    let wish = || Some(Wish { key: key?, manual: manual?, reference: reference? });
    fields.finish(wish())
}

fn manual(request: &PostEntryRequest, ledger: &Readable, fields: &mut Fields) -> Option<Manual> {
    let entry_type = entry_type(request.entry_type());
    let entry_type = entry_type.or_else(|| fields.broken("entryType", "is required"));
    let topic = match request.topic() {
        v1::Topic::Funds => Some(Topic::Funds),
        v1::Topic::Fees => Some(Topic::Fees),
        v1::Topic::Unspecified => None,
    };
    let amount = match money::from_proto(request.amount, "amount") {
        Ok(amount) if amount.currency == ledger.currency => Some(amount),
        Ok(_) => fields.broken("amount.currency", format!("must be {}", ledger.currency)),
        Err(violation) => fields.broken(&violation.field, violation.description),
    };
    let manual = Manual { entry_type: entry_type?, topic, amount_minor: amount?.minor };
    if let Err(refusal) = manual.sides() {
        return fields.broken(refusal.field(), refusal.to_string());
    }
    Some(manual)
}

fn entry_type(wire: v1::EntryType) -> Option<EntryType> {
    EntryType::ALL
        .into_iter()
        .find(|one| super::encode::entry_type(*one) == wire && wire != v1::EntryType::Unspecified)
}

/// The unit that an agreement is about.
pub(super) fn unit_of(agreement: &Option<v1::Agreement>) -> Result<kvitt_primitives::Msn, Status> {
    authorized::msn(agreement.as_ref().map_or("", |agreement| agreement.msn.as_str()))
}

#[cfg(test)]
mod tests;
