//! Between the messages of the contract and the domain. A message that breaks rules names every field at once.

use kvitt_primitives::{Invalid, Market, MerchantId, Msn};
use kvitt_proto::{merchant::v1, money, refusal::FieldViolation};

use crate::{
    app::{Changed, MOST_PER_PAGE, Page},
    domain::{CaptureType, Feature, Features, Merchant, Name, OrganizationNumber, SalesUnit},
    store::revision::AsOf,
};

pub(super) type Violations = Vec<FieldViolation>;

pub(super) fn merchant(message: Option<v1::Merchant>) -> Result<Merchant, Violations> {
    let message = message.ok_or_else(|| absent("merchant"))?;
    let mut broken = Vec::new();
    let id = check(&mut broken, "merchant.merchantId", message.merchant_id.parse());
    let name = check(&mut broken, "merchant.name", Name::try_new(message.name));
    let market = check(&mut broken, "merchant.market", market(message.market));
    // Its form depends on the market, so without one only the market is named.
    let number = market.and_then(|market| {
        let number = OrganizationNumber::try_new(market, message.organization_number);
        check(&mut broken, "merchant.organizationNumber", number)
    });
    match (id, name, market, number) {
        (Some(id), Some(name), Some(market), Some(organization_number)) => {
            Ok(Merchant { id, name, market, organization_number })
        }
        _ => Err(broken),
    }
}

pub(super) fn merchant_to_proto(merchant: &Merchant) -> v1::Merchant {
    v1::Merchant {
        merchant_id: merchant.id.to_string(),
        name: merchant.name.as_str().to_owned(),
        market: market_to_proto(merchant.market).into(),
        organization_number: merchant.organization_number.as_str().to_owned(),
    }
}

pub(super) fn sales_unit(message: Option<v1::SalesUnit>) -> Result<SalesUnit, Violations> {
    let message = message.ok_or_else(|| absent("salesUnit"))?;
    let mut broken = Vec::new();
    let msn = check(&mut broken, "salesUnit.msn", message.msn.parse());
    let merchant_id = check(&mut broken, "salesUnit.merchantId", message.merchant_id.parse());
    let name = check(&mut broken, "salesUnit.name", Name::try_new(message.name));
    let market = check(&mut broken, "salesUnit.market", market(message.market));
    check(&mut broken, "salesUnit.currency", currency_of(market, message.currency));
    let capture_type = check(&mut broken, "salesUnit.captureType", capture_type(message.capture_type));
    let features = features(&mut broken, &message.features);
    match (msn, merchant_id, name, market, capture_type, features) {
        (Some(msn), Some(merchant_id), Some(name), Some(market), Some(capture_type), Some(features))
            if broken.is_empty() =>
        {
            Ok(SalesUnit { msn, merchant_id, name, market, active: message.active, capture_type, features })
        }
        _ => Err(broken),
    }
}

pub(super) fn sales_unit_to_proto(unit: &SalesUnit) -> v1::SalesUnit {
    v1::SalesUnit {
        msn: unit.msn.to_string(),
        merchant_id: unit.merchant_id.to_string(),
        name: unit.name.as_str().to_owned(),
        market: market_to_proto(unit.market).into(),
        currency: money::currency_to_proto(unit.currency()).into(),
        active: unit.active,
        capture_type: capture_type_to_proto(unit.capture_type).into(),
        features: unit.features.iter().map(|feature| feature_to_proto(feature).into()).collect(),
    }
}

pub(super) fn merchant_id(text: &str) -> Result<MerchantId, Violations> {
    one("merchantId", text.parse())
}

pub(super) fn msn(text: &str) -> Result<Msn, Violations> {
    one("msn", text.parse())
}

pub(super) fn list(request: &v1::ListSalesUnitsRequest) -> Result<(MerchantId, Page), Violations> {
    let mut broken = Vec::new();
    let merchant_id = check(&mut broken, "merchantId", request.merchant_id.parse());
    let size = check(&mut broken, "pageSize", page_size(request.page_size));
    let after = if request.page_token.is_empty() {
        None
    } else {
        let token = request.page_token.parse();
        check(
            &mut broken,
            "pageToken",
            token.map_err(|_: Invalid| Invalid { rule: "must be a nextPageToken that was given" }),
        )
    };
    match (merchant_id, size) {
        (Some(merchant_id), Some(size)) if broken.is_empty() => Ok((merchant_id, Page { size, after })),
        _ => Err(broken),
    }
}

