//! `/kvitt/v1/checkout/sessions/{reference}/…`: plays the payer of a Checkout session, as its page does. Sandbox only; the
//! service lets a client do so whose keys may approve by force.

use axum::{Json, extract::State};
use kvitt_proto::checkout::v1::{
    CancelSessionRequest, ListShippingOptionsRequest, OpenSessionRequest, PaymentMethod, PickupPoint,
    SessionKey, StartPaymentRequest, SubmitDetailsRequest,
};
use tonic::Status;

use super::checkout_json::{Noted, Options, Page, Started};
use crate::{
    body::Field,
    checkout::json::read,
    epayment::call::{Call, Input},
    gateway::Gateway,
    problem::Refused,
};

/// The payer's words for what they pay with.
pub(crate) const METHODS: [(&str, PaymentMethod); 2] =
    [("Wallet", PaymentMethod::Wallet), ("Card", PaymentMethod::Card)];

/// What the payer sees.
pub(crate) async fn open(State(gateway): State<Gateway>, call: Call) -> Result<Json<Page>, Refused> {
    let request = OpenSessionRequest { key: Some(key_of(&call)) };
    let answer = gateway.checkout().open_session(request).await?.into_inner();
    Ok(Json(Page::from_proto(answer)?))
}

/// Who the payer is, and where the goods go.
pub(crate) async fn details(State(gateway): State<Gateway>, call: Call) -> Result<Json<Noted>, Refused> {
    gateway.checkout().submit_details(decode_details(&call)?).await?;
    Ok(Json(Noted {}))
}

fn decode_details(call: &Call) -> Result<SubmitDetailsRequest, Status> {
    call.decode(|input| SubmitDetailsRequest {
        key: Some(key_of(call)),
        person: read::person(&input.field("person").required()),
        billing: read::person(&input.field("billing")),
        custom_consent: input.field("customConsent").boolean().unwrap_or_default(),
    })
}

/// How the goods can be sent.
pub(crate) async fn shipping_options(
    State(gateway): State<Gateway>,
    call: Call,
) -> Result<Json<Options>, Refused> {
    let request = ListShippingOptionsRequest { key: Some(key_of(&call)) };
    let answer = gateway.checkout().list_shipping_options(request).await?.into_inner();
    Ok(Json(Options::from_proto(answer.options)?))
}

/// Wants to pay.
pub(crate) async fn pay(State(gateway): State<Gateway>, call: Call) -> Result<Json<Started>, Refused> {
    let answer = gateway.checkout().start_payment(decode_choice(&call)?).await?.into_inner();
    Ok(Json(Started::from_proto(answer)))
}

fn decode_choice(call: &Call) -> Result<StartPaymentRequest, Status> {
    call.decode(|input| StartPaymentRequest {
        key: Some(key_of(call)),
        method: input.field("method").required().choice(&METHODS).unwrap_or_default().into(),
        shipping_option_id: input.field("shippingOptionId").text_or_integer().unwrap_or_default(),
        pickup_point: pickup_point(input),
    })
}

fn pickup_point(input: &Input<'_>) -> Option<PickupPoint> {
    let field = input.field("pickupPoint");
    let text = |name| field.field(name).required().text_or_integer().unwrap_or_default();
    let hours = field.field("openingHours").items();
    let point = PickupPoint {
        id: text("id"),
        name: text("name"),
        address: text("address"),
        postal_code: text("postalCode"),
        city: text("city"),
        country: text("country"),
        opening_hours: hours.into_iter().map(Field::required).filter_map(|hours| hours.text()).collect(),
    };
    field.is_given().then_some(point)
}

/// Leaves.
pub(crate) async fn cancel(State(gateway): State<Gateway>, call: Call) -> Result<Json<Noted>, Refused> {
    let request = CancelSessionRequest { key: Some(key_of(&call)) };
    gateway.checkout().cancel_session(request).await?;
    Ok(Json(Noted {}))
}

/// What is no reference is no session either, so the service says so.
fn key_of(call: &Call) -> SessionKey {
    SessionKey { msn: call.msn().to_string(), reference: call.path_reference(), token: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::epayment::call::tests::{call, named};

    #[test]
    fn a_payer_says_who_they_are() {
        let request =
            decode_details(&call(r#"{"person":{"firstName":"Kari"},"customConsent":true}"#)).unwrap();
        assert_eq!(request.person.unwrap().first_name, "Kari");
        assert!(request.custom_consent && request.billing.is_none());
        assert_eq!(request.key.unwrap().reference, "order-12345678");
        for (body, fields) in [("{}", ["person"]), (r#"{"person":[]}"#, ["person"])] {
            assert_eq!(named(&decode_details(&call(body)).unwrap_err()), fields, "{body}");
        }
    }

    #[test]
    fn a_payer_chooses() {
        let body = r#"{"method":"Card","shippingOptionId":7,"pickupPoint":{"id":1,"name":"Extra","address":"a",
            "postalCode":"0155","city":"Oslo","country":"NO","openingHours":["Mon-Sun"]}}"#;
        let request = decode_choice(&call(body)).unwrap();
        assert_eq!((request.method(), request.shipping_option_id.as_str()), (PaymentMethod::Card, "7"));
        assert_eq!(request.pickup_point.unwrap().opening_hours, ["Mon-Sun"]);
        let table = [
            ("{}", "method"),
            (r#"{"method":"Cash"}"#, "method"),
            (r#"{"method":"Wallet","pickupPoint":[]}"#, "pickupPoint"),
        ];
        for (body, field) in table {
            assert_eq!(named(&decode_choice(&call(body)).unwrap_err()), [field], "{body}");
        }
    }
}
