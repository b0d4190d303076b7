//! Users, people and their parts, between the messages of the contract and the domain.

mod encode;

pub(super) use encode::{audit_entry_to_proto, membership_to_proto, test_user_to_proto, user_to_proto};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kvitt_primitives::{Country, Invalid, Market, MerchantId, NationalId, UserId};
use kvitt_proto::{
    access::v1::{self, person_identification::By},
    refusal::{self, FieldViolation},
};
use kvitt_runtime::Action;
use tonic::Status;
use uuid::Uuid;

use super::convert::{Violations, check};
use crate::{
    app::{
        test_users::CreateTestUser,
        users::{AddUser, AuditPage, MOST_PER_PAGE, Page, Target},
    },
    domain::{
        membership::{Membership, Role, UnitGrant},
        person::Identification,
    },
    error::Error,
    store::memberships::Place,
};

/// Most characters of a search.
const MOST_SEARCHED: usize = 100;

/// Most characters of a token that names a page: an id and a name, which is at most 100 characters.
const MOST_TOKEN: usize = 1_200;

const TOKEN: Invalid = Invalid { rule: "must be a nextPageToken that was given" };

pub(super) fn merchant_and_person(
    merchant_id: &str,
    person: Option<v1::PersonIdentification>,
) -> Result<(MerchantId, Identification), Violations> {
    let mut broken = Vec::new();
    let merchant_id = check(&mut broken, "merchantId", merchant_id.parse());
    let person = identification(&mut broken, person);
    merchant_id.zip(person).ok_or(broken)
}

#[cfg(feature = "sandbox")]
pub(super) fn person(
    message: v1::RegisterPersonRequest,
) -> Result<crate::domain::person::Person, Violations> {
    use kvitt_primitives::PhoneNumber;

    use crate::domain::person::{Person, PersonName};

    let mut broken = Vec::new();
    let country = check(&mut broken, "country", country(&message.country));
    // The form of a number depends on the country, so without one only the country is named.
    let numbers = country.and_then(|country| {
        let national_id = NationalId::try_new(country, &message.national_id);
        let national_id = check(&mut broken, "nationalId", national_id);
        let phone_number = match message.phone_number.as_str() {
            "" => Some(None),
            text => check(&mut broken, "phoneNumber", PhoneNumber::of_country(text, country)).map(Some),
        };
        national_id.zip(phone_number)
    });
    let name = check(&mut broken, "name", PersonName::try_new(message.name));
    match (numbers, name) {
        (Some((national_id, phone_number)), Some(name)) => Ok(Person { national_id, phone_number, name }),
        _ => Err(broken),
    }
}

pub(super) fn add_user(message: v1::AddUserRequest) -> Result<AddUser, Violations> {
    let mut broken = Vec::new();
    let merchant_id: Option<MerchantId> = check(&mut broken, "merchantId", message.merchant_id.parse());
    let person = identification(&mut broken, message.person);
    let membership = membership(&mut broken, message.membership);
    if let (Some(merchant_id), Some(membership)) = (merchant_id, &membership)
        && membership.merchant_id() != merchant_id
    {
        broken.push(FieldViolation::new("membership.merchantId", "must be merchantId"));
    }
    match (person, membership) {
        (Some(person), Some(membership)) if broken.is_empty() => Ok(AddUser { person, membership }),
        _ => Err(broken),
    }
}

pub(super) fn set_membership(message: v1::SetMembershipRequest) -> Result<(UserId, Membership), Violations> {
    let mut broken = Vec::new();
    let user_id = check(&mut broken, "userId", message.user_id.parse());
    let membership = membership(&mut broken, message.membership);
    user_id.zip(membership).ok_or(broken)
}

pub(super) fn merchant_and_user(
    merchant_id: &str,
    user_id: &str,
) -> Result<(MerchantId, UserId), Violations> {
    let mut broken = Vec::new();
    let merchant_id = check(&mut broken, "merchantId", merchant_id.parse());
    let user_id = check(&mut broken, "userId", user_id.parse());
    merchant_id.zip(user_id).ok_or(broken)
}

