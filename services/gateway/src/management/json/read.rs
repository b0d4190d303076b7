//! Reads the body of a product order. Only what JSON adds is judged here: types, words, what must be there. Formats,
//! lengths and the picture are the merchant service's.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use kvitt_proto::merchant::v1::{PrefillOrderRequest, Product, ProductType, SettlementAccount};

use super::answer::PRODUCT_TYPES;
use crate::body::Field;

/// Base64 with or without the signs that fill it up.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// `productUseCase`.
pub(crate) const USE_CASES: [(&str, &str); 4] =
    [("Website", "Website"), ("WebsiteWithTest", "WebsiteWithTest"), ("App", "App"), ("Unknown", "Unknown")];

/// The whole body, under this idempotency key.
pub(crate) fn prefill(idempotency_key: String, body: &Field<'_>) -> PrefillOrderRequest {
    let business = body.field("businessIdentifier").required();
    PrefillOrderRequest {
        idempotency_key,
        business_scheme: text(&business.field("scheme").required()),
        business_id: text(&business.field("id").required()),
        product: Some(product(body)),
    }
}

fn product(body: &Field<'_>) -> Product {
    let product_type: ProductType =
        body.field("productType").required().choice(&PRODUCT_TYPES).unwrap_or_default();
    let website = body.field("website");
    Product {
        product_type: product_type.into(),
        sales_unit_name: text(&body.field("salesUnitName")),
        logo_png: picture(&body.field("salesUnitLogo")),
        settlement_account: account(&body.field("settlementBankAccount")),
        price_package_id: text(&body.field("pricePackageId")),
        use_case: body.field("productUseCase").choice(&USE_CASES).unwrap_or_default().to_owned(),
        annual_turnover: body.field("annualTurnover").integer().unwrap_or_default(),
        annual_turnover_percentage: body
            .field("annualTurnoverPercentage")
            .text_or_integer()
            .unwrap_or_default(),
        intended_purpose: text(&body.field("intendedPurpose")),
        app_name: text(&body.field("app").field("appName").required()),
        website_url: text(&website.field("url").required()),
        website_terms_url: text(&website.field("termsUrl").required()),
        test_website_url: text(&website.field("testWebsiteUrl")),
        test_website_username: text(&website.field("testWebsiteUsername")),
        test_website_password: text(&website.field("testWebsitePassword")),
        has_recurring: body.field("hasRecurring").boolean().unwrap_or_default(),
        merchant_category_code: text(&body.field("merchantCategoryCode")),
    }
}

fn text(field: &Field<'_>) -> String {
    field.text().unwrap_or_default()
}

fn account(field: &Field<'_>) -> Option<SettlementAccount> {
    let scheme = text(&field.field("scheme").required());
    let id = text(&field.field("id").required());
    field.is_given().then(|| SettlementAccount { scheme, id, ..Default::default() })
}

fn picture(field: &Field<'_>) -> Vec<u8> {
    let decoded = field.text().map(|text| BASE64.decode(text));
    decoded
        .transpose()
        .unwrap_or_else(|_| {
            field.refuse("must be base64");
            None
        })
        .unwrap_or_default()
}
