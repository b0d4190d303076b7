//! Answers in upstream's shapes (contract-merchant section 5); the order of the fields is theirs.

use chrono::SecondsFormat;
use kvitt_proto::{
    error::v1::Reason,
    money, refusal,
    settlement::v1::{
        Entry, EntryType, FollowEntriesResponse, ListEntriesOfDateResponse, ListTransactionsResponse,
    },
    time,
};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

/// `entryType`.
pub(crate) const ENTRY_TYPES: [(&str, EntryType); 13] = [
    ("capture", EntryType::Capture),
    ("refund", EntryType::Refund),
    ("capture-fee", EntryType::CaptureFee),
    ("service-fee", EntryType::ServiceFee),
    ("fees-retained", EntryType::FeesRetained),
    ("fees-invoiced", EntryType::FeesInvoiced),
    ("payout-scheduled", EntryType::PayoutScheduled),
    ("payout-aborted", EntryType::PayoutAborted),
    ("retained-disputed-capture", EntryType::RetainedDisputedCapture),
    ("returned-disputed-capture", EntryType::ReturnedDisputedCapture),
    ("correction", EntryType::Correction),
    ("top-up", EntryType::TopUp),
    ("credit-note", EntryType::CreditNote),
];

/// A page of a ledger date.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = report::OfDate)]
pub(crate) struct OfDate {
    /// Only where there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    /// Absent while the date is not closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    has_more: Option<bool>,
    /// The date is not closed: ask again in half an hour at the earliest.
    try_later: bool,
    items: Vec<Transaction>,
}

/// A page of the feed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = report::Feed)]
pub(crate) struct Feed {
    /// Where to go on, always.
    cursor: String,
    /// There is no more now: wait a second at least.
    try_later: bool,
    items: Vec<Transaction>,
}

/// A page of the first version.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = report::Transactions)]
pub(crate) struct Transactions {
    /// Empty on the last page.
    cursor: String,
    items: Vec<Transaction>,
}

/// A line of a stream. Amounts are signed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = report::Transaction)]
pub(crate) struct Transaction {
    psp_reference: String,
    #[schema(value_type = crate::openapi::words::Instant)]
    time: String,
    #[schema(value_type = crate::openapi::report::Date)]
    ledger_date: String,
    /// More types may come: rely on the amount.
    entry_type: &'static str,
    reference: String,
    #[schema(value_type = crate::openapi::words::CurrencyCode)]
    currency: &'static str,
    amount: i64,
    balance_before: i64,
    balance_after: i64,
    /// Absent on what belongs to the ledger as a whole.
    #[serde(skip_serializing_if = "String::is_empty")]
    recipient_handle: String,
    /// What the payer of a VM number wrote; like the next two only where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    masked_phone_no: Option<String>,
}

impl OfDate {
    pub(crate) fn from_proto(answer: ListEntriesOfDateResponse) -> Result<Self, Status> {
        let more = !answer.cursor.is_empty();
        Ok(Self {
            has_more: (!answer.try_later).then_some(more),
            try_later: answer.try_later,
            items: items(answer.entries)?,
            cursor: Some(answer.cursor).filter(|_| more),
        })
    }
}

impl Feed {
    pub(crate) fn from_proto(answer: FollowEntriesResponse) -> Result<Self, Status> {
        Ok(Self { cursor: answer.cursor, try_later: answer.try_later, items: items(answer.entries)? })
    }
}

impl Transactions {
    pub(crate) fn from_proto(answer: ListTransactionsResponse) -> Result<Self, Status> {
        Ok(Self { cursor: answer.cursor, items: items(answer.entries)? })
    }
}

impl Transaction {
    pub(crate) fn from_proto(entry: Entry) -> Result<Self, Status> {
        let known = ENTRY_TYPES.iter().find(|(_, entry_type)| *entry_type == entry.entry_type());
        let entry_type = known.map(|(word, _)| *word).ok_or_else(|| lacks("a type"))?;
        let currency = money::currency_from_proto(entry.currency, "currency");
        let time =
            entry.time.and_then(|at| time::from_proto(at, "time").ok()).ok_or_else(|| lacks("a time"))?;
        let personal = entry.personal.map(|payer| (payer.message, payer.name, payer.masked_phone_no));
        let (message, name, masked_phone_no) = match personal {
            Some((message, name, phone)) => (Some(message), Some(name), Some(phone)),
            None => (None, None, None),
        };
        Ok(Self {
            psp_reference: entry.psp_reference,
            time: time.to_rfc3339_opts(SecondsFormat::Micros, true),
            ledger_date: entry.ledger_date,
            entry_type,
            reference: entry.reference,
            currency: currency.map_err(|_| lacks("a currency"))?.code(),
            amount: entry.amount_minor,
            balance_before: entry.balance_before_minor,
            balance_after: entry.balance_after_minor,
            recipient_handle: entry.recipient_handle,
            message,
            name,
            masked_phone_no,
        })
    }
}

