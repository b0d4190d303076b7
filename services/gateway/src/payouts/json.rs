//! The wire types of payouts.

use chrono::SecondsFormat;
use kvitt_proto::{
    error::v1::Reason,
    money, refusal,
    settlement::v1::{self, ListPayoutsResponse, PayoutState},
    time,
};
use prost_types::Timestamp;
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

/// How far a payout has come.
pub(crate) const STATES: [(&str, PayoutState); 3] = [
    ("SCHEDULED", PayoutState::Scheduled),
    ("EXECUTED", PayoutState::Executed),
    ("ABORTED", PayoutState::Aborted),
];

/// A page of payouts, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::Payouts)]
pub(crate) struct Payouts {
    payouts: Vec<Payout>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "String::is_empty")]
    next_page_token: String,
}

/// A payout to the merchant's account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::Payout)]
struct Payout {
    payout_number: i64,
    ledger_id: String,
    /// The first ledger date that it covers.
    #[schema(value_type = crate::openapi::report::Date)]
    from_date: String,
    /// The last one.
    #[schema(value_type = crate::openapi::report::Date)]
    to_date: String,
    amount: Amount,
    /// What the bank statement says.
    reference: String,
    account: Account,
    /// The banking day on which the money is there.
    #[schema(value_type = crate::openapi::report::Date)]
    value_date: String,
    #[schema(value_type = crate::openapi::report::PayoutStateWord)]
    state: &'static str,
    #[schema(value_type = crate::openapi::words::Instant)]
    scheduled_at: String,
    /// When the bank had executed or refused it; absent until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::openapi::words::Instant>)]
    ended_at: Option<String>,
    /// Why the bank refused it.
    #[serde(skip_serializing_if = "String::is_empty")]
    failure: String,
}

/// How much.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = kvitt::PayoutAmount)]
struct Amount {
    #[schema(value_type = crate::openapi::words::CurrencyCode)]
    currency: &'static str,
    value: i64,
}

/// Where it goes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = kvitt::PayoutAccount)]
struct Account {
    scheme: String,
    id: String,
}

impl Payouts {
    pub(crate) fn from_proto(answer: ListPayoutsResponse) -> Result<Self, Status> {
        let payouts = answer.payouts.into_iter().map(payout).collect::<Result<_, _>>()?;
        Ok(Self { payouts, next_page_token: answer.next_page_token })
    }
}

fn payout(payout: v1::Payout) -> Result<Payout, Status> {
    let state = STATES.iter().find(|(_, state)| *state == payout.state());
    let amount = money::from_proto(payout.amount, "amount").map_err(|_| lacks("an amount"))?;
    Ok(Payout {
        state: state.map(|(word, _)| *word).ok_or_else(|| lacks("a state"))?,
        payout_number: payout.payout_number,
        ledger_id: payout.ledger_id,
        from_date: payout.from_date,
        to_date: payout.to_date,
        amount: Amount { currency: amount.currency.code(), value: amount.minor },
        reference: payout.reference,
        account: Account { scheme: payout.account_scheme, id: payout.account_id },
        value_date: payout.value_date,
        scheduled_at: instant(payout.scheduled_at)?.ok_or_else(|| lacks("a time"))?,
        ended_at: instant(payout.ended_at)?,
        failure: payout.failure,
    })
}

fn instant(at: Option<Timestamp>) -> Result<Option<String>, Status> {
    let text = |at| time::from_proto(at, "at").map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true));
    at.map(text).transpose().map_err(|_| lacks("a time"))
}

fn lacks(what: &str) -> Status {
    refusal::status(Reason::Internal, format!("a payout lacks {what}"))
}

#[cfg(test)]
mod tests {
    use kvitt_proto::money::v1::{Currency, Money};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_payout_is_told_in_the_words_of_this_api() {
        let at = Some(Timestamp { seconds: 1_780_000_000, nanos: 123_456_000 });
        let payout = v1::Payout {
            msn: "123456".to_owned(),
            ledger_id: "12345601".to_owned(),
            payout_number: 2_000_001,
            from_date: "2026-05-27".to_owned(),
            to_date: "2026-05-28".to_owned(),
            amount: Some(Money { currency: Currency::Nok.into(), amount_minor: 28_800 }),
            reference: "Utb. 2000001 Vippsnr 123456".to_owned(),
            account_scheme: "BBAN:NO".to_owned(),
            account_id: "86011117947".to_owned(),
            value_date: "2026-06-01".to_owned(),
            state: PayoutState::Scheduled.into(),
            scheduled_at: at,
            ended_at: None,
            failure: String::new(),
        };
        let page = |payout| ListPayoutsResponse { payouts: vec![payout], next_page_token: String::new() };
        let told = serde_json::to_value(Payouts::from_proto(page(payout.clone())).unwrap()).unwrap();
        let mut expected = json!({
            "payoutNumber": 2_000_001, "ledgerId": "12345601", "fromDate": "2026-05-27", "toDate": "2026-05-28",
            "amount": {"currency": "NOK", "value": 28_800}, "reference": "Utb. 2000001 Vippsnr 123456",
            "account": {"scheme": "BBAN:NO", "id": "86011117947"}, "valueDate": "2026-06-01",
            "state": "SCHEDULED", "scheduledAt": "2026-05-28T20:26:40.123Z",
        });
        assert_eq!(told, json!({"payouts": [expected]}));
        let failure = "the account is closed".to_owned();
        let ended =
            v1::Payout { state: PayoutState::Aborted.into(), ended_at: at, failure, ..payout.clone() };
        let told = serde_json::to_value(Payouts::from_proto(page(ended)).unwrap()).unwrap();
        expected["state"] = json!("ABORTED");
        expected["endedAt"] = json!("2026-05-28T20:26:40.123Z");
        expected["failure"] = json!("the account is closed");
        assert_eq!(told, json!({"payouts": [expected]}));
        for broken in [
            v1::Payout { state: 0, ..payout.clone() },
            v1::Payout { amount: None, ..payout.clone() },
            v1::Payout { scheduled_at: None, ..payout },
        ] {
            assert!(Payouts::from_proto(page(broken)).is_err());
        }
    }
}
