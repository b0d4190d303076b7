//! `POST /kvitt/v1/payment-links`: makes a link. Without an id of the caller's every call makes one.

use axum::{
    Extension, Json,
    extract::{Request, State},
};
use http::StatusCode;
use kvitt_primitives::Msn;
use kvitt_proto::qr::v1::CreatePaymentLinkRequest;
use tonic::Status;
use uuid::Uuid;

use super::{json::PaymentLink, read};
use crate::{body, gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    request: Request,
) -> Result<(StatusCode, Json<PaymentLink>), Refused> {
    let request = decode(&body::collect(request.into_body()).await?, &msn, Uuid::now_v7())?;
    let answer = gateway.payment_links().create_payment_link(request).await?.into_inner();
    Ok((StatusCode::CREATED, Json(PaymentLink::from_proto(answer.payment_link)?)))
}

fn decode(body: &[u8], msn: &Msn, minted: Uuid) -> Result<CreatePaymentLinkRequest, Status> {
    body::decode_bytes(body, |root, _| CreatePaymentLinkRequest {
        msn: msn.to_string(),
        payment_link_id: root.field("paymentLinkId").text().unwrap_or_else(|| minted.to_string()),
        terms: Some(read::terms(root)),
    })
}

#[cfg(test)]
mod tests {
    use kvitt_proto::{
        money::v1::{Currency, Money},
        payment::v1::shipping::Options,
        qr::v1::{OpenAmount, payment_link_terms::Price},
        refusal,
    };

    use super::*;

    fn read(body: &str) -> Result<CreatePaymentLinkRequest, Vec<String>> {
        let msn = "123456".parse().expect("it is an MSN");
        decode(body.as_bytes(), &msn, Uuid::nil()).map_err(|status| {
            let broken = refusal::field_violations_of(&status).into_iter();
            broken.map(|violation| violation.field).collect()
        })
    }

    fn kroner(amount_minor: i64) -> Option<Money> {
        Some(Money { currency: Currency::Nok.into(), amount_minor })
    }

    #[test]
    fn a_link_is_read_with_all_it_may_ask_for() {
        let body = r#"{"paymentLinkId":"01234567-8901-2345-6789-012345678901","title":"Socks",
            "description":"Warm","amount":{"currency":"NOK","value":49900},"vatRate":2500,"quantity":10,
            "automaticCapture":true,"expiresAt":"2026-11-22T12:00:00Z","profileScope":"name address",
            "shipping":{"fixedOptions":[]},"more":1}"#;
        let request = read(body).unwrap();
        assert_eq!(request.payment_link_id, "01234567-8901-2345-6789-012345678901");
        let terms = request.terms.unwrap();
        assert_eq!((terms.title.as_str(), terms.description.as_str()), ("Socks", "Warm"));
        assert_eq!(terms.price, kroner(49900).map(Price::Amount));
        assert_eq!((terms.vat_rate, terms.quantity, terms.automatic_capture), (Some(2500), Some(10), true));
        assert_eq!(terms.expires_at.unwrap().seconds, 1_795_348_800);
        assert_eq!(terms.profile_scope, "name address");
        assert!(matches!(terms.shipping.unwrap().options, Some(Options::Fixed(_))));
    }

    #[test]
    fn a_link_without_an_id_gets_one_and_may_leave_the_amount_open() {
        let body = r#"{"title":"Gift","openAmount":{"least":{"currency":"NOK","value":100},
            "most":{"currency":"NOK","value":100000}}}"#;
        let request = read(body).unwrap();
        assert_eq!(request.payment_link_id, Uuid::nil().to_string());
        let open = OpenAmount { least: kroner(100), most: kroner(100_000) };
        assert_eq!(request.terms.unwrap().price, Some(Price::OpenAmount(open)));
    }

    #[test]
    fn every_broken_field_is_named() {
        let table = [
            ("{}", &["amount", "title"] as &[&str]),
            (
                r#"{"paymentLinkId":1,"title":1,"amount":{"currency":"NOK","value":1}}"#,
                &["paymentLinkId", "title"],
            ),
            (r#"{"title":"t","amount":{"currency":"NOK","value":1},"openAmount":{}}"#, &["amount"]),
            (r#"{"title":"t","openAmount":{}}"#, &["openAmount.least", "openAmount.most"]),
            (
                r#"{"title":"t","amount":{},"vatRate":"x","expiresAt":"soon"}"#,
                &["amount.currency", "amount.value", "expiresAt", "vatRate"],
            ),
        ];
        for (body, expected) in table {
            let mut broken = read(body).unwrap_err();
            broken.sort();
            assert_eq!(broken, expected, "{body}");
        }
    }
}