fn items(entries: Vec<Entry>) -> Result<Vec<Transaction>, Status> {
    entries.into_iter().map(Transaction::from_proto).collect()
}

fn lacks(what: &str) -> Status {
    refusal::status(Reason::Internal, format!("an entry lacks {what}"))
}

#[cfg(test)]
mod tests {
    use kvitt_proto::{money::v1::Currency, settlement::v1::Personal};
    use prost_types::Timestamp;
    use serde_json::json;

    use super::*;

    fn entry() -> Entry {
        Entry {
            psp_reference: "01234567-8901-2345-6789-012345678901".to_owned(),
            time: Some(Timestamp { seconds: 1_601_856_000, nanos: 5_000 }),
            ledger_date: "2020-10-05".to_owned(),
            entry_type: EntryType::Capture.into(),
            reference: "acme-shop-123-order123abc".to_owned(),
            currency: Currency::Nok.into(),
            amount_minor: 49_900,
            balance_before_minor: -100,
            balance_after_minor: 49_800,
            recipient_handle: "api:123456".to_owned(),
            transaction_id: 12_345_600_000_001,
            personal: None,
        }
    }

    #[test]
    fn a_transaction_is_told_in_upstreams_words_and_order() {
        let told = serde_json::to_string(&Transaction::from_proto(entry()).unwrap()).unwrap();
        let expected = concat!(
            r#"{"pspReference":"01234567-8901-2345-6789-012345678901","time":"2020-10-05T00:00:00.000005Z","#,
            r#""ledgerDate":"2020-10-05","entryType":"capture","reference":"acme-shop-123-order123abc","#,
            r#""currency":"NOK","amount":49900,"balanceBefore":-100,"balanceAfter":49800,"#,
            r#""recipientHandle":"api:123456"}"#,
        );
        assert_eq!(told, expected);
        let payer = Personal {
            name: "Kari Nordmann".to_owned(),
            masked_phone_no: "+47 xxxx 8586".to_owned(),
            message: String::new(),
        };
        let personal = Entry { personal: Some(payer), recipient_handle: String::new(), ..entry() };
        let told = serde_json::to_value(Transaction::from_proto(personal).unwrap()).unwrap();
        assert_eq!(
            (&told["message"], &told["name"], &told["maskedPhoneNo"]),
            (&json!(""), &json!("Kari Nordmann"), &json!("+47 xxxx 8586"))
        );
        assert!(told.get("recipientHandle").is_none(), "{told}");
    }

    #[test]
    fn a_page_says_of_more_what_its_list_says() {
        let of_date = |cursor: &str, try_later| {
            let answer =
                ListEntriesOfDateResponse { entries: Vec::new(), cursor: cursor.to_owned(), try_later };
            serde_json::to_value(OfDate::from_proto(answer).unwrap()).unwrap()
        };
        assert_eq!(of_date("", true), json!({"tryLater": true, "items": []}));
        assert_eq!(of_date("", false), json!({"hasMore": false, "tryLater": false, "items": []}));
        assert_eq!(
            of_date("c", false),
            json!({"cursor": "c", "hasMore": true, "tryLater": false, "items": []})
        );
        let feed = FollowEntriesResponse { entries: Vec::new(), cursor: "c".to_owned(), try_later: true };
        let told = serde_json::to_value(Feed::from_proto(feed).unwrap()).unwrap();
        assert_eq!(told, json!({"cursor": "c", "tryLater": true, "items": []}));
        let told = serde_json::to_value(Transactions::from_proto(Default::default()).unwrap()).unwrap();
        assert_eq!(told, json!({"cursor": "", "items": []}));
    }

    #[test]
    fn every_type_has_a_word_and_what_has_none_is_a_fault() {
        for number in 1..=13 {
            let entry = Entry { entry_type: number, ..entry() };
            assert!(Transaction::from_proto(entry).is_ok(), "{number}");
        }
        let broken = [
            Entry { entry_type: 0, ..entry() },
            Entry { currency: 0, ..entry() },
            Entry { time: None, ..entry() },
        ];
        for entry in broken {
            let refused = Transaction::from_proto(entry).unwrap_err();
            assert_eq!(refusal::reason_of(&refused), Some(Reason::Internal));
        }
    }
}
