//! Portal users.

use std::time::Duration;

use kvitt_proto::access::v1::{
    Action, AddUserRequest, CheckPermissionRequest, CreateTestUserRequest, ForgetUserRequest, GetMeRequest,
    ListTestUsersRequest, LookUpPersonRequest, Membership, PersonIdentification, RemoveUserRequest, Role,
    SetMembershipRequest, check_permission_request::On, person_identification::By,
};
use kvitt_proto::error::v1::Reason;
use kvitt_proto::merchant::v1::{
    ChangeSettlementAccountRequest, CreateTestSalesUnitRequest, Environment, ListSalesUnitsRequest,
    SettlementAccount, UpdateSalesUnitRequest,
};
use kvitt_proto::refusal::{field_violations_of, reason_of};
use kvitt_testing::eventually;
use kvitt_tests::people::person;
use kvitt_tests::{Mesh, Shop, Stack, StackPlan};
use tonic::Status;
use uuid::Uuid;

use super::{grant, hired, merchant_of, norwegian};

fn reason<T: std::fmt::Debug>(answer: Result<T, Status>) -> Reason {
    reason_of(&answer.expect_err("it is refused")).expect("a refusal names its reason")
}

fn membership(merchant_id: &str, role: Role) -> Option<Membership> {
    let units = if role == Role::Administrator { vec![] } else { vec![grant("300001", false, false)] };
    Some(Membership { merchant_id: merchant_id.to_owned(), role: role.into(), units })
}

#[tokio::test]
async fn m39_only_an_administrator_adds_users_and_changes_the_settlement_account() {
    let stack = Stack::shared();
    let own = merchant_of("administrator");
    for (name, may) in [("administrator", true), ("manager", false), ("cashier", false), ("developer", false)]
    {
        let user = stack.user(name).await;
        let expected = if may { None } else { Some(Reason::PermissionDenied) };
        let of = |answer: Result<(), Status>| answer.err().and_then(|status| reason_of(&status));
        let person = Some(norwegian(person("neighbour").national_id));
        let request = LookUpPersonRequest { merchant_id: own.to_owned(), person };
        assert_eq!(of(user.mesh.users().look_up_person(request).await.map(drop)), expected, "{name}");
        // The account that the unit has.
        let account = SettlementAccount {
            scheme: "BBAN:NO".to_owned(),
            id: "15034012358".to_owned(),
            ..Default::default()
        };
        let request = ChangeSettlementAccountRequest { msn: "300001".to_owned(), account: Some(account) };
        let changed = user.mesh.merchants().change_settlement_account(request).await;
        assert_eq!(of(changed.map(drop)), expected, "{name}");
    }
}

#[tokio::test]
async fn m40_m41_a_swede_is_added_by_national_id_only_and_names_are_looked_up_first() {
    let stack = Stack::shared();
    let own = merchant_of("administrator");
    let administrator = stack.user("administrator").await;
    let mut users = administrator.mesh.users();
    let by_phone = |country: &str, phone: &str| PersonIdentification {
        country: country.to_owned(),
        by: Some(By::PhoneNumber(phone.to_owned())),
    };
    let swede = person("swede");
    let request =
        LookUpPersonRequest { merchant_id: own.to_owned(), person: Some(by_phone("SE", swede.phone_number)) };
    let refused = users.look_up_person(request).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::FieldInvalid));
    assert!(field_violations_of(&refused)[0].field.starts_with("person"), "{refused:?}");
    let request = AddUserRequest {
        merchant_id: own.to_owned(),
        person: Some(by_phone("SE", swede.phone_number)),
        membership: membership(own, Role::Assistant),
    };
    assert_eq!(reason(users.add_user(request).await), Reason::FieldInvalid);
    for name in ["neighbour", "dane", "finn"] {
        let person = person(name);
        let request = LookUpPersonRequest {
            merchant_id: own.to_owned(),
            person: Some(by_phone(person.country, person.phone_number)),
        };
        let found = users.look_up_person(request).await.expect("the person is known").into_inner();
        assert_eq!(found.name, person.full_name);
    }
}