pub(super) fn list_users(message: &v1::ListUsersRequest) -> Result<(MerchantId, Page), Violations> {
    let mut broken = Vec::new();
    let merchant_id = check(&mut broken, "merchantId", message.merchant_id.parse());
    let search = check(&mut broken, "search", search(&message.search));
    let size = check(&mut broken, "pageSize", page_size(message.page_size));
    let after = match message.page_token.as_str() {
        "" => Some(None),
        token => check(&mut broken, "pageToken", place(token).ok_or(TOKEN)).map(Some),
    };
    match (merchant_id, search, size, after) {
        (Some(merchant_id), Some(search), Some(size), Some(after)) => {
            Ok((merchant_id, Page { search, size, after }))
        }
        _ => Err(broken),
    }
}

pub(super) fn list_audit_entries(
    message: &v1::ListAuditEntriesRequest,
) -> Result<(MerchantId, AuditPage), Violations> {
    let mut broken = Vec::new();
    let merchant_id = check(&mut broken, "merchantId", message.merchant_id.parse());
    let size = check(&mut broken, "pageSize", page_size(message.page_size));
    let before = match message.page_token.as_str() {
        "" => Some(None),
        token => {
            let sequence = token.parse().ok().filter(|sequence: &i64| *sequence > 0);
            check(&mut broken, "pageToken", sequence.ok_or(TOKEN)).map(Some)
        }
    };
    match (merchant_id, size, before) {
        (Some(merchant_id), Some(size), Some(before)) => Ok((merchant_id, AuditPage { size, before })),
        _ => Err(broken),
    }
}

pub(super) fn check_permission(message: &v1::CheckPermissionRequest) -> Result<(Action, Target), Violations> {
    use v1::check_permission_request::On;

    let mut broken = Vec::new();
    let action = Action::from_proto(message.action).ok_or(Invalid { rule: "must be an action" });
    let action = check(&mut broken, "action", action);
    let target = match &message.on {
        Some(On::Msn(msn)) => check(&mut broken, "msn", msn.parse()).map(Target::Unit),
        Some(On::MerchantId(id)) => check(&mut broken, "merchantId", id.parse()).map(Target::Merchant),
        None => {
            broken.push(FieldViolation::new("msn", "is required, unless merchantId is given"));
            None
        }
    };
    action.zip(target).ok_or(broken)
}

pub(super) fn create_test_user(message: &v1::CreateTestUserRequest) -> Result<CreateTestUser, Violations> {
    let mut broken = Vec::new();
    let merchant_id = check(&mut broken, "merchantId", message.merchant_id.parse());
    let id = check(&mut broken, "testUserId", message.test_user_id.parse());
    let market: Result<Market, _> = message.country.parse();
    let market = check(&mut broken, "country", market);
    match (merchant_id, id, market) {
        (Some(merchant_id), Some(id), Some(market)) => Ok(CreateTestUser { id, merchant_id, market }),
        _ => Err(broken),
    }
}

/// ISO country code: of the four whose people are known.
pub(super) fn country(code: &str) -> Result<Country, Invalid> {
    Country::from_code(code).ok_or(Invalid { rule: "must be one of NO, DK, FI, SE" })
}

/// What an error means to whoever named `units`: those that are not the merchant's are named where they stand.
pub(super) fn status(error: Error, units: &[String]) -> Status {
    let Error::ForeignUnits(foreign) = &error else { return error.into() };
    let place = |msn: &kvitt_primitives::Msn| units.iter().position(|unit| unit == msn.as_str());
    let mut places: Vec<_> = foreign.iter().filter_map(place).collect();
    places.sort_unstable();
    let named = |at| FieldViolation::new(format!("membership.units[{at}].msn"), error.to_string());
    refusal::fields(places.into_iter().map(named).collect())
}

/// The units that a part names, as they came.
pub(super) fn named_units(membership: Option<&v1::Membership>) -> Vec<String> {
    membership.map(|it| it.units.iter().map(|unit| unit.msn.clone()).collect()).unwrap_or_default()
}

/// The token of the page behind this place. Nothing is decided by it, so it need not be secret.
pub(super) fn page_token(place: &Place) -> String {
    let id = place.user_id.as_uuid();
    BASE64_URL_SAFE_NO_PAD.encode([id.as_bytes().as_slice(), place.name_key.as_bytes()].concat())
}

