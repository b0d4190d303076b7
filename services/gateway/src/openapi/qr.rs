//! The QR API v1.

#![expect(dead_code, reason = "types of requests are there for their schemas alone")]

use serde_json::json;
use utoipa::{
    ToSchema,
    openapi::{
        ObjectBuilder, Required, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use super::{
    callers::Calls,
    operation::{Api, Operation},
    refusals::Dialect,
    words::{HttpsUrl, kinds, one_of, text},
};
use crate::qr::json::{
    CATEGORIES, Callback, Exchanged, ExchangedCustomer, OneTime, REQUESTED_DATA, Redirect,
};

pub(super) const NAME: &str = "QR";

kinds! {
    /// Where a callback code hangs.
    CategoryWord as "qr.Category" = one_of(CATEGORIES.map(|(word, _)| word));
    /// What is asked about somebody.
    DataWord as "qr.RequestedData" = one_of(REQUESTED_DATA.map(|(word, ())| word));
    /// How a payer's own code is written.
    CodeVersion as "qr.CodeVersion" = one_of(["1.0", "2.0"]);
    /// The merchant's id of a code.
    RedirectId as "qr.RedirectId" =
        text().pattern(Some("^[-_+%æøåÆØÅ\\w\\s]*$")).min_length(Some(1)).max_length(Some(128));
    /// A page of the merchant.
    RedirectUrl as "qr.RedirectUrl" =
        text().pattern(Some("^https:\\/\\/[\\w\\.]+([\\w#!:.?+=&%@\\-\\/]+)?$")).max_length(Some(2000));
    /// What the payer is shown.
    Location as "qr.LocationDescription" = text().min_length(Some(1)).max_length(Some(36));
    /// Pixels on a side, of a PNG.
    Size as "qr.Size" = whole(100, 2000);
    /// Pixels left white on each side, of a PNG.
    WhiteBorder as "qr.WhiteBorder" = whole(0, 100);
    /// The full text of a code.
    CodeText as "qr.CodeText" = text().min_length(Some(5)).max_length(Some(255));
}

/// A payment that waits for its payer.
#[derive(ToSchema)]
#[schema(as = qr::NewOneTime, rename_all = "camelCase")]
struct NewOneTime {
    /// Where its payer is sent.
    url: HttpsUrl,
    size: Option<Size>,
    white_border: Option<WhiteBorder>,
}

/// A code to make.
#[derive(ToSchema)]
#[schema(as = qr::NewRedirect, rename_all = "camelCase")]
struct NewRedirect {
    id: RedirectId,
    redirect_url: RedirectUrl,
    /// Seconds of its life; without end unless said.
    #[schema(minimum = 300, maximum = 2_147_483_647)]
    ttl: Option<i64>,
    size: Option<Size>,
    white_border: Option<WhiteBorder>,
}

/// Where the code leads from now on.
#[derive(ToSchema)]
#[schema(as = qr::RedirectUpdate, rename_all = "camelCase")]
struct RedirectUpdate {
    redirect_url: RedirectUrl,
    size: Option<Size>,
    white_border: Option<WhiteBorder>,
}

/// What the code says.
#[derive(ToSchema)]
#[schema(as = qr::PutCallback, rename_all = "camelCase")]
struct PutCallback {
    location_description: Location,
    category: Option<CategoryWord>,
}

/// What the code says that MobilePay printed.
#[derive(ToSchema)]
#[schema(as = qr::ImportBeacon, rename_all = "camelCase")]
struct ImportBeacon {
    location_description: Location,
}

/// What the till has scanned.
#[derive(ToSchema)]
#[schema(as = qr::Exchange, rename_all = "camelCase")]
struct Exchange {
    qr_code: CodeText,
    requested_data: Option<Vec<DataWord>>,
}

/// What the merchant was told.
#[derive(ToSchema)]
#[schema(as = qr::ExchangeCustomer, rename_all = "camelCase")]
struct ExchangeCustomer {
    customer: TokenHolder,
    requested_data: Option<Vec<DataWord>>,
}

/// Who has checked in.
#[derive(ToSchema)]
#[schema(as = qr::TokenHolder, rename_all = "camelCase")]
struct TokenHolder {
    customer_token: String,
}

pub(super) fn operations() -> Vec<Operation> {
    let api = Api { name: NAME, dialect: Dialect::InvalidParams, calls: Calls::ForUnit };
    let mut operations = of_redirects(api);
    operations.extend(of_callbacks(Api { calls: Calls::ForNamedUnit, ..api }));
    operations.extend(of_exchanges(Api { dialect: Dialect::QrExchange, ..api }));
    operations
}

fn of_redirects(api: Api) -> Vec<Operation> {
    let redirect = json!({"id": "billboard_1", "redirectUrl": "https://example.com/myProduct", "ttl": 600});
    vec![
        drawn(api.post("/qr/v1", "createOneTimeQr"))
            .says("A code for one payment", "It lives as long as the payment waits.")
            .takes::<NewOneTime>(json!({"url": "https://pay.example/?token=eyJraWQiO"}))
            .answers::<OneTime>(200, "The code."),
        drawn(api.post("/qr/v1/merchant-redirect", "createMerchantRedirect"))
            .says("A printed code that leads to a page of the merchant", "")
            .takes::<NewRedirect>(redirect)
            .answers::<Redirect>(200, "The code.")
            .refuses(&[409]),
        drawn(api.get("/qr/v1/merchant-redirect", "listMerchantRedirects"))
            .says(
                "All codes of a sales unit that lead to pages of the merchant",
                "Oldest first, 20,000 at most.",
            )
            .answers_list::<Redirect>(200, "The codes."),
        drawn(api.get("/qr/v1/merchant-redirect/{id}", "getMerchantRedirect"))
            .says("One of them", "")
            .answers::<Redirect>(200, "The code.")
            .refuses(&[404]),
        drawn(api.put("/qr/v1/merchant-redirect/{id}", "updateMerchantRedirect"))
            .says("Lead elsewhere from now on", "What is printed stays.")
            .takes::<RedirectUpdate>(json!({"redirectUrl": "https://example.com/myOtherProduct"}))
            .answers::<Redirect>(200, "The code.")
            .refuses(&[404]),
        api.delete("/qr/v1/merchant-redirect/{id}", "deleteMerchantRedirect")
            .says("Lead nowhere from now on", "The id can be used again; what is printed stays dead.")
            .answers_empty(200, "It is gone.")
            .refuses(&[404]),
    ]
}

fn of_callbacks(api: Api) -> Vec<Operation> {
    let location = json!({"locationDescription": "Kasse 1"});
    vec![
        pictured(api.get("/qr/v1/merchant-callback", "listMerchantCallbacks"))
            .says("All codes of a sales unit whose scan tells the merchant", "Oldest first, 20,000 at most.")
            .answers_list::<Callback>(200, "The codes."),
        pictured(api.get("/qr/v1/merchant-callback/{merchantQrId}", "getMerchantCallback"))
            .says("One of them", "")
            .answers::<Callback>(200, "The code.")
            .refuses(&[404]),
        api.put("/qr/v1/merchant-callback/{merchantQrId}", "putMerchantCallback")
            .says(
                "A printed code whose scan tells the merchant",
                "Or what it says from now on. Scans are told as `user.checked-in.v1`.",
            )
            .takes::<PutCallback>(location.clone())
            .answers_empty(200, "It is put."),
        api.delete("/qr/v1/merchant-callback/{merchantQrId}", "deleteMerchantCallback")
            .says("Lead nowhere from now on", "")
            .answers_empty(200, "It is gone.")
            .refuses(&[404]),
        api.put("/qr/v1/merchant-callback/mobilepay/{beaconId}", "importBeacon")
            .says("Take a code over that MobilePay's old API printed", "")
            .takes::<ImportBeacon>(location)
            .answers_empty(200, "It is taken over.")
            .refuses(&[409]),
    ]
}

fn of_exchanges(api: Api) -> Vec<Operation> {
    vec![
        api.post("/qr/v1/exchange", "exchangeQr")
            .says("Who shows this code at the till", "Nothing is used up by it.")
            .takes::<Exchange>(
                json!({"qrCode": "https://qr.example/p/qwjhewqhueheuqw", "requestedData": ["MSISDN"]}),
            )
            .answers::<Exchanged>(200, "The payer."),
        api.post("/qr/v1/exchange/customer", "exchangeCustomer")
            .says("Who has checked in", "The token is not used up by it.")
            .takes::<ExchangeCustomer>(json!({"customer": {"customerToken": "eyJra"}}))
            .answers::<ExchangedCustomer>(200, "The payer."),
    ]
}

/// An operation whose headers say how the picture should be.
fn drawn(operation: Operation) -> Operation {
    let accept = text().enum_values(Some(["image/*", "image/png", "image/svg+xml", "text/targetUrl"]));
    let says = "What `url` should be: the address of such a picture, or what the code holds.";
    let border = "Pixels left white on each side, of a PNG; 8 unless said.";
    operation
        .parameter(header("Accept", Required::True, accept, says))
        .parameter(header(
            "Size",
            Required::False,
            whole(100, 2000),
            "Pixels on a side, of a PNG; 1024 unless said.",
        ))
        .parameter(header("whiteBorder", Required::False, whole(0, 100), border))
        .refuses(&[400, 415])
}

/// An operation whose query says so.
fn pictured(operation: Operation) -> Operation {
    let format = one_of(["PNG", "SVG"]);
    operation.query("QrImageFormat", format, "How the picture is drawn; SVG unless said.").query(
        "QrImageSize",
        whole(100, 2000),
        "Pixels on a side, of a PNG; 1024 unless said.",
    )
}

fn header(name: &str, required: Required, schema: ObjectBuilder, says: &str) -> Parameter {
    let named = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header).required(required);
    named.schema(Some(schema)).description(Some(says)).build()
}

fn whole(least: i32, most: i32) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(Some(most))
}