pub(super) fn after_revision(revision: i64) -> Result<i64, Violations> {
    let known = if revision < 0 { Err(Invalid { rule: "must not be negative" }) } else { Ok(revision) };
    one("afterRevision", known)
}

pub(super) fn changes_to_proto(changes: AsOf<Changed>) -> v1::ListSalesUnitChangesResponse {
    let (units, all) = match changes.value {
        Changed::These(units) => (units, false),
        Changed::All => (Vec::new(), true),
    };
    let msns = units.iter().map(ToString::to_string).collect();
    v1::ListSalesUnitChangesResponse { revision: changes.revision, msns, all }
}

fn page_size(size: i32) -> Result<u32, Invalid> {
    match u32::try_from(size) {
        Ok(0) => Ok(MOST_PER_PAGE),
        Ok(size) if size <= MOST_PER_PAGE => Ok(size),
        Ok(_) | Err(_) => Err(Invalid { rule: "must be between 0 and 100" }),
    }
}

fn features(broken: &mut Violations, messages: &[i32]) -> Option<Features> {
    let known: Option<Vec<_>> = messages
        .iter()
        .enumerate()
        .map(|(index, message)| check(broken, &format!("salesUnit.features[{index}]"), feature(*message)))
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

fn market(message: i32) -> Result<Market, Invalid> {
    match v1::Market::try_from(message) {
        Ok(v1::Market::No) => Ok(Market::No),
        Ok(v1::Market::Dk) => Ok(Market::Dk),
        Ok(v1::Market::Fi) => Ok(Market::Fi),
        Ok(v1::Market::Unspecified) | Err(_) => Err(Invalid { rule: "must be one of NO, DK, FI" }),
    }
}

fn market_to_proto(market: Market) -> v1::Market {
    match market {
        Market::No => v1::Market::No,
        Market::Dk => v1::Market::Dk,
        Market::Fi => v1::Market::Fi,
    }
}

fn capture_type(message: i32) -> Result<CaptureType, Invalid> {
    match v1::CaptureType::try_from(message) {
        Ok(v1::CaptureType::ReserveCapture) => Ok(CaptureType::ReserveCapture),
        Ok(v1::CaptureType::ReserveCaptureFull) => Ok(CaptureType::ReserveCaptureFull),
        Ok(v1::CaptureType::DirectCapture) => Ok(CaptureType::DirectCapture),
        Ok(v1::CaptureType::Unspecified) | Err(_) => {
            Err(Invalid { rule: "must be one of RESERVE_CAPTURE, RESERVE_CAPTURE_FULL, DIRECT_CAPTURE" })
        }
    }
}

fn capture_type_to_proto(capture_type: CaptureType) -> v1::CaptureType {
    match capture_type {
        CaptureType::ReserveCapture => v1::CaptureType::ReserveCapture,
        CaptureType::ReserveCaptureFull => v1::CaptureType::ReserveCaptureFull,
        CaptureType::DirectCapture => v1::CaptureType::DirectCapture,
    }
}

fn feature(message: i32) -> Result<Feature, Invalid> {
    match v1::Feature::try_from(message) {
        Ok(v1::Feature::PushMessage) => Ok(Feature::PushMessage),
        Ok(v1::Feature::LongLiving) => Ok(Feature::LongLiving),
        Ok(v1::Feature::Express) => Ok(Feature::Express),
        Ok(v1::Feature::NinScope) => Ok(Feature::NinScope),
        Ok(v1::Feature::LateCapture) => Ok(Feature::LateCapture),
        Ok(v1::Feature::Unspecified) | Err(_) => Err(Invalid { rule: "must be a feature" }),
    }
}

fn feature_to_proto(feature: Feature) -> v1::Feature {
    match feature {
        Feature::PushMessage => v1::Feature::PushMessage,
        Feature::LongLiving => v1::Feature::LongLiving,
        Feature::Express => v1::Feature::Express,
        Feature::NinScope => v1::Feature::NinScope,
        Feature::LateCapture => v1::Feature::LateCapture,
    }
}

/// Keeps a valid value, and notes the rule a broken one breaks.
fn check<T>(broken: &mut Violations, field: &str, value: Result<T, Invalid>) -> Option<T> {
    value.map_err(|invalid| broken.push(FieldViolation::new(field, invalid.rule))).ok()
}

fn one<T>(field: &str, value: Result<T, Invalid>) -> Result<T, Violations> {
    value.map_err(|invalid| vec![FieldViolation::new(field, invalid.rule)])
}

fn absent(field: &str) -> Violations {
    vec![FieldViolation::new(field, "is required")]
}
