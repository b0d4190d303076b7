//! The list of ledgers in upstream's shape; the order of the fields is theirs.

use kvitt_proto::{
    error::v1::Reason,
    money, refusal,
    settlement::v1::{self, ListLedgersResponse},
};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

/// A page of ledgers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = settlement::Ledgers)]
pub(crate) struct Ledgers {
    /// Empty on the last page.
    cursor: String,
    items: Vec<Ledger>,
}

/// A ledger.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = settlement::Ledger)]
pub(crate) struct Ledger {
    ledger_id: String,
    #[schema(value_type = crate::openapi::words::CurrencyCode)]
    currency: &'static str,
    /// Absent for a sales unit that never had an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    payout_bank_account: Option<Identifier>,
    owner: Identifier,
    settles_for_recipient_handles: Vec<String>,
    sales_units: Vec<SettledUnit>,
}

/// An account or a company, by its register.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = settlement::Identifier)]
struct Identifier {
    scheme: String,
    id: String,
}

/// A sales unit that settles into a ledger.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = settlement::SalesUnit)]
struct SettledUnit {
    name: String,
    recipient_handle: String,
}

impl Ledgers {
    pub(crate) fn from_proto(answer: ListLedgersResponse) -> Result<Self, Status> {
        let items = answer.ledgers.into_iter().map(Ledger::from_proto).collect::<Result<_, _>>()?;
        Ok(Self { cursor: answer.next_page_token, items })
    }
}

impl Ledger {
    fn from_proto(ledger: v1::Ledger) -> Result<Self, Status> {
        let currency = money::currency_from_proto(ledger.currency, "currency");
        let lacks = |_| refusal::status(Reason::Internal, "a ledger lacks a currency");
        let account = Identifier { scheme: ledger.account_scheme, id: ledger.account_id };
        Ok(Self {
            ledger_id: ledger.ledger_id,
            currency: currency.map_err(lacks)?.code(),
            payout_bank_account: Some(account).filter(|account| !account.id.is_empty()),
            owner: Identifier { scheme: ledger.owner_scheme, id: ledger.owner_id },
            settles_for_recipient_handles: vec![ledger.recipient_handle.clone()],
            sales_units: vec![SettledUnit {
                name: ledger.sales_unit_name,
                recipient_handle: ledger.recipient_handle,
            }],
        })
    }
}

#[cfg(test)]
mod tests {
    use kvitt_proto::money::v1::Currency;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_ledger_is_told_in_upstreams_words_and_order() {
        let ledger = v1::Ledger {
            ledger_id: "30232101".to_owned(),
            msn: "302321".to_owned(),
            sales_unit_name: "Acme Socks".to_owned(),
            currency: Currency::Nok.into(),
            account_scheme: "BBAN:NO".to_owned(),
            account_id: "86011117947".to_owned(),
            owner_scheme: "business:NO:ORG".to_owned(),
            owner_id: "987654321".to_owned(),
            recipient_handle: "api:302321".to_owned(),
        };
        let page = |ledger| ListLedgersResponse { ledgers: vec![ledger], next_page_token: String::new() };
        let told = serde_json::to_string(&Ledgers::from_proto(page(ledger.clone())).unwrap()).unwrap();
        let expected = concat!(
            r#"{"cursor":"","items":[{"ledgerId":"30232101","currency":"NOK","#,
            r#""payoutBankAccount":{"scheme":"BBAN:NO","id":"86011117947"},"#,
            r#""owner":{"scheme":"business:NO:ORG","id":"987654321"},"#,
            r#""settlesForRecipientHandles":["api:302321"],"#,
            r#""salesUnits":[{"name":"Acme Socks","recipientHandle":"api:302321"}]}]}"#,
        );
        assert_eq!(told, expected);
        let without =
            v1::Ledger { account_scheme: String::new(), account_id: String::new(), ..ledger.clone() };
        let told = serde_json::to_value(Ledgers::from_proto(page(without)).unwrap()).unwrap();
        assert_eq!(told["items"][0].get("payoutBankAccount"), None, "{told}");
        assert_eq!(told["items"][0]["currency"], json!("NOK"));
        let broken = v1::Ledger { currency: 0, ..ledger };
        assert!(Ledgers::from_proto(page(broken)).is_err());
    }
}
