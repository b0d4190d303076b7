//! What is asked about sales units.

use kvitt_primitives::{BankAccount, Invalid, MerchantId, Msn, Name, SalesUnitName};
use kvitt_proto::{merchant::v1, refusal::FieldViolation, time};

use super::{Violations, absent, address, bank_account, check, check_given, one, terms, unit};
use crate::{
    app::units::{Changed, Listed, MOST_ACCESSIBLE_PER_PAGE, MOST_PER_PAGE, TestUnit, Update},
    domain::{AccountState, CaptureType, Feature, Features, SettlementAccount, SettlementFrequency},
    store::{
        revision::AsOf,
        sales_units::{Filter, Owner},
    },
};

/// How many units are wanted, and the last one of the page before.
pub(in crate::grpc) type PageOf = (u32, Option<Msn>);

/// The longest text that is looked for.
const MOST_SEARCHED: usize = 100;

pub(in crate::grpc) fn msn(text: &str) -> Result<Msn, Violations> {
    one("msn", text.parse())
}

pub(in crate::grpc) fn list(
    request: &v1::ListSalesUnitsRequest,
) -> Result<(MerchantId, Filter, PageOf), Violations> {
    let mut broken = Vec::new();
    let merchant_id = check(&mut broken, "merchantId", request.merchant_id.parse());
    let size = check(&mut broken, "pageSize", page_size(request.page_size, MOST_PER_PAGE));
    let after = page_token(&mut broken, &request.page_token);
    let search = check(&mut broken, "search", searched(&request.search));
    // Here an unspecified environment is every environment.
    let environment = match request.environment {
        0 => None,
        message => check(&mut broken, "environment", terms::environment(message)),
    };
    match (merchant_id, size, search) {
        (Some(merchant_id), Some(size), Some(search)) if broken.is_empty() => {
            let with_inactive = request.with_inactive;
            let filter = Filter { search, environment, with_inactive, only: None, of_partner: None };
            Ok((merchant_id, filter, (size, after)))
        }
        _ => Err(broken),
    }
}

pub(in crate::grpc) fn list_accessible(
    request: &v1::ListAccessibleSalesUnitsRequest,
) -> Result<PageOf, Violations> {
    let mut broken = Vec::new();
    let size = check(&mut broken, "pageSize", page_size(request.page_size, MOST_ACCESSIBLE_PER_PAGE));
    let after = page_token(&mut broken, &request.page_token);
    size.filter(|_| broken.is_empty()).map(|size| (size, after)).ok_or(broken)
}

pub(in crate::grpc) fn listed_to_proto(listed: &Listed) -> (Vec<v1::SalesUnit>, String) {
    let next_page_token = listed.next_after.as_ref().map(ToString::to_string).unwrap_or_default();
    (listed.units.iter().map(unit::sales_unit_to_proto).collect(), next_page_token)
}

pub(in crate::grpc) fn test_unit(request: &v1::CreateTestSalesUnitRequest) -> Result<TestUnit, Violations> {
    let mut broken = Vec::new();
    let merchant_id = check(&mut broken, "merchantId", request.merchant_id.parse());
    let order_id = check(&mut broken, "orderId", request.order_id.parse());
    let name = SalesUnitName::try_new_test(&request.name).and_then(|name| stored_name(&name));
    let name = check(&mut broken, "name", name);
    let partner_id = check_given(&mut broken, "partnerId", &request.partner_id, str::parse);
    let features =
        [(request.skip_landing_page, Feature::PushMessage), (request.recurring, Feature::Recurring)];
    let features = features.into_iter().filter_map(|(wanted, feature)| wanted.then_some(feature)).collect();
    let features = check(&mut broken, "recurring", Features::try_new(features));
    let capture_type =
        if request.direct_capture { CaptureType::DirectCapture } else { CaptureType::ReserveCapture };
    match (merchant_id, order_id, name, features) {
        (Some(merchant_id), Some(order_id), Some(name), Some(features)) if broken.is_empty() => {
            Ok(TestUnit { merchant_id, order_id, name, partner_id, features, capture_type })
        }
        _ => Err(broken),
    }
}

pub(in crate::grpc) fn update(request: v1::UpdateSalesUnitRequest) -> Result<(Msn, Update), Violations> {
    let mut broken = Vec::new();
    let msn = check(&mut broken, "msn", request.msn.parse());
    let name = request.name.and_then(|text| {
        let name = SalesUnitName::try_new(&text).and_then(|name| stored_name(&name));
        check(&mut broken, "name", name)
    });
    let location = address(&mut broken, "location", request.location);
    msn.filter(|_| broken.is_empty()).map(|msn| (msn, Update { name, location })).ok_or(broken)
}