#[tokio::test]
async fn m42_the_last_administrator_is_neither_removed_nor_demoted() {
    let stack = Stack::own(StackPlan::default()).await;
    let own = merchant_of("administrator");
    let first = stack.user("administrator").await;
    let second = hired(&stack, own, Role::Administrator, vec![]).await;
    // Nobody changes themselves, and each may change the other; but not both at once.
    let demote = |mesh: &Mesh, user_id: &str| {
        let mut users = mesh.users();
        let request = SetMembershipRequest {
            user_id: user_id.to_owned(),
            membership: membership(own, Role::Assistant),
        };
        async move { users.set_membership(request).await.map(drop) }
    };
    assert_eq!(reason(demote(&first.mesh, &first.user_id).await), Reason::OwnRole);
    let answers = tokio::join!(demote(&first.mesh, &second.user_id), demote(&second.mesh, &first.user_id));
    let done = [&answers.0, &answers.1].iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(done, 1, "{answers:?}");
    let last = if answers.0.is_ok() { &first } else { &second };
    let request = RemoveUserRequest { merchant_id: own.to_owned(), user_id: last.user_id.clone() };
    assert_eq!(reason(last.mesh.users().remove_user(request).await), Reason::LastAdministrator);
    let request = ForgetUserRequest { user_id: last.user_id.clone() };
    assert_eq!(reason(last.mesh.users().forget_user(request).await), Reason::LastAdministrator);
    stack.stop().await;
}

#[tokio::test]
async fn nobody_raises_themselves() {
    let stack = Stack::shared();
    let own = merchant_of("administrator");
    for name in ["manager", "assistant", "cashier", "developer"] {
        let user = stack.user(name).await;
        let request = SetMembershipRequest {
            user_id: user.user_id.clone(),
            membership: membership(own, Role::Administrator),
        };
        assert_eq!(
            reason(user.mesh.users().set_membership(request).await),
            Reason::PermissionDenied,
            "{name}"
        );
    }
    let neighbour = stack.user("neighbour").await;
    let request = SetMembershipRequest {
        user_id: neighbour.user_id.clone(),
        membership: membership(own, Role::Administrator),
    };
    assert_eq!(reason(neighbour.mesh.users().set_membership(request).await), Reason::NotFound);
}

#[tokio::test]
async fn m43_an_assistant_is_refused_by_the_server_what_no_control_offers() {
    let stack = Stack::shared();
    let reference = Shop::named("full").await.authorized(10_000).await;
    let capture = |mesh: &Mesh| {
        let mut payments = mesh.payments();
        let request = kvitt_proto::payment::v1::CapturePaymentRequest {
            msn: "300001".to_owned(),
            reference: reference.clone(),
            idempotency_key: Uuid::new_v4().to_string(),
            amount: Some(kvitt_proto::money::v1::Money {
                currency: kvitt_proto::money::v1::Currency::Nok.into(),
                amount_minor: 5_000,
            }),
            ..Default::default()
        };
        async move { payments.capture_payment(request).await.map(drop) }
    };
    assert_eq!(reason(capture(&stack.user("assistant").await.mesh).await), Reason::PermissionDenied);
    assert_eq!(reason(capture(&stack.user("manager").await.mesh).await), Reason::PermissionDenied);
    assert_eq!(reason(capture(&stack.user("neighbour").await.mesh).await), Reason::NotFound);
    capture(&stack.user("cashier").await.mesh).await.expect("Transaction Management captures");
    assert_eq!(Shop::named("full").await.sums(&reference).await, [10_000, 5_000, 0, 0]);
    let developer = stack.user("developer").await.mesh;
    for (mesh, may) in [(developer, true), (stack.user("cashier").await.mesh, false)] {
        let request = CheckPermissionRequest {
            action: Action::UseDeveloperTools.into(),
            on: Some(On::Msn("300001".to_owned())),
        };
        assert_eq!(mesh.users().check_permission(request).await.unwrap().into_inner().allowed, may);
    }
}

