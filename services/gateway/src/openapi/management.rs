//! The Management API.

#![expect(dead_code, reason = "types of requests are there for their schemas alone")]

use serde_json::json;
use utoipa::{
    ToSchema,
    openapi::{ObjectBuilder, Type},
};

use super::{
    callers::Calls,
    operation::{Api, Operation},
    parameters::plain_idempotency_key,
    refusals::Dialect,
    words::{HttpsUrl, Id, kinds, one_of, text},
};
use crate::management::json::{
    Deleted, Merchant, Order, PRODUCT_TYPES, Prefilled, PricePackage, SalesUnit, USE_CASES, UnitName,
};

pub(super) const NAME: &str = "Management";

kinds! {
    /// A register of companies.
    Register as "management.Register" = one_of(["business:NO:ORG", "business:DK:CVR", "business:FI:BID"]);
    /// What is ordered.
    ProductTypeWord as "management.ProductType" = one_of(PRODUCT_TYPES.map(|(word, _)| word));
    /// Where it will be used.
    UseCase as "management.UseCase" = one_of(USE_CASES.map(|(word, _)| word));
    /// Tens of percent.
    TurnoverShare as "management.TurnoverShare" = text().pattern(Some("^(10|[1-9])0$"));
    /// A PNG file in base64.
    Picture as "management.Picture" = text().content_encoding("base64").content_media_type("image/png");
}

/// An order for a merchant, who completes it.
#[derive(ToSchema)]
#[schema(as = management::Prefill, rename_all = "camelCase")]
struct Prefill {
    business_identifier: Business,
    product_type: ProductTypeWord,
    sales_unit_name: Option<String>,
    sales_unit_logo: Option<Picture>,
    settlement_bank_account: Option<BankAccount>,
    price_package_id: Option<Id>,
    product_use_case: Option<UseCase>,
    /// Major units.
    #[schema(minimum = 0, maximum = 999_999_999)]
    annual_turnover: Option<i64>,
    annual_turnover_percentage: Option<TurnoverShare>,
    #[schema(min_length = 1, max_length = 1000)]
    intended_purpose: Option<String>,
    app: Option<App>,
    website: Option<Website>,
    has_recurring: Option<bool>,
    merchant_category_code: Option<String>,
}

/// A company, by its register.
#[derive(ToSchema)]
#[schema(as = management::Business)]
struct Business {
    scheme: Register,
    id: String,
}

/// Where payouts go.
#[derive(ToSchema)]
#[schema(as = management::BankAccount)]
struct BankAccount {
    scheme: String,
    id: String,
}

/// The merchant's app.
#[derive(ToSchema)]
#[schema(as = management::App, rename_all = "camelCase")]
struct App {
    #[schema(min_length = 1, max_length = 100)]
    app_name: String,
}

/// The merchant's page.
#[derive(ToSchema)]
#[schema(as = management::Website, rename_all = "camelCase")]
struct Website {
    url: HttpsUrl,
    terms_url: HttpsUrl,
    test_website_url: Option<HttpsUrl>,
    test_website_username: Option<String>,
    test_website_password: Option<String>,
}

pub(super) fn operations() -> Vec<Operation> {
    let api = Api { name: NAME, dialect: Dialect::Management, calls: Calls::AsManager };
    let mut operations = of_orders(api);
    operations.extend([
        api.get("/management/v1/partners/price-packages", "listPricePackages")
            .says("What a partner may offer merchants", "")
            .answers_list::<PricePackage>(200, "The packages."),
        api.get("/management/v1/merchants/{scheme}/{id}", "getMerchant")
            .says("A merchant, by its number in its country's register", "")
            .answers::<Merchant>(200, "The merchant.")
            .refuses(&[400, 404]),
        api.get("/management/v1/merchants/{scheme}/{id}/sales-units", "listMerchantSalesUnits")
            .says("Those of a merchant's sales units that the caller may see", "")
            .answers_list::<UnitName>(200, "The units.")
            .refuses(&[400, 404]),
        api.get("/management/v1/sales-units", "listSalesUnits")
            .says("Every sales unit that the caller may see", "")
            .answers_list::<UnitName>(200, "The units."),
        api.get("/management/v1/sales-units/{msn}", "getSalesUnit")
            .says("A sales unit in use, with what it is allowed", "")
            .answers::<SalesUnit>(200, "The unit.")
            .refuses(&[400, 404]),
    ]);
    operations
}

fn of_orders(api: Api) -> Vec<Operation> {
    let expired = ObjectBuilder::new().schema_type(Type::Boolean);
    vec![
        api.post("/management/v1/product-orders", "prefillProductOrder")
            .says(
                "Prefill an order of a sales unit for a merchant",
                "For partners. The merchant completes it at the URL that is answered, within 14 days. The body may be \
                    3 MiB, for the logo.",
            )
            .parameter(plain_idempotency_key())
            .takes::<Prefill>(json!({
                "businessIdentifier": {"scheme": "business:NO:ORG", "id": "987654325"},
                "productType": "PAYMENT_INTEGRATION",
                "salesUnitName": "Acme Socks",
                "website": {"url": "https://shop.example", "termsUrl": "https://shop.example/terms"},
            }))
            .answers::<Prefilled>(201, "The order, and where the merchant completes it.")
            .refuses(&[404, 409]),
        api.delete("/management/v1/product-orders/{productOrderId}", "deleteProductOrder")
            .says("Take a prefilled order back", "Until the merchant has submitted it.")
            .answers::<Deleted>(200, "It is gone.")
            .refuses(&[400, 404]),
        api.get("/management/v2/product-orders", "listProductOrders")
            .says("The orders that a partner made, or those of a merchant", "")
            .query("includeExpired", expired, "Whether expired orders are wanted too; false unless said.")
            .answers_list::<Order>(200, "The orders."),
        api.get("/management/v2/product-orders/{productOrderId}/details", "getProductOrder")
            .says("An order as it stands", "")
            .answers::<Order>(200, "The order.")
            .refuses(&[400, 404]),
    ]
}
