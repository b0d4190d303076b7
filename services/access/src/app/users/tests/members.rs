use super::*;
use crate::app::{Changed, list_credential_changes};

#[tokio::test]
async fn m39_only_an_administrator_adds_users() {
    let stage = Stage::set().await;
    let person = somebody(Country::No, "Ola Nordmann");
    stage.register(&person).await.unwrap();
    for role in [Role::SalesUnitManager, Role::Assistant] {
        let colleague = stage.newcomer(Country::No, "Kari", stage.part(role, 3, true)).await;
        let refused = stage.add(&colleague, by_national_id(&person), stage.assistant(1)).await;
        assert!(matches!(refused, Err(Error::NotPermitted)), "{role:?}");
    }
    let added = stage.add(&stage.administrator, by_national_id(&person), stage.assistant(1)).await.unwrap();
    assert_eq!(added.user.name, "Ola Nordmann");
    assert!(added.user.activated_at.is_none());
    let user = caller_of(added.user.user_id);
    assert_eq!(stage.part_of(&user).await, Some(stage.assistant(1)));
    assert_eq!(stage.told_of(&user).await, ["user.added"]);
}

#[tokio::test]
async fn m41_the_name_is_looked_up_before_somebody_is_added() {
    let stage = Stage::set().await;
    let person = somebody(Country::Fi, "Maija Meikäläinen");
    stage.register(&person).await.unwrap();
    for by in [by_national_id(&person), by_phone(&person)] {
        let name = look_up_person(&stage.app, &stage.administrator, stage.merchant_id, &by).await.unwrap();
        assert_eq!(name.as_str(), "Maija Meikäläinen");
    }
    let nobody = by_national_id(&somebody(Country::Fi, "X"));
    let unknown = look_up_person(&stage.app, &stage.administrator, stage.merchant_id, &nobody).await;
    assert!(matches!(unknown, Err(Error::NoSuchPerson)));
    let colleague = stage.newcomer(Country::No, "Kari", stage.assistant(1)).await;
    let refused = look_up_person(&stage.app, &colleague, stage.merchant_id, &by_phone(&person)).await;
    assert!(matches!(refused, Err(Error::NotPermitted)));
}

#[tokio::test]
async fn a_person_is_one_user_however_they_were_found_and_in_however_many_merchants() {
    let (stage, person) = (Stage::set().await, somebody(Country::Dk, "Jens Hansen"));
    stage.register(&person).await.unwrap();
    let first = stage.add(&OPERATOR, by_phone(&person), stage.assistant(1)).await.unwrap();
    let again = stage.add(&OPERATOR, by_national_id(&person), stage.assistant(2)).await;
    assert!(matches!(again, Err(Error::UserIsThere)));
    let elsewhere = Membership::administrator(MerchantId::from_uuid(Uuid::new_v4()));
    let second = stage.add(&OPERATOR, by_national_id(&person), elsewhere.clone()).await.unwrap();
    assert_eq!(first.user.user_id, second.user.user_id);
    let parts = get_memberships(&stage.app, first.user.user_id).await.unwrap().value;
    let mut expected = [stage.assistant(1), elsewhere];
    expected.sort_by_key(Membership::merchant_id);
    assert_eq!(parts, expected);
}

#[tokio::test]
async fn many_who_add_the_same_person_at_once_add_them_once() {
    let (stage, person) = (Stage::set().await, somebody(Country::No, "Ola"));
    stage.register(&person).await.unwrap();
    let mut adding = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (app, person, membership) = (stage.app.clone(), by_national_id(&person), stage.assistant(1));
        adding.spawn(async move {
            add_user(&app, &OPERATOR, &AddUser { person, membership }, now()).await.map(|_| ())
        });
    }
    let outcomes = adding.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(Error::UserIsThere))));
}

#[tokio::test]
async fn a_unit_that_is_not_the_merchants_is_named_and_nothing_is_changed() {
    let stage = Stage::set().await;
    let foreign = fresh_msn();
    let other = MerchantId::from_uuid(Uuid::new_v4());
    let mut connection = stage.database.pool().acquire().await.unwrap();
    units::insert(&mut connection, &foreign, other).await.unwrap();
    drop(connection);
    let unknown = fresh_msn();
    let unit = |msn: &Msn| UnitGrant { msn: msn.clone(), transaction_management: true, developer: true };
    let named = [&stage.msns[0], &foreign, &unknown].map(unit).into();
    let part = Membership::try_new(stage.merchant_id, Role::Assistant, named).unwrap();
    let person = somebody(Country::No, "Ola");
    stage.register(&person).await.unwrap();
    let refused = stage.add(&stage.administrator, by_national_id(&person), part.clone()).await.err();
    let Some(Error::ForeignUnits(mut named)) = refused else { panic!("not refused") };
    let mut expected = vec![foreign, unknown];
    named.sort();
    expected.sort();
    assert_eq!(named, expected);
    let colleague = stage.newcomer(Country::No, "Kari", stage.assistant(1)).await;
    let refused = stage.change(&stage.administrator, &colleague, &part).await;
    assert!(matches!(refused, Err(Error::ForeignUnits(_))));
    assert_eq!(stage.part_of(&colleague).await, Some(stage.assistant(1)));
}

