//! Products, as they are ordered.

use kvitt_primitives::{BankAccount, Invalid, Name, SalesUnitName};
use kvitt_proto::{merchant::v1, refusal::FieldViolation};

use super::{Violations, bank_account, check, check_given, terms};
use crate::domain::{CategoryCode, Logo, Product, Prose, Site, SiteParts, Turnover, TurnoverShare, UseCase};

/// The longest password of a test site, in characters.
const MOST_PASSWORD: usize = 100;

/// What is ordered, as far as it is told; what is broken is noted. The password of a test site goes no further than here.
pub(in crate::grpc) fn product(broken: &mut Violations, message: v1::Product) -> Option<Product> {
    let product_type = check(broken, "product.productType", terms::product_type(message.product_type));
    let name = &message.sales_unit_name;
    let sales_unit_name = check_given(broken, "product.salesUnitName", name, SalesUnitName::try_new);
    let logo = match message.logo_png {
        png if png.is_empty() => None,
        png => check(broken, "product.logoPng", Logo::try_new(png)),
    };
    let account = message.settlement_account.as_ref();
    let settlement_account =
        account.and_then(|account| bank_account(broken, "product.settlementAccount", account));
    let package = &message.price_package_id;
    let price_package_id = check_given(broken, "product.pricePackageId", package, str::parse);
    let use_case = check_given(broken, "product.useCase", &message.use_case, UseCase::try_new);
    let annual_turnover = check(broken, "product.annualTurnover", Turnover::try_new(message.annual_turnover));
    let share = &message.annual_turnover_percentage;
    let turnover_share = check_given(broken, "product.annualTurnoverPercentage", share, |text| {
        TurnoverShare::try_new(text.to_owned())
    });
    let purpose = &message.intended_purpose;
    let intended_purpose =
        check_given(broken, "product.intendedPurpose", purpose, |text| Prose::try_new(text.to_owned()));
    let app_name =
        check_given(broken, "product.appName", &message.app_name, |text| Name::try_new(text.to_owned()));
    let code = &message.merchant_category_code;
    let merchant_category_code = check_given(broken, "product.merchantCategoryCode", code, |text| {
        CategoryCode::try_new(text.to_owned())
    });
    check_given(broken, "product.testWebsitePassword", &message.test_website_password, password);
    let site = site(
        broken,
        SiteParts {
            url: message.website_url,
            terms_url: message.website_terms_url,
            test_url: message.test_website_url,
            test_username: message.test_website_username,
            has_test_password: !message.test_website_password.is_empty(),
        },
    );
    Some(Product {
        product_type: product_type?,
        sales_unit_name,
        logo,
        settlement_account,
        price_package_id,
        use_case,
        annual_turnover: annual_turnover?,
        turnover_share,
        intended_purpose,
        app_name,
        site,
        has_recurring: message.has_recurring,
        merchant_category_code,
    })
}

pub(in crate::grpc) fn product_to_proto(product: &Product) -> v1::Product {
    let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
    let site = product.site.as_ref();
    let test = site.and_then(|site| site.test.as_ref());
    v1::Product {
        product_type: terms::product_type_to_proto(product.product_type).into(),
        sales_unit_name: text(product.sales_unit_name.as_ref().map(SalesUnitName::as_str)),
        logo_png: product.logo.as_ref().map(|logo| logo.png().to_vec()).unwrap_or_default(),
        settlement_account: product.settlement_account.as_ref().map(account_to_proto),
        price_package_id: product.price_package_id.map(|id| id.to_string()).unwrap_or_default(),
        use_case: text(product.use_case.map(UseCase::code)),
        annual_turnover: product.annual_turnover.as_i64(),
        annual_turnover_percentage: text(product.turnover_share.as_ref().map(TurnoverShare::as_str)),
        intended_purpose: text(product.intended_purpose.as_ref().map(Prose::as_str)),
        app_name: text(product.app_name.as_ref().map(Name::as_str)),
        website_url: text(site.map(|site| site.url.as_str())),
        website_terms_url: text(site.map(|site| site.terms_url.as_str())),
        test_website_url: text(test.map(|test| test.url.as_str())),
        test_website_username: text(test.and_then(|test| test.username.as_ref()).map(Name::as_str)),
        test_website_password: String::new(),
        has_recurring: product.has_recurring,
        merchant_category_code: text(product.merchant_category_code.as_ref().map(CategoryCode::as_str)),
    }
}

/// Of an account that is only ordered nobody has said whose it is.
fn account_to_proto(account: &BankAccount) -> v1::SettlementAccount {
    v1::SettlementAccount {
        scheme: account.scheme().to_owned(),
        id: account.number().to_owned(),
        state: v1::AccountState::Unspecified.into(),
    }
}

fn site(broken: &mut Violations, parts: SiteParts) -> Option<Site> {
    let violation =
        |(field, Invalid { rule }): (&str, _)| FieldViolation::new(format!("product.{field}"), rule);
    Site::try_new(parts).map_err(|parts| broken.extend(parts.into_iter().map(violation))).ok().flatten()
}

fn password(text: &str) -> Result<(), Invalid> {
    if text.chars().count() > MOST_PASSWORD {
        return Err(Invalid { rule: "must be at most 100 characters" });
    }
    Ok(())
}
