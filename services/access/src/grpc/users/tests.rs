use kvitt_primitives::Country;
use kvitt_proto::{access::v1::person_identification::By, error::v1::Reason};
use uuid::Uuid;

use super::*;
use crate::app::{
    tests::{OPERATOR, fresh_msn},
    users::tests::{Stage, somebody, user_of},
};

async fn service() -> (Users, Stage) {
    let stage = Stage::set().await;
    (Users { app: stage.app.clone(), clock: Clock::system() }, stage)
}

fn from<T>(caller: Caller, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(caller);
    request
}

fn fields<T: std::fmt::Debug>(outcome: Result<Response<T>, Status>) -> Vec<String> {
    let refused = outcome.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::FieldInvalid), "{refused}");
    refusal::field_violations_of(&refused).into_iter().map(|violation| violation.field).collect()
}

fn person(country: Country, by: By) -> Option<v1::PersonIdentification> {
    Some(v1::PersonIdentification { country: country.code().to_owned(), by: Some(by) })
}

fn unit(msn: &(impl ToString + ?Sized)) -> v1::UnitGrant {
    v1::UnitGrant { msn: msn.to_string(), transaction_management: true, developer: false }
}

fn assistant(stage: &Stage, units: Vec<v1::UnitGrant>) -> v1::Membership {
    let merchant_id = stage.merchant_id.to_string();
    v1::Membership { merchant_id, role: v1::Role::Assistant.into(), units }
}

#[tokio::test]
async fn a_user_is_registered_looked_up_added_changed_listed_and_removed_over_grpc() {
    let (users, stage) = service().await;
    let known = somebody(Country::No, "Ola Nordmann");
    let phone_number = known.phone_number.as_ref().unwrap().to_string();
    let register = v1::RegisterPersonRequest {
        country: "NO".to_owned(),
        national_id: known.national_id.as_str().to_owned(),
        phone_number: phone_number.clone(),
        name: known.name.to_string(),
    };
    users.register_person(from(OPERATOR, register)).await.unwrap();
    let (merchant_id, admin) = (stage.merchant_id.to_string(), stage.administrator);
    let person = person(Country::No, By::PhoneNumber(phone_number));
    let look_up = v1::LookUpPersonRequest { merchant_id: merchant_id.clone(), person: person.clone() };
    let found = users.look_up_person(from(admin, look_up)).await.unwrap().into_inner();
    assert_eq!(found.name, "Ola Nordmann");
    let mut msns = stage.msns.clone();
    msns.sort();
    let part = assistant(&stage, msns.iter().rev().map(unit).collect());
    let add = v1::AddUserRequest { merchant_id: merchant_id.clone(), person, membership: Some(part) };
    let added = users.add_user(from(admin, add)).await.unwrap().into_inner().user.unwrap();
    let ascending: Vec<_> = msns.iter().map(unit).collect();
    assert_eq!(added.membership.as_ref().unwrap().units, ascending);
    let user_id = added.user_id.clone();
    let get = v1::GetUserRequest { merchant_id: merchant_id.clone(), user_id: user_id.clone() };
    assert_eq!(users.get_user(from(admin, get)).await.unwrap().into_inner().user, Some(added));
    let administrator = v1::Role::Administrator.into();
    let part = v1::Membership { merchant_id: merchant_id.clone(), role: administrator, units: Vec::new() };
    let set = v1::SetMembershipRequest { user_id: user_id.clone(), membership: Some(part) };
    let set = users.set_membership(from(admin, set)).await.unwrap().into_inner().user.unwrap();
    let list = v1::ListUsersRequest {
        merchant_id: merchant_id.clone(),
        search: "ola".to_owned(),
        ..Default::default()
    };
    assert_eq!(users.list_users(from(admin, list)).await.unwrap().into_inner().users, [set]);
    let remove = v1::RemoveUserRequest { merchant_id: merchant_id.clone(), user_id: user_id.clone() };
    for _ in 0..2 {
        users.remove_user(from(admin, remove.clone())).await.unwrap();
    }
    let list = v1::ListAuditEntriesRequest { merchant_id, page_size: 1, page_token: String::new() };
    let listed = users.list_audit_entries(from(admin, list.clone())).await.unwrap().into_inner();
    assert_eq!(listed.entries[0].action, "user.removed");
    let rest = v1::ListAuditEntriesRequest { page_token: listed.next_page_token, ..list };
    let listed = users.list_audit_entries(from(admin, rest)).await.unwrap().into_inner();
    assert_eq!(listed.entries[0].action, "user.changed");
    assert_eq!(listed.entries[0].subject, format!("user:{user_id}"));
    users.forget_user(from(OPERATOR, v1::ForgetUserRequest { user_id })).await.unwrap();
}

#[tokio::test]
async fn m40_a_swede_is_not_added_by_phone_number() {
    let (users, stage) = service().await;
    let add = v1::AddUserRequest {
        merchant_id: stage.merchant_id.to_string(),
        person: person(Country::Se, By::PhoneNumber("46701234567".to_owned())),
        membership: Some(assistant(&stage, vec![unit(&stage.msns[0])])),
    };
    assert_eq!(fields(users.add_user(from(stage.administrator, add)).await), ["person.phoneNumber"]);
}

