//! The eCom API v2.

#![expect(dead_code, reason = "types of requests are there for their schemas alone")]

use serde_json::json;
use utoipa::ToSchema;

use super::{
    callers::Calls,
    epayment::AirlineData,
    operation::{Api, Operation},
    parameters::request_id,
    refusals::Dialect,
    words::{NewOrderId, SalesUnitNumber, kinds, one_of, text},
};
use crate::ecomm::json::{Details, Initiated, Modified, OrderStatus, Refunded};

pub(super) const NAME: &str = "eCom";

kinds! {
    /// A Norwegian number, with or without its country's code.
    MobileNumber as "ecomm.MobileNumber" = text().pattern(Some("^(47)?[0-9]{8}$"));
    /// Whether the payer's address is asked for.
    PaymentType as "ecomm.PaymentType" = one_of(["eComm Regular Payment", "eComm Express Payment"]);
    /// Yes or no.
    YesOrNo as "ecomm.YesOrNo" = one_of(["Y", "N"]);
    /// The beginning of a URL of the merchant's server, to which a path is added.
    Prefix as "ecomm.Prefix" = text().pattern(Some("^https://[^/\\s][^\\s]*$")).max_length(Some(255));
    /// A page, or a place in an app.
    FallBack as "ecomm.FallBack" = text().pattern(Some("^[a-zA-Z][a-zA-Z0-9+.-]*://[^\\s]+$")).max_length(Some(255));
    /// What a merchant's server is shown.
    AuthToken as "ecomm.AuthToken" = text().pattern(Some("^[ -~]*$")).max_length(Some(255));
}

/// An order to be paid.
#[derive(ToSchema)]
#[schema(as = ecomm::Initiate, rename_all = "camelCase")]
struct Initiate {
    customer_info: Option<CustomerInfo>,
    merchant_info: MerchantInfo,
    transaction: NewTransaction,
}

/// The payer in mind.
#[derive(ToSchema)]
#[schema(as = ecomm::CustomerInfo, rename_all = "camelCase")]
struct CustomerInfo {
    /// Needed where the landing page is skipped.
    mobile_number: Option<MobileNumber>,
}

/// How the merchant is reached.
#[derive(ToSchema)]
#[schema(as = ecomm::MerchantInfo, rename_all = "camelCase")]
struct MerchantInfo {
    merchant_serial_number: Option<SalesUnitNumber>,
    callback_prefix: Prefix,
    fall_back: FallBack,
    auth_token: Option<AuthToken>,
    is_app: Option<bool>,
    payment_type: Option<PaymentType>,
    /// Needed for Express.
    consent_removal_prefix: Option<Prefix>,
    /// Needed for Express without `staticShippingDetails`.
    shipping_details_prefix: Option<Prefix>,
    static_shipping_details: Option<Vec<ShippingMethod>>,
}

/// One way to send goods.
#[derive(ToSchema)]
#[schema(as = ecomm::ShippingMethod, rename_all = "camelCase")]
struct ShippingMethod {
    is_default: YesOrNo,
    priority: Option<i32>,
    /// Kroner, with at most two decimals.
    #[schema(value_type = f64, minimum = 0, multiple_of = 0.01)]
    shipping_cost: String,
    #[schema(min_length = 1, max_length = 256)]
    shipping_method: String,
    #[schema(min_length = 1, max_length = 100)]
    shipping_method_id: String,
}

/// What is to be paid.
#[derive(ToSchema)]
#[schema(as = ecomm::NewTransaction, rename_all = "camelCase")]
struct NewTransaction {
    /// Øre.
    #[schema(minimum = 100, maximum = 65000000)]
    amount: i64,
    order_id: NewOrderId,
    #[schema(min_length = 1, max_length = 100)]
    transaction_text: String,
    skip_landing_page: Option<bool>,
    /// Not together with Express.
    scope: Option<String>,
    additional_data: Option<AirlineData>,
}

/// The sales unit, where the header does not name it.
#[derive(ToSchema)]
#[schema(as = ecomm::SalesUnit, rename_all = "camelCase")]
struct SalesUnit {
    merchant_serial_number: Option<SalesUnitNumber>,
}

/// How much to capture or to pay back.
#[derive(ToSchema)]
#[schema(as = ecomm::Change, rename_all = "camelCase")]
struct Change {
    merchant_info: Option<SalesUnit>,
    transaction: ChangedTransaction,
}

