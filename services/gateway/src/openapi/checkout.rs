//! Checkout v3.

#![expect(dead_code, reason = "types of requests are there for their schemas alone")]

mod goods;
#[cfg(feature = "sandbox")]
mod sandbox;

use kvitt_checkout_json::SessionJson;
use serde_json::json;
use utoipa::ToSchema;

use self::goods::{Logistics, OrderSummary};
use super::{
    callers::Calls,
    operation::{Api, Operation},
    parameters::idempotency_key_if_any,
    refusals::Dialect,
    words::{CountryCode, CurrencyCode, HttpsUrl, ReturnUrl, kinds, one_of, text},
};
use crate::checkout::json::Created;

pub(super) const NAME: &str = "Checkout";

kinds! {
    /// The merchant's own name of a new session and its payment.
    SessionReference as "checkout.NewReference" = text().pattern(Some("^[-a-zA-Z0-9]{8,50}$"));
    /// What the page asks for.
    ElementsWord as "checkout.Elements" = one_of(["Full", "PaymentAndContactInfo", "PaymentOnly"]);
    /// Whether the payer stands before the merchant.
    Interaction as "checkout.CustomerInteraction" = one_of(["CUSTOMER_PRESENT", "CUSTOMER_NOT_PRESENT"]);
    /// Where the payer comes from.
    Flow as "checkout.UserFlow" = one_of(["WEB_REDIRECT", "NATIVE_REDIRECT"]);
    /// Another way to pay.
    ExternalWord as "checkout.ExternalPaymentMethodType" = one_of(["Klarna"]);
    /// What a merchant's server is shown.
    CallbackToken as "checkout.CallbackToken" =
        text().pattern(Some("^[!-~]([ -~]*[!-~])?$")).max_length(Some(1000));
    /// What kind of session it is.
    SessionType as "checkout.SessionType" = one_of(["PAYMENT"]);
}

/// A session to open.
#[derive(ToSchema)]
#[schema(as = checkout::NewSession, rename_all = "camelCase")]
struct NewSession {
    r#type: Option<SessionType>,
    merchant_info: MerchantInfo,
    transaction: NewTransaction,
    logistics: Option<Logistics>,
    prefill_customer: Option<NewPerson>,
    configuration: Option<Configuration>,
}

/// How the merchant is reached.
#[derive(ToSchema)]
#[schema(as = checkout::MerchantInfo, rename_all = "camelCase")]
struct MerchantInfo {
    /// Where the merchant hears of the session's end.
    callback_url: HttpsUrl,
    return_url: ReturnUrl,
    callback_authorization_token: CallbackToken,
    terms_and_conditions_url: Option<HttpsUrl>,
}

/// What is to be paid.
#[derive(ToSchema)]
#[schema(as = checkout::NewTransaction, rename_all = "camelCase")]
struct NewTransaction {
    amount: NewAmount,
    reference: SessionReference,
    #[schema(min_length = 3, max_length = 100)]
    payment_description: String,
    order_summary: Option<OrderSummary>,
}

/// An amount of minor units.
#[derive(ToSchema)]
#[schema(as = checkout::NewAmount)]
struct NewAmount {
    #[schema(minimum = 0, maximum = 65000000)]
    value: i64,
    currency: CurrencyCode,
}

/// A person and where they live.
#[derive(ToSchema)]
#[schema(as = checkout::NewPerson, rename_all = "camelCase")]
struct NewPerson {
    #[schema(max_length = 100)]
    first_name: Option<String>,
    #[schema(max_length = 100)]
    last_name: Option<String>,
    #[schema(max_length = 254)]
    email: Option<String>,
    #[schema(max_length = 20)]
    phone_number: Option<String>,
    #[schema(max_length = 200)]
    street_address: Option<String>,
    #[schema(max_length = 16)]
    postal_code: Option<String>,
    #[schema(max_length = 100)]
    city: Option<String>,
    #[schema(max_length = 64)]
    country: Option<String>,
}

/// What the page asks for, and how it looks.
#[derive(ToSchema)]
#[schema(as = checkout::Configuration, rename_all = "camelCase")]
struct Configuration {
    customer_interaction: Option<Interaction>,
    elements: Option<ElementsWord>,
    countries: Option<Countries>,
    user_flow: Option<Flow>,
    require_user_info: Option<bool>,
    custom_consent: Option<NewConsent>,
    show_order_summary: Option<bool>,
    #[schema(max_items = 10)]
    external_payment_methods: Option<Vec<External>>,
}

/// Where goods are sent to.
#[derive(ToSchema)]
#[schema(as = checkout::Countries)]
struct Countries {
    #[schema(max_items = 300)]
    supported: Vec<CountryCode>,
}

/// A box to tick; at most one link in the manner of Markdown.
#[derive(ToSchema)]
#[schema(as = checkout::CustomConsent)]
struct NewConsent {
    #[schema(min_length = 1, max_length = 1000)]
    text: String,
    required: bool,
}

/// Another way to pay, on the merchant's own page.
#[derive(ToSchema)]
#[schema(as = checkout::ExternalPaymentMethod, rename_all = "camelCase")]
struct External {
    payment_method: ExternalWord,
    redirect_url: HttpsUrl,
}

/// What changes; what is absent stays as it is.
#[derive(ToSchema)]
#[schema(as = checkout::Update)]
struct Update {
    transaction: Option<ChangedTransaction>,
    logistics: Option<Logistics>,
}

/// What is to be paid now.
#[derive(ToSchema)]
#[schema(as = checkout::ChangedTransaction, rename_all = "camelCase")]
struct ChangedTransaction {
    amount: Option<NewAmount>,
    /// Must be the session's.
    reference: Option<String>,
    #[schema(min_length = 3, max_length = 100)]
    payment_description: Option<String>,
    order_summary: Option<OrderSummary>,
}

pub(super) fn operations() -> Vec<Operation> {
    let api = Api { name: NAME, dialect: Dialect::Checkout, calls: Calls::WithKeysOfUnit };
    let amount = json!({"value": 10000, "currency": "NOK"});
    vec![
        api.post("/checkout/v3/session", "createSession")
            .says("Open a session", "It is open for an hour. A reference can be used once.")
            .parameter(idempotency_key_if_any())
            .takes::<NewSession>(json!({
                "merchantInfo": {
                    "callbackUrl": "https://shop.example/callback",
                    "returnUrl": "https://shop.example/return",
                    "callbackAuthorizationToken": "a-token-of-the-shop",
                },
                "transaction": {
                    "amount": amount, "reference": "order-12345678", "paymentDescription": "One pair of socks",
                },
            }))
            .answers::<Created>(200, "The session is open.")
            .refuses(&[404, 409]),
        api.get("/checkout/v3/session/{reference}", "getSession")
            .says("Read a session", "With its payment as that stands now, until a week after its end.")
            .answers::<SessionJson>(200, "The session.")
            .refuses(&[404]),
        api.patch("/checkout/v3/session/{reference}", "updateSession")
            .says("Change what is to be paid, or how it can be sent", "While the session is open.")
            .takes::<Update>(json!({"transaction": {"amount": amount}}))
            .answers::<SessionJson>(200, "The session.")
            .refuses(&[404, 409]),
        api.post("/checkout/v3/session/{reference}/expire", "expireSession")
            .says("End an open session", "Once its payment has begun, the payment is to be cancelled instead.")
            .answers::<SessionJson>(200, "The session.")
            .refuses(&[400, 404, 409, 413]),
    ]
}

#[cfg(feature = "sandbox")]
pub(super) fn of_sandbox() -> Vec<Operation> {
    sandbox::operations()
}
