//! `POST /kvitt/v1/ledger-entries`: adds an entry to the sales unit's ledger by hand, which only the operator does elsewhere.
//! Sandbox only.

use axum::{Json, extract::State};
use http::StatusCode;
use kvitt_proto::settlement::v1::{EntryType, PostEntryRequest, Topic};
use tonic::Status;
use uuid::Uuid;

use crate::{
    epayment::{call::Call, json::read},
    gateway::Gateway,
    problem::Refused,
    report::{
        json::{ENTRY_TYPES, Transaction},
        query::TOPICS,
    },
};

/// The operation. Every call without a key adds an entry of its own.
pub(crate) async fn post(
    State(gateway): State<Gateway>,
    call: Call,
) -> Result<(StatusCode, Json<Transaction>), Refused> {
    let request = decode(&call, Uuid::new_v4())?;
    let answer = gateway.agreements().post_entry(request).await?.into_inner();
    Ok((StatusCode::CREATED, Json(Transaction::from_proto(answer.entry.unwrap_or_default())?)))
}

fn decode(call: &Call, minted: Uuid) -> Result<PostEntryRequest, Status> {
    call.decode(|input| {
        let entry_type = input.field("entryType").required().choice(&ENTRY_TYPES);
        PostEntryRequest {
            msn: input.msn(),
            idempotency_key: input.key_if_given().unwrap_or_else(|| minted.to_string()),
            entry_type: entry_type.unwrap_or(EntryType::Unspecified).into(),
            topic: input.field("topic").choice(&TOPICS).unwrap_or(Topic::Unspecified).into(),
            amount: read::amount(&input.field("amount").required()),
            reference: input.field("reference").text().unwrap_or_default(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::epayment::call::tests::{call, call_without_key, named};

    #[test]
    fn an_entry_says_what_it_is_and_how_much() {
        let body = r#"{"entryType":"correction","topic":"fees","amount":{"currency":"NOK","value":-100},
            "reference":"By hand"}"#;
        let request = decode(&call(body), Uuid::nil()).unwrap();
        assert_eq!((request.entry_type(), request.topic()), (EntryType::Correction, Topic::Fees));
        assert_eq!((request.amount.unwrap().amount_minor, request.reference.as_str()), (-100, "By hand"));
        assert_eq!(request.idempotency_key, "key-1");
        let request = decode(&call_without_key(body), Uuid::nil()).unwrap();
        assert_eq!(request.idempotency_key, Uuid::nil().to_string());
        let mut broken =
            named(&decode(&call(r#"{"entryType":"gift","topic":"x"}"#), Uuid::nil()).unwrap_err());
        broken.sort();
        assert_eq!(broken, ["amount", "entryType", "topic"]);
    }
}