/// All that is left, unless an amount is named.
#[derive(ToSchema)]
#[schema(as = ecomm::ChangedTransaction, rename_all = "camelCase")]
struct ChangedTransaction {
    /// Øre.
    #[schema(minimum = 0, maximum = 65000000)]
    amount: Option<i64>,
    #[schema(min_length = 1, max_length = 100)]
    transaction_text: String,
}

/// What to end.
#[derive(ToSchema)]
#[schema(as = ecomm::Cancel, rename_all = "camelCase")]
struct Cancel {
    merchant_info: Option<SalesUnit>,
    transaction: CancelledTransaction,
    /// Also where something has been captured.
    should_release_remaining_funds: Option<bool>,
}

/// Why.
#[derive(ToSchema)]
#[schema(as = ecomm::CancelledTransaction, rename_all = "camelCase")]
struct CancelledTransaction {
    #[schema(min_length = 1, max_length = 100)]
    transaction_text: String,
}

/// Who approves.
#[derive(ToSchema)]
#[schema(as = ecomm::ForceApprove, rename_all = "camelCase")]
struct ForceApprove {
    customer_phone_number: Option<MobileNumber>,
    /// That of the URL which the initiate answered.
    token: Option<String>,
}

/// Nothing to tell.
#[derive(ToSchema)]
#[schema(as = ecomm::Approved)]
struct Approved {}

fn api() -> Api {
    Api { name: NAME, dialect: Dialect::Ecom, calls: Calls::ForUnit }
}

pub(super) fn operations() -> Vec<Operation> {
    let api = api();
    let change = json!({"transaction": {"amount": 1000, "transactionText": "One pair of socks"}});
    vec![
        api.post("/ecomm/v2/payments", "initiateOrder")
            .says("Ask a payer for money", "Norwegian kroner only. An orderId can be used once.")
            .takes::<Initiate>(json!({
                "customerInfo": {"mobileNumber": "99900001"},
                "merchantInfo": {
                    "callbackPrefix": "https://shop.example/callbacks",
                    "fallBack": "https://shop.example/return",
                },
                "transaction": {"amount": 49900, "orderId": "order-123", "transactionText": "One pair of socks"},
            }))
            .answers::<Initiated>(200, "The order waits for the payer.")
            .refuses(&[423]),
        api.post("/ecomm/v2/payments/{orderId}/capture", "captureOrder")
            .says("Take reserved money", "All that is left, unless an amount is named.")
            .parameter(request_id())
            .takes::<Change>(change.clone())
            .answers::<Modified>(200, "It is taken.")
            .refuses(&[404, 423]),
        api.put("/ecomm/v2/payments/{orderId}/cancel", "cancelOrder")
            .says("End an order", "Releases what is reserved and not captured.")
            .parameter(request_id())
            .takes::<Cancel>(json!({"transaction": {"transactionText": "Out of socks"}}))
            .answers::<Modified>(200, "It is ended.")
            .refuses(&[404, 423]),
        api.post("/ecomm/v2/payments/{orderId}/refund", "refundOrder")
            .says("Pay captured money back", "All that is left, unless an amount is named.")
            .parameter(request_id())
            .takes::<Change>(change)
            .answers::<Refunded>(200, "It is paid back.")
            .refuses(&[404, 423]),
        api.get("/ecomm/v2/payments/{orderId}/details", "getOrderDetails")
            .says("An order and all that happened to it", "Newest first.")
            .answers::<Details>(200, "The order.")
            .refuses(&[400, 404]),
        api.get("/ecomm/v2/payments/{orderId}/status", "getOrderStatus")
            .says("The last thing that happened to an order", "For old integrations; others ask for the details.")
            .answers::<OrderStatus>(200, "The status.")
            .refuses(&[400, 404]),
    ]
}

#[cfg(feature = "sandbox")]
pub(super) fn of_sandbox() -> Vec<Operation> {
    vec![
        api()
            .post("/ecomm/v2/integration-test/payments/{orderId}/approve", "forceApproveOrder")
            .says("Approve as the payer would", "Only in a sandbox.")
            .takes::<ForceApprove>(json!({"customerPhoneNumber": "99900001"}))
            .answers::<Approved>(200, "It is approved.")
            .refuses(&[404, 423]),
    ]
}