#[tokio::test]
async fn a_role_that_is_taken_away_stops_working_at_once() {
    let stack = Stack::shared();
    let own = merchant_of("administrator");
    let user = hired(stack, own, Role::Assistant, vec![grant("300001", true, false)]).await;
    let administrator = stack.user("administrator").await;
    let see = || async {
        let request = kvitt_proto::merchant::v1::GetSalesUnitRequest { msn: "300001".to_owned() };
        user.mesh.merchants().get_sales_unit(request).await.map(drop)
    };
    see().await.expect("the unit was given");
    let request = RemoveUserRequest { merchant_id: own.to_owned(), user_id: user.user_id.clone() };
    administrator.mesh.users().remove_user(request).await.expect("an Administrator removes");
    eventually!(see().await.is_err());
    assert_eq!(reason(see().await), Reason::NotFound);
    // Nobody is left behind the token.
    assert!(user.mesh.users().get_me(GetMeRequest {}).await.is_err());
}

#[tokio::test]
async fn m48_a_test_unit_is_created_repeatedly_never_renamed_and_only_in_the_test_view() {
    let stack = Stack::own(StackPlan::default()).await;
    let own = merchant_of("administrator");
    let user = stack.user("administrator").await;
    let mut merchants = user.mesh.merchants();
    let mut msns = Vec::new();
    for _ in 0..2 {
        let request = CreateTestSalesUnitRequest {
            merchant_id: own.to_owned(),
            order_id: Uuid::new_v4().to_string(),
            name: "Prøvebutikken".to_owned(),
            ..Default::default()
        };
        let created =
            merchants.create_test_sales_unit(request).await.expect("test units are free").into_inner();
        msns.push(created.msn);
    }
    assert_ne!(msns[0], msns[1]);
    stack.advance(Duration::from_secs(121)).await;
    let listed = async |environment: Environment| {
        let request = ListSalesUnitsRequest {
            merchant_id: own.to_owned(),
            environment: environment.into(),
            ..Default::default()
        };
        let units = user.mesh.merchants().list_sales_units(request).await.unwrap().into_inner().sales_units;
        units.into_iter().map(|unit| unit.msn).collect::<Vec<_>>()
    };
    assert_eq!(listed(Environment::Test).await, msns);
    assert!(listed(Environment::Production).await.iter().all(|msn| !msns.contains(msn)));
    let request =
        UpdateSalesUnitRequest { msn: msns[0].clone(), name: Some("Ny".to_owned()), location: None };
    assert_eq!(reason(merchants.update_sales_unit(request).await), Reason::TestUnitImmutable);
    // Its keys came with it.
    let keys = async || {
        let request = kvitt_proto::access::v1::ShowKeysRequest { msn: msns[0].clone() };
        user.mesh.keys().show_keys(request).await.map(tonic::Response::into_inner)
    };
    eventually!(keys().await.is_ok());
    let shown = keys().await.unwrap();
    let (set, secrets) = (shown.keys.unwrap(), shown.secrets.unwrap());
    let keys = kvitt_tests::Keys {
        client_id: set.client_id,
        client_secret: secrets.client_secret,
        primary: secrets.primary_subscription_key,
        secondary: secrets.secondary_subscription_key,
        msn: msns[0].clone(),
        currency: "NOK".to_owned(),
    };
    let shop = Shop::open(&stack, &keys).await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 10_000).await.is(200);
    stack.stop().await;
}

#[tokio::test]
async fn m49_the_sixth_test_user_is_refused_with_a_hint_and_the_fifth_pays() {
    let stack = Stack::own(StackPlan::default()).await;
    let own = merchant_of("administrator");
    let user = stack.user("administrator").await;
    let create = || CreateTestUserRequest {
        merchant_id: own.to_owned(),
        test_user_id: Uuid::new_v4().to_string(),
        country: "NO".to_owned(),
    };
    let mut last = None;
    for _ in 0..5 {
        let created = user.mesh.users().create_test_user(create()).await.expect("five are free").into_inner();
        last = created.test_user;
    }
    let refused = user.mesh.users().create_test_user(create()).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::TooManyTestUsers));
    assert!(refused.message().contains("contact"), "{}", refused.message());
    let request = ListTestUsersRequest { merchant_id: own.to_owned() };
    let listed = user.mesh.users().list_test_users(request).await.unwrap().into_inner().test_users;
    assert_eq!(listed.len(), 5);
    let mut shop = Shop::open(&stack, stack.keys("full")).await;
    shop.phone = last.expect("the fifth").phone_number;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 10_000).await.is(200);
    stack.stop().await;
}