fn place(token: &str) -> Option<Place> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(Some(token).filter(|token| token.len() <= MOST_TOKEN)?).ok()?;
    let (id, name) = bytes.split_first_chunk::<16>()?;
    let name_key = std::str::from_utf8(name).ok()?.to_owned();
    let storable = !name_key.is_empty() && !name_key.contains('\0');
    storable.then(|| Place { name_key, user_id: UserId::from_uuid(Uuid::from_bytes(*id)) })
}

fn identification(
    broken: &mut Violations,
    message: Option<v1::PersonIdentification>,
) -> Option<Identification> {
    let message = message.unwrap_or_default();
    let country = check(broken, "person.country", country(&message.country));
    match message.by {
        Some(By::NationalId(text)) => {
            let number = NationalId::try_new(country?, &text).map(Identification::NationalId);
            check(broken, "person.nationalId", number)
        }
        Some(By::PhoneNumber(text)) => {
            check(broken, "person.phoneNumber", Identification::by_phone(country?, &text))
        }
        None => {
            broken.push(FieldViolation::new("person.nationalId", "is required, unless phoneNumber is given"));
            None
        }
    }
}

fn membership(broken: &mut Violations, message: Option<v1::Membership>) -> Option<Membership> {
    let Some(message) = message else {
        broken.push(FieldViolation::new("membership", "is required"));
        return None;
    };
    let merchant_id = check(broken, "membership.merchantId", message.merchant_id.parse());
    let role = check(broken, "membership.role", role(message.role));
    let units: Option<Vec<_>> = message
        .units
        .into_iter()
        .enumerate()
        .map(|(at, unit)| {
            let msn = check(broken, &format!("membership.units[{at}].msn"), unit.msn.parse());
            let v1::UnitGrant { transaction_management, developer, .. } = unit;
            msn.map(|msn| UnitGrant { msn, transaction_management, developer })
        })
        // All of them, so that every broken one is named.
        .collect::<Vec<_>>()
        .into_iter()
        .collect();
    let (merchant_id, role, units) = (merchant_id?, role?, units?);
    let whole = Membership::try_new(merchant_id, role, units);
    whole
        .map_err(|wrong| {
            let field = match wrong.at {
                Some(at) => format!("membership.units[{at}].msn"),
                None => "membership.units".to_owned(),
            };
            broken.push(FieldViolation::new(field, wrong.rule.rule));
        })
        .ok()
}

fn role(message: i32) -> Result<Role, Invalid> {
    match v1::Role::try_from(message) {
        Ok(v1::Role::Administrator) => Ok(Role::Administrator),
        Ok(v1::Role::SalesUnitManager) => Ok(Role::SalesUnitManager),
        Ok(v1::Role::Assistant) => Ok(Role::Assistant),
        Ok(v1::Role::Unspecified) | Err(_) => Err(Invalid { rule: "must be a role" }),
    }
}

fn search(text: &str) -> Result<String, Invalid> {
    if text.chars().count() > MOST_SEARCHED {
        return Err(Invalid { rule: "must be at most 100 characters" });
    }
    if text.chars().any(char::is_control) {
        return Err(Invalid { rule: "must be printable characters" });
    }
    Ok(text.to_owned())
}

fn page_size(size: i32) -> Result<u32, Invalid> {
    match u32::try_from(size) {
        Ok(0) => Ok(MOST_PER_PAGE),
        Ok(size) if size <= MOST_PER_PAGE => Ok(size),
        Ok(_) | Err(_) => Err(Invalid { rule: "must be between 0 and 100" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_token_reads_back_and_whatever_was_not_given_is_refused() {
        let user_id = UserId::from_uuid(Uuid::from_u128(7));
        let given = Place { name_key: "åse o'neil".to_owned(), user_id };
        assert!(place(&page_token(&given)) == Some(given));
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let zero = [[0_u8; 16].as_slice(), b"a\0b"].concat();
        let no_text = [[0_u8; 16].as_slice(), &[0xff]].concat();
        for token in ["x", "!", &encode(&[0; 16]), &encode(&zero), &encode(&no_text), &"A".repeat(1_204)] {
            assert!(place(token).is_none(), "{token}");
        }
    }
}