#[tokio::test]
async fn every_broken_field_is_named_at_once() {
    let (users, stage) = service().await;
    let admin = stage.administrator;
    let broken = v1::Membership { merchant_id: "x".to_owned(), role: 9, units: vec![unit("1"), unit("x")] };
    let add = v1::AddUserRequest {
        merchant_id: "x".to_owned(),
        person: person(Country::No, By::NationalId("01010112345".to_owned())),
        membership: Some(broken),
    };
    let expected = [
        "merchantId",
        "person.nationalId",
        "membership.merchantId",
        "membership.role",
        "membership.units[0].msn",
        "membership.units[1].msn",
    ];
    assert_eq!(fields(users.add_user(from(admin, add)).await), expected);
    let empty = users.add_user(from(admin, v1::AddUserRequest::default())).await;
    assert_eq!(fields(empty), ["merchantId", "person.country", "person.nationalId", "membership"]);
    let none = assistant(&stage, Vec::new());
    let twice = assistant(&stage, vec![unit("1234"), unit("1234")]);
    let everything = v1::Membership { role: v1::Role::Administrator.into(), ..twice.clone() };
    for (membership, field) in
        [(none, "membership.units"), (twice, "membership.units[1].msn"), (everything, "membership.units")]
    {
        let user_id = user_of(&admin).to_string();
        let set = v1::SetMembershipRequest { user_id, membership: Some(membership) };
        assert_eq!(fields(users.set_membership(from(admin, set)).await), [field]);
    }
    let register = v1::RegisterPersonRequest {
        country: "FI".to_owned(),
        national_id: "010101-1234".to_owned(),
        phone_number: "4790000000".to_owned(),
        name: "a\u{202e}b".to_owned(),
    };
    let refused = users.register_person(from(OPERATOR, register)).await;
    assert_eq!(fields(refused), ["nationalId", "phoneNumber", "name"]);
    let create = v1::CreateTestUserRequest { country: "SE".to_owned(), ..Default::default() };
    let refused = users.create_test_user(from(admin, create)).await;
    assert_eq!(fields(refused), ["merchantId", "testUserId", "country"]);
    let refused = users.check_permission(from(admin, v1::CheckPermissionRequest::default())).await;
    assert_eq!(fields(refused), ["action", "msn"]);
}

#[tokio::test]
async fn a_broken_page_is_a_broken_field() {
    let (users, stage) = service().await;
    let list = v1::ListUsersRequest {
        merchant_id: stage.merchant_id.to_string(),
        search: "a\0".to_owned(),
        page_size: 101,
        page_token: "not one of ours".to_owned(),
    };
    let refused = users.list_users(from(stage.administrator, list.clone())).await;
    assert_eq!(fields(refused), ["search", "pageSize", "pageToken"]);
    let list =
        v1::ListUsersRequest { search: "ø".repeat(101), page_size: -1, page_token: String::new(), ..list };
    assert_eq!(fields(users.list_users(from(stage.administrator, list)).await), ["search", "pageSize"]);
    for page_token in ["0", "-1", "x", "99999999999999999999"] {
        let list = v1::ListAuditEntriesRequest {
            merchant_id: stage.merchant_id.to_string(),
            page_size: 0,
            page_token: page_token.to_owned(),
        };
        let refused = users.list_audit_entries(from(stage.administrator, list)).await;
        assert_eq!(fields(refused), ["pageToken"], "{page_token}");
    }
}

#[tokio::test]
async fn units_of_others_are_named_where_they_stand() {
    let (users, stage) = service().await;
    let user = stage.newcomer(Country::No, "Kari", stage.assistant(1)).await;
    let units = vec![unit(&fresh_msn()), unit(&stage.msns[0]), unit(&fresh_msn())];
    let set = v1::SetMembershipRequest {
        user_id: user_of(&user).to_string(),
        membership: Some(assistant(&stage, units)),
    };
    let refused = fields(users.set_membership(from(stage.administrator, set)).await);
    assert_eq!(refused, ["membership.units[0].msn", "membership.units[2].msn"]);
}

#[tokio::test]
async fn each_refusal_has_its_reason() {
    let (users, stage) = service().await;
    let (admin, merchant_id) = (stage.administrator, stage.merchant_id.to_string());
    let reason = |refused: Status| refusal::reason_of(&refused).unwrap();
    let remove =
        v1::RemoveUserRequest { merchant_id: merchant_id.clone(), user_id: user_of(&admin).to_string() };
    let refused = users.remove_user(from(admin, remove)).await.unwrap_err();
    assert_eq!(reason(refused), Reason::LastAdministrator);
    let part = assistant(&stage, vec![unit(&stage.msns[0])]);
    let set =
        v1::SetMembershipRequest { user_id: user_of(&admin).to_string(), membership: Some(part.clone()) };
    let refused = users.set_membership(from(admin, set)).await.unwrap_err();
    assert_eq!(reason(refused), Reason::OwnRole);
    let set = v1::SetMembershipRequest { user_id: Uuid::new_v4().to_string(), membership: Some(part) };
    let refused = users.set_membership(from(admin, set)).await.unwrap_err();
    assert_eq!(reason(refused), Reason::NotFound);
    let refused = users.get_me(from(OPERATOR, v1::GetMeRequest {})).await.unwrap_err();
    assert_eq!(reason(refused), Reason::PermissionDenied);
    let refused = users.get_me(Request::new(v1::GetMeRequest {})).await.unwrap_err();
    assert_eq!(reason(refused), Reason::TokenMissing);
    let allowed = v1::CheckPermissionRequest {
        action: v1::Action::ManageUsers.into(),
        on: Some(v1::check_permission_request::On::MerchantId(merchant_id)),
    };
    let allowed = users.check_permission(from(admin, allowed)).await.unwrap().into_inner();
    assert!(allowed.allowed);
}
