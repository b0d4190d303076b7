//! What the audit log is told of merchants and units, and by what a registration is recognised.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;

use kvitt_audit_log::Entry;

use super::By;
use crate::{
    domain::{Address, AddressParts, Company, Feature, Merchant, SalesUnit, SettlementAccount, masked},
    store::merchants::Digest,
};

/// Tells of a change of a unit.
pub(crate) async fn unit(
    tx: &mut PgConnection,
    by: &By,
    action: &'static str,
    before: Option<&SalesUnit>,
    after: &SalesUnit,
) -> Result<(), sqlx::Error> {
    let entry = of_unit(by, action, after);
    let entry = Entry { before: before.map(unit_value), after: Some(unit_value(after)), ..entry };
    kvitt_audit_log::append(tx, &entry).await
}

/// Tells of something about a unit that its attributes do not show.
pub(crate) async fn about_unit(
    tx: &mut PgConnection,
    by: &By,
    action: &'static str,
    unit: &SalesUnit,
    what: Value,
) -> Result<(), sqlx::Error> {
    let entry = Entry { after: Some(what), ..of_unit(by, action, unit) };
    kvitt_audit_log::append(tx, &entry).await
}

fn of_unit(by: &By, action: &'static str, unit: &SalesUnit) -> Entry {
    Entry {
        at: by.at,
        actor: by.actor.clone(),
        action,
        subject: format!("unit:{}", unit.msn),
        merchant_id: Some(unit.merchant_id),
        before: None,
        after: None,
        trace_id: by.trace_id.clone(),
    }
}

/// Tells of a change of a merchant.
pub(crate) async fn merchant(
    tx: &mut PgConnection,
    by: &By,
    before: Option<&Merchant>,
    after: &Merchant,
) -> Result<(), sqlx::Error> {
    let (action, before, after_value) = match before {
        None => ("merchant.registered", None, merchant_value(after)),
        Some(before) => {
            let changed = changed_parts(&before.company, &after.company);
            ("merchant.changed", Some(company_value(&before.company)), {
                let mut value = company_value(&after.company);
                value["changed"] = changed.into();
                value
            })
        }
    };
    let entry = Entry {
        at: by.at,
        actor: by.actor.clone(),
        action,
        subject: format!("merchant:{}", after.id),
        merchant_id: Some(after.id),
        before,
        after: Some(after_value),
        trace_id: by.trace_id.clone(),
    };
    kvitt_audit_log::append(tx, &entry).await
}

/// By what a registered merchant is recognised.
pub(crate) fn merchant_digest(merchant: &Merchant) -> Digest {
    let mut value = merchant_value(merchant);
    value["email"] = json!(merchant.company.email.as_ref().map(|email| email.as_str()));
    value["phoneNumber"] = json!(merchant.company.phone_number.as_ref().map(|number| number.as_str()));
    Sha256::digest(value.to_string()).into()
}

/// By what a registered or ordered unit is recognised, whichever MSN it has.
pub(crate) fn unit_digest(unit: &SalesUnit) -> Digest {
    let mut value = unit_value(unit);
    let number = unit.settlement.account.as_ref().map(|account| account.account.number());
    value["accountNumber"] = json!(number);
    value["merchantId"] = json!(unit.merchant_id.to_string());
    Sha256::digest(value.to_string()).into()
}

fn merchant_value(merchant: &Merchant) -> Value {
    let mut value = company_value(&merchant.company);
    value["name"] = json!(merchant.name.as_str());
    value["market"] = json!(merchant.market.code());
    value["organizationNumber"] = json!(merchant.organization_number.as_str());
    value["status"] = json!(merchant.status.code());
    value
}

/// The register of companies shows addresses and web sites. An e-mail address and a phone number may be a person's.
fn company_value(company: &Company) -> Value {
    json!({
        "businessAddress": company.business_address.as_ref().map(address),
        "postalAddress": company.postal_address.as_ref().map(address),
        "hasEmail": company.email.is_some(),
        "hasPhoneNumber": company.phone_number.is_some(),
        "website": company.website.as_ref().map(|website| website.as_str()),
    })
}

fn changed_parts(before: &Company, after: &Company) -> Vec<&'static str> {
    [
        ("businessAddress", before.business_address != after.business_address),
        ("postalAddress", before.postal_address != after.postal_address),
        ("email", before.email != after.email),
        ("phoneNumber", before.phone_number != after.phone_number),
        ("website", before.website != after.website),
    ]
    .into_iter()
    .filter_map(|(part, changed)| changed.then_some(part))
    .collect()
}

fn unit_value(unit: &SalesUnit) -> Value {
    json!({
        "name": unit.name.as_str(),
        "market": unit.market.code(),
        "active": unit.active,
        "captureType": unit.capture_type.code(),
        "features": unit.features.iter().map(Feature::code).collect::<Vec<_>>(),
        "environment": unit.environment.code(),
        "productType": unit.product_type.code(),
        "settlementAccount": unit.settlement.account.as_ref().map(account),
        "settlementFrequency": unit.settlement.frequency.code(),
        "settlementType": unit.settlement.settlement_type.code(),
        "merchantCategoryCode": unit.merchant_category_code.as_ref().map(|code| code.as_str()),
        "partnerId": unit.partner_id.map(|id| id.to_string()),
        "pricePackageId": unit.price_package_id.map(|id| id.to_string()),
        "location": unit.location.as_ref().map(address),
    })
}

fn account(account: &SettlementAccount) -> Value {
    json!({ "account": masked(&account.account), "state": account.state.code() })
}

fn address(address: &Address) -> Value {
    let AddressParts { lines, post_code, city, country_code } = address.parts();
    json!({ "lines": lines, "postCode": post_code, "city": city, "countryCode": country_code })
}
