//! What is ordered, as it is stored: JSON, in the form that its `version` names. A form that is changed gets a new
//! version, and the old one stays readable.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use kvitt_primitives::{BankAccount, BankAccountError, Invalid, Msn, Name, PricePackageId};

use crate::domain::{
    Agreement, CategoryCode, Company, FeatureRequest, Logo, Product, ProductType, Prose, SalesUnitName, Site,
    SiteParts, Subject, Turnover, TurnoverShare, UseCase, Wanted, Website,
};
use crate::store::{UNKNOWN_CODE, address, valid};

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    #[serde(flatten)]
    form: Form,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    Agreement(AgreementForm),
    Product(Box<ProductForm>),
    Feature(FeatureForm),
}

#[derive(Serialize, Deserialize)]
struct AgreementForm {
    name: String,
    business_address: Option<Value>,
    postal_address: Option<Value>,
    email: Option<String>,
    phone_number: Option<String>,
    website: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct ProductForm {
    product_type: String,
    sales_unit_name: Option<String>,
    settlement_account: Option<AccountForm>,
    price_package_id: Option<Uuid>,
    use_case: Option<String>,
    annual_turnover: i64,
    turnover_share: Option<String>,
    intended_purpose: Option<String>,
    app_name: Option<String>,
    site: Option<SiteForm>,
    has_recurring: bool,
    merchant_category_code: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct AccountForm {
    scheme: String,
    id: String,
}

#[derive(Serialize, Deserialize)]
struct SiteForm {
    url: String,
    terms_url: String,
    test_url: Option<String>,
    test_username: Option<String>,
    has_test_password: bool,
}

#[derive(Serialize, Deserialize)]
struct FeatureForm {
    msn: String,
    wanted: String,
    revenue_estimate: i64,
    description: String,
}

/// The form in which a subject is stored. The logo of a product is stored beside it.
pub(crate) fn to_json(subject: &Subject) -> Value {
    let form = match subject {
        Subject::Agreement(agreement) => Form::Agreement(agreement_form(agreement)),
        Subject::Product(product) => Form::Product(Box::new(product_form(product))),
        Subject::Feature(request) => Form::Feature(FeatureForm {
            msn: request.msn.to_string(),
            wanted: request.wanted.code().to_owned(),
            revenue_estimate: request.revenue_estimate.as_i64(),
            description: request.description.as_str().to_owned(),
        }),
    };
    serde_json::to_value(Stored { version: VERSION, form }).expect("texts and numbers are JSON")
}

/// The subject that is stored.
pub(super) fn from_json(value: Value, logo: Option<Vec<u8>>) -> Result<Subject, sqlx::Error> {
    let stored: Stored =
        serde_json::from_value(value).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    if stored.version != VERSION {
        return valid(Err(UNKNOWN_CODE));
    }
    Ok(match stored.form {
        Form::Agreement(form) => Subject::Agreement(Box::new(agreement(form)?)),
        Form::Product(form) => Subject::Product(Box::new(product(*form, logo)?)),
        Form::Feature(form) => Subject::Feature(valid(feature(form))?),
    })
}

fn agreement_form(agreement: &Agreement) -> AgreementForm {
    let company = &agreement.company;
    AgreementForm {
        name: agreement.name.as_str().to_owned(),
        business_address: company.business_address.as_ref().map(address::to_json),
        postal_address: company.postal_address.as_ref().map(address::to_json),
        email: company.email.as_ref().map(|email| email.as_str().to_owned()),
        phone_number: company.phone_number.as_ref().map(|number| number.as_str().to_owned()),
        website: company.website.as_ref().map(|website| website.as_str().to_owned()),
    }
}

fn agreement(form: AgreementForm) -> Result<Agreement, sqlx::Error> {
    let company = Company {
        business_address: form.business_address.as_ref().map(address::from_json).transpose()?,
        postal_address: form.postal_address.as_ref().map(address::from_json).transpose()?,
        email: valid(form.email.map(|text| text.parse()).transpose())?,
        phone_number: valid(form.phone_number.map(|text| text.parse()).transpose())?,
        website: valid(form.website.map(Website::try_new).transpose())?,
    };
    Ok(Agreement { name: valid(Name::try_new(form.name))?, company })
}

fn product_form(product: &Product) -> ProductForm {
    let account = product.settlement_account.as_ref();
    let site = product.site.as_ref();
    let owned = str::to_owned;
    ProductForm {
        product_type: product.product_type.code().to_owned(),
        sales_unit_name: product.sales_unit_name.as_ref().map(SalesUnitName::as_str).map(owned),
        settlement_account: account.map(|account| AccountForm {
            scheme: account.scheme().to_owned(),
            id: account.number().to_owned(),
        }),
        price_package_id: product.price_package_id.map(PricePackageId::as_uuid),
        use_case: product.use_case.map(UseCase::code).map(owned),
        annual_turnover: product.annual_turnover.as_i64(),
        turnover_share: product.turnover_share.as_ref().map(TurnoverShare::as_str).map(owned),
        intended_purpose: product.intended_purpose.as_ref().map(Prose::as_str).map(owned),
        app_name: product.app_name.as_ref().map(Name::as_str).map(owned),
        site: site.map(site_form),
        has_recurring: product.has_recurring,
        merchant_category_code: product.merchant_category_code.as_ref().map(CategoryCode::as_str).map(owned),
    }
}

fn site_form(site: &Site) -> SiteForm {
    let test = site.test.as_ref();
    let username = test.and_then(|test| test.username.as_ref());
    SiteForm {
        url: site.url.as_str().to_owned(),
        terms_url: site.terms_url.as_str().to_owned(),
        test_url: test.map(|test| test.url.as_str().to_owned()),
        test_username: username.map(|name| name.as_str().to_owned()),
        has_test_password: test.is_some_and(|test| test.has_password),
    }
}

fn product(form: ProductForm, logo: Option<Vec<u8>>) -> Result<Product, sqlx::Error> {
    let name = form.sales_unit_name.as_deref();
    let site = form.site.map(site).transpose();
    Ok(Product {
        product_type: valid(ProductType::from_code(&form.product_type).ok_or(UNKNOWN_CODE))?,
        sales_unit_name: valid(name.map(SalesUnitName::try_new).transpose())?,
        logo: valid(logo.map(Logo::try_new).transpose())?,
        settlement_account: valid(form.settlement_account.as_ref().map(account).transpose())?,
        price_package_id: form.price_package_id.map(PricePackageId::from_uuid),
        use_case: valid(form.use_case.as_deref().map(UseCase::try_new).transpose())?,
        annual_turnover: valid(Turnover::try_new(form.annual_turnover))?,
        turnover_share: valid(form.turnover_share.map(TurnoverShare::try_new).transpose())?,
        intended_purpose: valid(form.intended_purpose.map(Prose::try_new).transpose())?,
        app_name: valid(form.app_name.map(Name::try_new).transpose())?,
        site: valid(site)?.flatten(),
        has_recurring: form.has_recurring,
        merchant_category_code: valid(form.merchant_category_code.map(CategoryCode::try_new).transpose())?,
    })
}

fn site(form: SiteForm) -> Result<Option<Site>, Invalid> {
    let parts = SiteParts {
        url: form.url,
        terms_url: form.terms_url,
        test_url: form.test_url.unwrap_or_default(),
        test_username: form.test_username.unwrap_or_default(),
        has_test_password: form.has_test_password,
    };
    Site::try_new(parts).map_err(|broken| broken.first().map_or(UNKNOWN_CODE, |(_, invalid)| *invalid))
}

fn account(form: &AccountForm) -> Result<BankAccount, Invalid> {
    BankAccount::try_new(&form.scheme, &form.id).map_err(|error| match error {
        BankAccountError::Scheme(invalid) | BankAccountError::Id(invalid) => invalid,
    })
}

fn feature(form: FeatureForm) -> Result<FeatureRequest, Invalid> {
    Ok(FeatureRequest {
        msn: form.msn.parse::<Msn>()?,
        wanted: Wanted::from_code(&form.wanted).ok_or(UNKNOWN_CODE)?,
        revenue_estimate: Turnover::try_new(form.revenue_estimate)?,
        description: Prose::try_new(form.description)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Address, AddressParts, Feature};

    fn read_back(subject: &Subject) {
        let stored = to_json(subject);
        assert_eq!(stored["version"], 1);
        assert_eq!(&from_json(stored, None).unwrap(), subject);
    }

    fn product() -> Product {
        let parts = SiteParts {
            url: "https://shop.example".to_owned(),
            terms_url: "https://shop.example/terms".to_owned(),
            test_url: "https://test.shop.example".to_owned(),
            test_username: "kari".to_owned(),
            has_test_password: true,
        };
        Product {
            product_type: ProductType::Donations,
            sales_unit_name: Some(SalesUnitName::try_new("Innsamling").unwrap()),
            logo: None,
            settlement_account: Some(BankAccount::try_new("BBAN:NO", "86011117947").unwrap()),
            price_package_id: Some(PricePackageId::from_uuid(Uuid::from_u128(1))),
            use_case: Some(UseCase::App),
            annual_turnover: Turnover::try_new(999_999_999).unwrap(),
            turnover_share: Some(TurnoverShare::try_new("100".to_owned()).unwrap()),
            intended_purpose: Some(Prose::try_new("Til\nalle".to_owned()).unwrap()),
            app_name: Some(Name::try_new("Giver".to_owned()).unwrap()),
            site: Site::try_new(parts).unwrap(),
            has_recurring: true,
            merchant_category_code: Some(CategoryCode::try_new("8398".to_owned()).unwrap()),
        }
    }

    #[test]
    fn a_product_reads_back_whole_or_bare() {
        read_back(&Subject::Product(Box::new(product())));
        let bare = Product {
            sales_unit_name: None,
            settlement_account: None,
            price_package_id: None,
            use_case: None,
            annual_turnover: Turnover::default(),
            turnover_share: None,
            intended_purpose: None,
            app_name: None,
            site: None,
            has_recurring: false,
            merchant_category_code: None,
            ..product()
        };
        read_back(&Subject::Product(Box::new(bare)));
    }

    #[test]
    fn an_application_and_a_request_read_back() {
        let address = AddressParts {
            lines: vec!["Storgata 1".to_owned()],
            post_code: "0155".to_owned(),
            city: "Oslo".to_owned(),
            country_code: "NO".to_owned(),
        };
        let company = Company {
            business_address: Some(Address::try_new(address).unwrap()),
            postal_address: None,
            email: Some("post@shop.example".parse().unwrap()),
            phone_number: Some("4712345678".parse().unwrap()),
            website: Some(Website::try_new("https://shop.example".to_owned()).unwrap()),
        };
        let name = Name::try_new("Bær AS".to_owned()).unwrap();
        read_back(&Subject::Agreement(Box::new(Agreement { name, company })));
        for wanted in [Wanted::DirectCapture, Wanted::Feature(Feature::CreditCard)] {
            read_back(&Subject::Feature(FeatureRequest {
                msn: "100001".parse().unwrap(),
                wanted,
                revenue_estimate: Turnover::try_new(1).unwrap(),
                description: Prose::try_new("Hver uke".to_owned()).unwrap(),
            }));
        }
    }

    #[test]
    fn a_logo_that_is_stored_is_not_decoded_again() {
        let mut file = crate::domain::picture(100, 100);
        file.truncate(file.len() / 2);
        let stored = to_json(&Subject::Product(Box::new(product())));
        let Subject::Product(read) = from_json(stored, Some(file.clone())).unwrap() else {
            panic!("a product")
        };
        assert_eq!(read.logo.map(|logo| logo.png().to_vec()), Some(file));
    }

    #[test]
    fn a_form_of_another_version_or_a_broken_one_is_not_read() {
        let valid = to_json(&Subject::Product(Box::new(product())));
        let mut newer = valid.clone();
        newer["version"] = 2.into();
        let mut broken = valid;
        broken["product"]["merchant_category_code"] = "1".into();
        for unreadable in [newer, broken, Value::Null, serde_json::json!({ "version": 1 })] {
            assert!(from_json(unreadable, None).is_err());
        }
    }
}
