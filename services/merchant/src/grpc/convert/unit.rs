//! Sales units.

use chrono::{DateTime, Utc};

use kvitt_primitives::{Invalid, Market};
use kvitt_proto::{merchant::v1, money, refusal::FieldViolation, time};

use super::{Violations, absent, address, address_to_proto, bank_account, check, check_given, terms};
use crate::domain::{
    CategoryCode, Features, Name, SalesUnit, Settlement, SettlementAccount, SettlementFrequency,
};

/// A unit that is registered now. All fields are checked before any is taken, so that every broken one is named.
pub(in crate::grpc) fn sales_unit(
    message: Option<v1::SalesUnit>,
    now: DateTime<Utc>,
) -> Result<SalesUnit, Violations> {
    let message = message.ok_or_else(|| absent("salesUnit"))?;
    let mut broken = Vec::new();
    let msn = check(&mut broken, "salesUnit.msn", message.msn.parse());
    let merchant_id = check(&mut broken, "salesUnit.merchantId", message.merchant_id.parse());
    let name = check(&mut broken, "salesUnit.name", Name::try_new(message.name));
    let market = check(&mut broken, "salesUnit.market", terms::market(message.market));
    check(&mut broken, "salesUnit.currency", currency_of(market, message.currency));
    let capture_type = check(&mut broken, "salesUnit.captureType", terms::capture_type(message.capture_type));
    let features = features(&mut broken, &message.features);
    let environment = check(&mut broken, "salesUnit.environment", terms::environment(message.environment));
    let product_type = check(&mut broken, "salesUnit.productType", terms::product_type(message.product_type));
    if let (Some(product_type), Some(capture_type)) = (product_type, capture_type) {
        check(&mut broken, "salesUnit.captureType", product_type.captures(capture_type));
    }
    let account = account(&mut broken, market, message.settlement_account.as_ref());
    let frequency = frequency_of(market, message.settlement_frequency);
    let frequency = check(&mut broken, "salesUnit.settlementFrequency", frequency);
    let settlement_type = terms::settlement_type(message.settlement_type);
    let settlement_type = check(&mut broken, "salesUnit.settlementType", settlement_type);
    let category = |text: &str| CategoryCode::try_new(text.to_owned());
    let merchant_category_code =
        check_given(&mut broken, "salesUnit.merchantCategoryCode", &message.merchant_category_code, category);
    let partner_id = check_given(&mut broken, "salesUnit.partnerId", &message.partner_id, str::parse);
    let price_package_id =
        check_given(&mut broken, "salesUnit.pricePackageId", &message.price_package_id, str::parse);
    let location = address(&mut broken, "salesUnit.location", message.location);
    if !broken.is_empty() {
        return Err(broken);
    }
    let unit = (|| {
        Some(SalesUnit {
            msn: msn?,
            merchant_id: merchant_id?,
            name: name?,
            market: market?,
            active: message.active,
            capture_type: capture_type?,
            features: features?,
            environment: environment?,
            product_type: product_type?,
            settlement: Settlement { account, frequency: frequency?, settlement_type: settlement_type? },
            merchant_category_code,
            partner_id,
            price_package_id,
            location,
            has_logo: false,
            created_at: now,
        })
    })();
    unit.ok_or_else(|| absent("salesUnit"))
}

pub(in crate::grpc) fn sales_unit_to_proto(unit: &SalesUnit) -> v1::SalesUnit {
    let id = |id: Option<String>| id.unwrap_or_default();
    let settlement = &unit.settlement;
    v1::SalesUnit {
        msn: unit.msn.to_string(),
        merchant_id: unit.merchant_id.to_string(),
        name: unit.name.as_str().to_owned(),
        market: terms::market_to_proto(unit.market).into(),
        currency: money::currency_to_proto(unit.currency()).into(),
        active: unit.active,
        capture_type: terms::capture_type_to_proto(unit.capture_type).into(),
        features: unit.features.iter().map(|feature| terms::feature_to_proto(feature).into()).collect(),
        environment: terms::environment_to_proto(unit.environment).into(),
        product_type: terms::product_type_to_proto(unit.product_type).into(),
        settlement_account: settlement.account.as_ref().map(account_to_proto),
        settlement_frequency: terms::frequency_to_proto(settlement.frequency).into(),
        settlement_type: terms::settlement_type_to_proto(settlement.settlement_type).into(),
        merchant_category_code: id(unit.merchant_category_code.as_ref().map(|code| code.as_str().to_owned())),
        partner_id: id(unit.partner_id.map(|id| id.to_string())),
        price_package_id: id(unit.price_package_id.map(|id| id.to_string())),
        location: unit.location.as_ref().map(address_to_proto),
        has_logo: unit.has_logo,
        created_at: Some(time::to_proto(unit.created_at)),
    }
}

pub(in crate::grpc) fn account_to_proto(account: &SettlementAccount) -> v1::SettlementAccount {
    v1::SettlementAccount {
        scheme: account.account.scheme().to_owned(),
        id: account.account.number().to_owned(),
        state: terms::account_state_to_proto(account.state).into(),
    }
}

fn features(broken: &mut Violations, messages: &[i32]) -> Option<Features> {
    let known: Option<Vec<_>> = messages
        .iter()
        .enumerate()
        .map(|(index, message)| {
            check(broken, &format!("salesUnit.features[{index}]"), terms::feature(*message))
        })
        .collect();
    check(broken, "salesUnit.features", Features::try_new(known?))
}

fn currency_of(market: Option<Market>, message: i32) -> Result<(), Invalid> {
    let given = money::currency_from_proto(message, "salesUnit.currency").ok();
    match market {
        Some(market) if given != Some(market.currency()) => {
            Err(Invalid { rule: "must be the currency of the market" })
        }
        Some(_) | None => Ok(()),
    }
}

/// The account that a unit is registered with; the operator says what is known of it.
fn account(
    broken: &mut Violations,
    market: Option<Market>,
    message: Option<&v1::SettlementAccount>,
) -> Option<SettlementAccount> {
    let message = message?;
    let account = bank_account(broken, "salesUnit.settlementAccount", message);
    let state = check(broken, "salesUnit.settlementAccount.state", terms::account_state(message.state));
    let account = account.filter(|account| {
        let same = market.is_none_or(|market| market == account.market());
        if !same {
            let rule = "must be that of the sales unit's market";
            broken.push(FieldViolation::new("salesUnit.settlementAccount.scheme", rule));
        }
        same
    });
    Some(SettlementAccount { account: account?, state: state? })
}

fn frequency_of(market: Option<Market>, message: i32) -> Result<SettlementFrequency, Invalid> {
    let frequency = terms::frequency(message)?;
    match market.map(|market| frequency.available_in(market)) {
        Some(Err(_)) => Err(Invalid { rule: "must be DAILY in Denmark and Finland" }),
        Some(Ok(())) | None => Ok(frequency),
    }
}
