//! `GET /report/v1/ledgertransactions`, deprecated upstream: what happened in `funds`, by dates or by payout.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use kvitt_proto::settlement::v1::ListTransactionsRequest;
use tonic::Status;
use url::form_urlencoded;

use super::json::Transactions;
use crate::{body::Faults, gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn ledger_transactions(
    State(gateway): State<Gateway>,
    RawQuery(query): RawQuery,
) -> Result<Json<Transactions>, Refused> {
    let request = decode(query.as_deref().unwrap_or_default())?;
    let answer = gateway.ledgers().list_transactions(request).await?.into_inner();
    Ok(Json(Transactions::from_proto(answer)?))
}

/// Where a name stands twice, the last one counts.
fn decode(query: &str) -> Result<ListTransactionsRequest, Status> {
    let (mut request, faults) = (ListTransactionsRequest::default(), Faults::default());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "ledgerId" => request.ledger_id = value.into_owned(),
            "ledgerDate" => request.ledger_date = value.into_owned(),
            "fromLedgerDate" => request.from_ledger_date = value.into_owned(),
            "toLedgerDate" => request.to_ledger_date = value.into_owned(),
            "inPayout" => request.in_payout = payout("inPayout", &value, &faults),
            "sincePayout" => request.since_payout = payout("sincePayout", &value, &faults),
            "cursor" => request.cursor = value.into_owned(),
            _ => {}
        }
    }
    if request.ledger_id.is_empty() {
        faults.field("ledgerId", "is required");
    }
    faults.finish().map(|()| request)
}

/// A payout's number; 0 where none is given.
fn payout(name: &str, digits: &str, faults: &Faults) -> i64 {
    if digits.is_empty() {
        return 0;
    }
    let number = digits.parse().ok().filter(|number: &i64| *number > 0);
    number.unwrap_or_else(|| {
        faults.field(name, "must be the number of a payout of this ledger");
        0
    })
}

#[cfg(test)]
mod tests {
    use kvitt_proto::refusal::field_violations_of;

    use super::*;

    #[test]
    fn a_query_says_which_transactions_are_meant() {
        let request = decode("ledgerId=30000101&fromLedgerDate=2026-11-01&toLedgerDate=2026-11-30").unwrap();
        assert_eq!((request.ledger_id.as_str(), request.ledger_date.as_str()), ("30000101", ""));
        let dates = (request.from_ledger_date.as_str(), request.to_ledger_date.as_str());
        assert_eq!(dates, ("2026-11-01", "2026-11-30"));
        let request = decode("ledgerId=1&inPayout=2000001&sincePayout=&cursor=c&other=1&ledgerId=2").unwrap();
        assert_eq!((request.in_payout, request.since_payout), (2_000_001, 0));
        assert_eq!((request.ledger_id.as_str(), request.cursor.as_str()), ("2", "c"));
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        let table = [
            ("", &["ledgerId"] as &[&str]),
            ("ledgerId=1&inPayout=0", &["inPayout"]),
            ("ledgerId=1&sincePayout=-1", &["sincePayout"]),
            ("inPayout=x&sincePayout=99999999999999999999", &["inPayout", "sincePayout", "ledgerId"]),
        ];
        for (query, expected) in table {
            let broken = field_violations_of(&decode(query).unwrap_err());
            let mut named: Vec<_> = broken.into_iter().map(|broken| broken.field).collect();
            let mut expected = expected.to_vec();
            named.sort();
            expected.sort_unstable();
            assert_eq!(named, expected, "{query}");
        }
    }
}
