use kvitt_primitives::ClientId;
use kvitt_runtime::{
    Action,
    authority::matrix::{self, Grants, KeyKind, key_permits, permits},
};

use super::*;
use crate::{
    app::{
        issue_keys,
        tests::people::{MANAGES, NOTHING, administrator, assistant, unit},
    },
    domain::owner::Owner,
};

/// What everybody who manages users can try, as one of another merchant.
async fn everything(stage: &Stage, caller: &Caller, merchant_id: MerchantId) -> Vec<String> {
    let (app, user_id) = (&stage.app, user_of(&stage.administrator));
    let person = by_national_id(&somebody(Country::No, "Ola"));
    let part = Membership::administrator(merchant_id);
    let page = Page { search: String::new(), size: 10, after: None };
    let add = AddUser { person: person.clone(), membership: part.clone() };
    let outcomes = [
        look_up_person(app, caller, merchant_id, &person).await.map(|_| ()),
        add_user(app, caller, &add, now()).await.map(|_| ()),
        list_users(app, caller, merchant_id, &page).await.map(|_| ()),
        get_user(app, caller, merchant_id, user_id).await.map(|_| ()),
        set_membership(app, caller, (user_id, &part), now()).await.map(|_| ()),
        remove_user(app, caller, (merchant_id, user_id), now()).await,
        list_audit_entries(app, caller, merchant_id, AuditPage { size: 10, before: None }).await.map(|_| ()),
        check_permission(app, caller, Action::ManageUsers, &Target::Merchant(merchant_id)).await.map(|_| ()),
    ];
    outcomes.map(|outcome| format!("{:?}", outcome.unwrap_err())).into()
}

#[tokio::test]
async fn another_merchants_users_are_refused_like_those_of_no_merchant() {
    let stage = Stage::set().await;
    let elsewhere = Membership::administrator(MerchantId::from_uuid(Uuid::new_v4()));
    let stranger = stage.newcomer(Country::No, "Stranger", elsewhere).await;
    let foreign = everything(&stage, &stranger, stage.merchant_id).await;
    let absent = everything(&stage, &stranger, MerchantId::from_uuid(Uuid::new_v4())).await;
    assert_eq!(foreign, absent);
    assert!(foreign.iter().all(|refusal| refusal == "NoSuchMerchant"), "{foreign:?}");
    assert_eq!(stage.told_of(&stranger).await, ["user.added"], "a stranger leaves no trace in the merchant");
}

#[tokio::test]
async fn a_member_who_may_not_manage_users_is_refused_and_their_tries_are_written_down() {
    let stage = Stage::set().await;
    let colleague = stage.newcomer(Country::No, "Kari", stage.part(Role::SalesUnitManager, 3, true)).await;
    let target = Target::Merchant(stage.merchant_id);
    let asked = check_permission(&stage.app, &colleague, Action::ManageUsers, &target).await;
    assert!(matches!(asked, Ok(false)));
    let user_id = user_of(&stage.administrator);
    let removed = remove_user(&stage.app, &colleague, (stage.merchant_id, user_id), now()).await;
    assert!(matches!(removed, Err(Error::NotPermitted)));
    let entries = list_audit_entries(
        &stage.app,
        &stage.administrator,
        stage.merchant_id,
        AuditPage { size: 1, before: None },
    );
    let (entries, _) = entries.await.unwrap();
    assert_eq!(entries[0].action, "user.refused");
    assert_eq!(entries[0].actor, format!("user:{}", user_of(&colleague)));
    assert_eq!(entries[0].subject, format!("user:{user_id}"));
    assert_eq!(entries[0].after.as_deref(), Some(r#"{"tried":"user.removed"}"#));
}

#[tokio::test]
async fn api_clients_manage_nobody() {
    let stage = Stage::set().await;
    let client = Caller { principal: Principal::Client(ClientId::from_uuid(Uuid::new_v4())), via: None };
    let refused = everything(&stage, &client, stage.merchant_id).await;
    assert!(refused.iter().all(|refusal| refusal == "NotPermitted"), "{refused:?}");
}

#[tokio::test]
async fn what_a_user_may_do_is_what_the_matrix_says() {
    let stage = Stage::set().await;
    let unit = unit(&stage.app).await;
    let (admin, helper) =
        (administrator(&stage.app, &unit).await, assistant(&stage.app, &unit, MANAGES).await);
    let table: [(&Caller, matrix::Role, Grants); 2] =
        [(&admin, matrix::Role::Administrator, NOTHING), (&helper, matrix::Role::Assistant, MANAGES)];
    for (caller, role, grants) in table {
        for action in Action::ALL {
            let expected = permits(role, grants, *action);
            for target in [Target::Unit(unit.msn.clone()), Target::Merchant(unit.merchant_id)] {
                let allowed = check_permission(&stage.app, caller, *action, &target).await.unwrap();
                assert_eq!(allowed, expected, "{role:?} {action:?} {target:?}");
            }
        }
    }
    let others = Target::Unit(stage.msns[0].clone());
    let foreign = check_permission(&stage.app, &helper, Action::ReadSalesUnit, &others).await;
    let absent =
        check_permission(&stage.app, &helper, Action::ReadSalesUnit, &Target::Unit(fresh_msn())).await;
    assert!(matches!((foreign, absent), (Err(Error::NoSuchUnit), Err(Error::NoSuchUnit))));
}

#[tokio::test]
async fn what_api_keys_may_do_is_what_the_matrix_says_of_their_kind() {
    let stage = Stage::set().await;
    let unit = unit(&stage.app).await;
    let management = ClientId::from_uuid(Uuid::new_v4());
    issue_keys(&stage.app, &OPERATOR, management, Owner::ManagingMerchant(unit.merchant_id), now())
        .await
        .unwrap();
    for (client_id, kind) in [(unit.client_id, KeyKind::SalesUnit), (management, KeyKind::Management)] {
        let client = Caller { principal: Principal::Client(client_id), via: None };
        for action in Action::ALL {
            for target in [Target::Unit(unit.msn.clone()), Target::Merchant(unit.merchant_id)] {
                let allowed = check_permission(&stage.app, &client, *action, &target).await.unwrap();
                assert_eq!(allowed, key_permits(kind, *action), "{kind:?} {action:?}");
            }
        }
        let foreign = Target::Unit(stage.msns[0].clone());
        let foreign = check_permission(&stage.app, &client, Action::ReadSalesUnit, &foreign).await;
        assert!(matches!(foreign, Err(Error::NoSuchUnit)));
        let foreign = Target::Merchant(stage.merchant_id);
        let foreign = check_permission(&stage.app, &client, Action::ReadSalesUnit, &foreign).await;
        assert!(matches!(foreign, Err(Error::NoSuchMerchant)));
    }
}

#[tokio::test]
async fn only_a_user_is_somebody() {
    let stage = Stage::set().await;
    let me = get_me(&stage.app, &stage.administrator).await.unwrap();
    assert_eq!((me.user.name.as_str(), me.user.country), ("Anne Admin", Country::No));
    assert_eq!(me.memberships, [stage.administrator_part()]);
    assert!(matches!(get_me(&stage.app, &OPERATOR).await, Err(Error::NotPermitted)));
}