#[tokio::test]
async fn a_part_that_is_set_is_replaced_told_and_remembered_by_nobody_as_it_was() {
    let stage = Stage::set().await;
    let colleague = stage.newcomer(Country::No, "Kari", stage.assistant(3)).await;
    let before = stage.revision_of(&colleague).await;
    let manager = stage.part(Role::SalesUnitManager, 1, true);
    stage.change(&stage.administrator, &colleague, &manager).await.unwrap();
    assert_eq!(stage.part_of(&colleague).await, Some(manager.clone()));
    let changes = list_credential_changes(&stage.app, before).await.unwrap();
    assert_eq!(stage.revision_of(&colleague).await, changes.revision);
    let Changed::These(changed) = changes.value else { panic!("not so many") };
    assert_eq!(changed.users, [user_of(&colleague)]);
    stage.change(&stage.administrator, &colleague, &manager).await.unwrap();
    assert_eq!(
        stage.told_of(&colleague).await,
        ["user.added", "user.changed"],
        "the same again is no change"
    );
}

#[tokio::test]
async fn a_user_who_is_removed_everywhere_is_forgotten_and_one_who_is_not_stays() {
    let stage = Stage::set().await;
    let colleague = stage.newcomer(Country::No, "Kari", stage.assistant(2)).await;
    let elsewhere = MerchantId::from_uuid(Uuid::new_v4());
    grant_administrator(&stage.app, &OPERATOR, elsewhere, user_of(&colleague), now()).await.unwrap();
    let before = stage.revision_of(&colleague).await;
    stage.remove(&stage.administrator, &colleague).await.unwrap();
    assert_eq!(stage.part_of(&colleague).await, None);
    assert!(stage.revision_of(&colleague).await > before);
    assert_eq!(get_me(&stage.app, &colleague).await.unwrap().memberships.len(), 1);
    stage.remove(&stage.administrator, &colleague).await.unwrap();
    let other = stage.newcomer(Country::No, "Ola", stage.assistant(1)).await;
    let before = stage.revision_of(&other).await;
    stage.remove(&stage.administrator, &other).await.unwrap();
    assert!(stage.revision_of(&other).await > before, "whoever remembers the user hears of it");
    assert!(matches!(get_me(&stage.app, &other).await, Err(Error::NoSuchUser)));
    assert_eq!(stage.told_of(&other).await, ["user.added", "user.removed", "user.forgotten"]);
}

#[tokio::test]
async fn everybody_may_give_up_their_own_part() {
    let stage = Stage::set().await;
    let colleague = stage.newcomer(Country::No, "Kari", stage.assistant(1)).await;
    stage.remove(&colleague, &colleague).await.unwrap();
    assert_eq!(stage.part_of(&colleague).await, None);
    let stranger = caller_of(UserId::from_uuid(Uuid::new_v4()));
    assert!(matches!(stage.remove(&stranger, &stranger).await, Err(Error::NoSuchMerchant)));
}

#[tokio::test]
async fn a_merchants_first_administrator_is_granted_once_and_only_to_somebody_who_is() {
    let stage = Stage::set().await;
    let colleague = stage.newcomer(Country::No, "Kari", stage.assistant(2)).await;
    let fresh = MerchantId::from_uuid(Uuid::new_v4());
    let grant = async |merchant_id, user_id| {
        grant_administrator(&stage.app, &OPERATOR, merchant_id, user_id, now()).await
    };
    for _ in 0..2 {
        grant(fresh, user_of(&colleague)).await.unwrap();
    }
    assert_eq!(stage.told_of(&colleague).await, ["user.added", "user.added"]);
    // Where there is an Administrator, a late repetition raises nobody.
    grant(stage.merchant_id, user_of(&colleague)).await.unwrap();
    assert_ne!(stage.part_of(&colleague).await, Some(stage.administrator_part()));
    let nobody = UserId::from_uuid(Uuid::new_v4());
    assert!(matches!(grant(fresh, nobody).await, Err(Error::NoSuchUser)));
}

#[tokio::test]
async fn whoever_came_by_themselves_is_not_forgotten_by_the_merchant_that_removes_them() {
    let stage = Stage::set().await;
    let colleague = stage.newcomer(Country::No, "Kari", stage.assistant(1)).await;
    let mut connection = stage.app.pool.acquire().await.unwrap();
    crate::store::users::sign_up(&mut connection, user_of(&colleague)).await.unwrap();
    drop(connection);
    stage.remove(&stage.administrator, &colleague).await.unwrap();
    assert_eq!(stage.told_of(&colleague).await, ["user.added", "user.removed"]);
    stage.remove(&stage.administrator, &colleague).await.unwrap();
}
