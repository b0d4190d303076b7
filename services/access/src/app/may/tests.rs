use kvitt_primitives::{ClientId, UserId};
use kvitt_runtime::authority::matrix::{Grants, Role};
use uuid::Uuid;

use super::*;
use crate::app::{
    App,
    tests::{
        OPERATOR, fixture, fresh_msn,
        people::{Unit, administrator, assistant, unit, unit_of, user},
    },
};

/// In a word, so that refusals can be compared.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    Unseen,
}

fn answer<T>(outcome: Result<T, Error>) -> Answer {
    match outcome {
        Ok(_) => Answer::Yes,
        Err(Error::NotPermitted) => Answer::No,
        Err(Error::NoSuchUnit | Error::NoSuchMerchant) => Answer::Unseen,
        Err(error) => panic!("{error}"),
    }
}

async fn asked(app: &App, caller: &Caller, action: Action, msn: &Msn) -> Answer {
    answer(may(&mut app.pool.acquire().await.unwrap(), caller, action, msn).await)
}

async fn asked_for(app: &App, caller: &Caller, action: Action, merchant_id: MerchantId) -> Answer {
    answer(may_for(&mut app.pool.acquire().await.unwrap(), caller, action, merchant_id).await)
}

const ALL_GRANTS: [(bool, bool); 4] = [(false, false), (false, true), (true, false), (true, true)];

#[tokio::test]
async fn on_a_unit_that_they_were_given_a_user_may_what_the_matrix_says() {
    let (app, _database) = fixture().await;
    let Unit { msn, merchant_id, .. } = unit(&app).await;
    for role in Role::ALL {
        for (transaction_management, developer) in ALL_GRANTS {
            let grants = Grants { transaction_management, developer };
            let given = [(&msn, grants)];
            let units: &[_] = if role == Role::Administrator { &[] } else { &given };
            let caller = user(&app, merchant_id, role, units).await;
            for action in Action::ALL {
                let expected = if permits(role, grants, *action) { Answer::Yes } else { Answer::No };
                assert_eq!(
                    asked(&app, &caller, *action, &msn).await,
                    expected,
                    "{role:?} {grants:?} {action:?}"
                );
                assert_eq!(asked_for(&app, &caller, *action, merchant_id).await, expected, "{action:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_a_user_does_not_see_is_not_there() {
    let (app, _database) = fixture().await;
    let own = unit(&app).await;
    let sister = unit_of(&app, own.merchant_id).await;
    let foreign = unit(&app).await;
    let both = Grants { transaction_management: true, developer: true };
    let somebody = assistant(&app, &own, both).await;
    let head = administrator(&app, &own).await;
    let nobody = Caller { principal: Principal::User(UserId::from_uuid(Uuid::new_v4())), via: None };
    for action in Action::ALL {
        for unseen in [&sister.msn, &foreign.msn, &fresh_msn()] {
            assert_eq!(asked(&app, &somebody, *action, unseen).await, Answer::Unseen, "{action:?}");
            assert_eq!(asked(&app, &nobody, *action, unseen).await, Answer::Unseen, "{action:?}");
        }
        for unseen in [&foreign.msn, &fresh_msn()] {
            assert_eq!(asked(&app, &head, *action, unseen).await, Answer::Unseen, "{action:?}");
        }
        for unseen in [foreign.merchant_id, MerchantId::from_uuid(Uuid::new_v4())] {
            assert_eq!(asked_for(&app, &head, *action, unseen).await, Answer::Unseen, "{action:?}");
            assert_eq!(asked_for(&app, &nobody, *action, unseen).await, Answer::Unseen, "{action:?}");
        }
    }
    assert_eq!(asked(&app, &head, Action::ManageKeys, &sister.msn).await, Answer::Yes);
}

#[tokio::test]
async fn a_grant_given_on_one_unit_is_worth_nothing_on_another() {
    let (app, _database) = fixture().await;
    let one = unit(&app).await;
    let other = unit_of(&app, one.merchant_id).await;
    let (none, developer) = (Grants::default(), Grants { transaction_management: false, developer: true });
    let given = [(&one.msn, developer), (&other.msn, none)];
    let caller = user(&app, one.merchant_id, Role::Assistant, &given).await;
    assert_eq!(asked(&app, &caller, Action::ManageKeys, &one.msn).await, Answer::Yes);
    assert_eq!(asked(&app, &caller, Action::ManageKeys, &other.msn).await, Answer::No);
    assert_eq!(asked_for(&app, &caller, Action::CreateTestData, one.merchant_id).await, Answer::Yes);
    assert_eq!(asked_for(&app, &caller, Action::ManageUsers, one.merchant_id).await, Answer::No);
}

#[tokio::test]
async fn a_part_without_units_sees_the_merchant_and_may_nothing_there() {
    let (app, _database) = fixture().await;
    let unit = unit(&app).await;
    let caller = user(&app, unit.merchant_id, Role::SalesUnitManager, &[]).await;
    for action in Action::ALL {
        assert_eq!(asked_for(&app, &caller, *action, unit.merchant_id).await, Answer::No);
        assert_eq!(asked(&app, &caller, *action, &unit.msn).await, Answer::Unseen);
    }
}

#[tokio::test]
async fn the_operator_may_manage_everything_and_api_clients_and_other_services_nothing() {
    let (app, _database) = fixture().await;
    let unit = unit(&app).await;
    let client = Caller { principal: Principal::Client(unit.client_id), via: None };
    let stranger = Caller { principal: Principal::Client(ClientId::from_uuid(Uuid::new_v4())), via: None };
    let service = Caller { principal: Principal::Service(ServiceName::Merchant), via: None };
    let forwarded = Caller { via: Some(ServiceName::Launcher), ..client };
    for action in [Action::ManageKeys, Action::ManageUsers, Action::GrantAccounting, Action::CreateTestData] {
        assert_eq!(asked(&app, &OPERATOR, action, &unit.msn).await, Answer::Yes);
        assert_eq!(asked(&app, &OPERATOR, action, &fresh_msn()).await, Answer::Unseen);
        assert_eq!(asked_for(&app, &OPERATOR, action, unit.merchant_id).await, Answer::Yes);
        for caller in [&client, &stranger, &service, &forwarded] {
            for msn in [&unit.msn, &fresh_msn()] {
                assert_eq!(asked(&app, caller, action, msn).await, Answer::No);
            }
            assert_eq!(asked_for(&app, caller, action, unit.merchant_id).await, Answer::No);
        }
    }
}