pub(in crate::grpc) fn account_change(
    request: &v1::ChangeSettlementAccountRequest,
) -> Result<(Msn, BankAccount), Violations> {
    let mut broken = Vec::new();
    let msn = check(&mut broken, "msn", request.msn.parse());
    let account = match &request.account {
        Some(message) => bank_account(&mut broken, "account", message),
        None => {
            broken.extend(absent("account"));
            None
        }
    };
    msn.zip(account).ok_or(broken)
}

pub(in crate::grpc) fn account_decision(
    request: &v1::DecideSettlementAccountRequest,
) -> Result<(Msn, SettlementAccount), Violations> {
    let state = if request.owned { AccountState::Verified } else { AccountState::Rejected };
    let change =
        v1::ChangeSettlementAccountRequest { msn: request.msn.clone(), account: request.account.clone() };
    let (msn, account) = account_change(&change)?;
    Ok((msn, SettlementAccount { account, state }))
}

/// Whoever changes the frequency says what to.
pub(in crate::grpc) fn frequency_change(
    request: &v1::ChangeSettlementFrequencyRequest,
) -> Result<(Msn, SettlementFrequency), Violations> {
    let mut broken = Vec::new();
    let msn = check(&mut broken, "msn", request.msn.parse());
    let frequency = check(
        &mut broken,
        "frequency",
        match request.frequency {
            0 => Err(Invalid { rule: "must be one of DAILY, WEEKLY, MONTHLY" }),
            message => terms::frequency(message),
        },
    );
    msn.zip(frequency).ok_or(broken)
}

pub(in crate::grpc) fn after_revision(revision: i64) -> Result<i64, Violations> {
    let known = if revision < 0 { Err(Invalid { rule: "must not be negative" }) } else { Ok(revision) };
    one("afterRevision", known)
}

pub(in crate::grpc) fn changes_to_proto(changes: AsOf<Changed>) -> v1::ListSalesUnitChangesResponse {
    let (units, all) = match changes.value {
        Changed::These(units) => (units, false),
        Changed::All => (Vec::new(), true),
    };
    let msns = units.iter().map(ToString::to_string).collect();
    v1::ListSalesUnitChangesResponse { revision: changes.revision, msns, all }
}

pub(in crate::grpc) fn owner_to_proto(owner: &AsOf<Option<Owner>>) -> v1::ResolveSalesUnitResponse {
    let revision = owner.revision;
    let Some(Owner { merchant_id, partner_id, active }) = &owner.value else {
        return v1::ResolveSalesUnitResponse { revision, ..Default::default() };
    };
    v1::ResolveSalesUnitResponse {
        merchant_id: merchant_id.to_string(),
        partner_id: partner_id.map(|id| id.to_string()).unwrap_or_default(),
        active: *active,
        revision,
    }
}

pub(in crate::grpc) fn test_unit_to_proto(
    msn: &Msn,
    available_at: chrono::DateTime<chrono::Utc>,
) -> v1::CreateTestSalesUnitResponse {
    let available_at = Some(time::to_proto(available_at));
    v1::CreateTestSalesUnitResponse { msn: msn.to_string(), available_at }
}

/// Whatever a merchant may order is a name that can be stored.
fn stored_name(name: &SalesUnitName) -> Result<Name<100>, Invalid> {
    Name::try_new(name.as_str().to_owned())
}

fn page_size(size: i32, most: u32) -> Result<u32, Invalid> {
    let rule = if most == MOST_PER_PAGE { "must be between 0 and 100" } else { "must be between 0 and 1000" };
    match u32::try_from(size) {
        Ok(0) => Ok(most),
        Ok(size) if size <= most => Ok(size),
        Ok(_) | Err(_) => Err(Invalid { rule }),
    }
}

fn page_token(broken: &mut Violations, token: &str) -> Option<Msn> {
    let given =
        |token: &str| token.parse().map_err(|_| Invalid { rule: "must be a nextPageToken that was given" });
    check_given(broken, "pageToken", token, given)
}

/// PostgreSQL has no text with a zero byte in it, and no name has a control character.
fn searched(text: &str) -> Result<String, Invalid> {
    if text.chars().count() > MOST_SEARCHED || text.chars().any(char::is_control) {
        return Err(Invalid { rule: "must be at most 100 printable characters" });
    }
    Ok(text.to_owned())
}

/// The broken field of a request for a logo.
pub(in crate::grpc) fn logo_request(
    request: v1::SetSalesUnitLogoRequest,
) -> Result<(Msn, Vec<u8>), Vec<FieldViolation>> {
    Ok((msn(&request.msn)?, request.png))
}
