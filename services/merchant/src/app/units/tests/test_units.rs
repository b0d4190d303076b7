use chrono::TimeDelta;
use kvitt_primitives::{Market, MerchantId, Name, OrderId};
use kvitt_proto::{
    access::v1::{Role, UnitGrant},
    error::v1::Reason,
};
use uuid::Uuid;

use super::{bytes, reason};
use crate::{
    app::{
        App, Error,
        units::{
            Changed, TestUnit, create_test_sales_unit, get_logo, get_sales_unit, list_sales_unit_changes,
            make_available, resolve_sales_unit, update_sales_unit,
        },
    },
    domain::{CaptureType, Environment, Feature, Features, Merchant},
    fixture::{Fixture, OPERATOR},
};

fn wanted(merchant: &Merchant) -> TestUnit {
    TestUnit {
        merchant_id: merchant.id,
        order_id: OrderId::from_uuid(Uuid::new_v4()),
        name: Name::try_new("Prøvebutikk".to_owned()).unwrap(),
        partner_id: None,
        features: Features::try_new(vec![Feature::PushMessage, Feature::Recurring]).unwrap(),
        capture_type: CaptureType::DirectCapture,
    }
}

#[tokio::test]
async fn m48_a_test_unit_is_there_after_two_minutes_with_what_it_was_ordered_with() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant_in(Market::Dk).await;
    let administrator = fixture.administrator(&merchant);
    let at = fixture.app.clock.now();
    let (msn, available_at) =
        create_test_sales_unit(&fixture.app, &administrator, &wanted(&merchant)).await.unwrap();
    assert_eq!(msn.as_str(), "900000");
    let delay = available_at - at;
    assert!(delay >= TimeDelta::seconds(120) && delay < TimeDelta::seconds(150), "{delay}");
    let early = available_at - TimeDelta::milliseconds(1);
    assert_eq!(make_available(&fixture.app.pool, early).await.unwrap(), 0);
    assert_eq!(reason(get_sales_unit(&fixture.app, &administrator, &msn).await), Reason::NotFound);
    assert_eq!(make_available(&fixture.app.pool, available_at).await.unwrap(), 1);
    let unit = get_sales_unit(&fixture.app, &administrator, &msn).await.unwrap().value;
    assert_eq!((unit.market, unit.environment), (Market::Dk, Environment::Test));
    assert_eq!((unit.features, unit.capture_type), (wanted(&merchant).features, CaptureType::DirectCapture));
    let keys: String = sqlx::query_scalar("SELECT keys_state FROM sales_units")
        .fetch_one(fixture.database.pool())
        .await
        .unwrap();
    assert_eq!(keys, "wanted");
}

#[tokio::test]
async fn a_unit_that_is_not_there_yet_is_as_absent_for_every_reader_and_then_is_told_to_all() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let administrator = fixture.administrator(&merchant);
    let (msn, available_at) =
        create_test_sales_unit(&fixture.app, &administrator, &wanted(&merchant)).await.unwrap();
    let absent = "899999".parse().unwrap();
    let keys = fixture.unit_keys(&merchant, msn.as_str());
    for caller in [OPERATOR, administrator, keys] {
        let update = crate::app::units::Update::default();
        let app = &fixture.app;
        if caller != keys {
            let read = bytes(get_sales_unit(app, &caller, &msn).await);
            assert_eq!(read, bytes(get_sales_unit(app, &caller, &absent).await));
            let logo = bytes(get_logo(app, &caller, &msn).await);
            assert_eq!(logo, bytes(get_logo(app, &caller, &absent).await));
            let changed = bytes(update_sales_unit(app, &caller, &msn, &update).await);
            assert_eq!(changed, bytes(update_sales_unit(app, &caller, &absent, &update).await));
        }
        assert!(get_sales_unit(app, &caller, &msn).await.is_err());
    }
    let resolved = resolve_sales_unit(&fixture.app, &msn).await.unwrap();
    assert_eq!(resolved.value, None);
    make_available(&fixture.app.pool, available_at).await.unwrap();
    let changes = list_sales_unit_changes(&fixture.app, resolved.revision).await.unwrap();
    assert_eq!(changes.value, Changed::These(vec![msn.clone()]));
    let resolved = resolve_sales_unit(&fixture.app, &msn).await.unwrap();
    assert_eq!(resolved.value.unwrap().merchant_id, merchant.id);
}

#[tokio::test]
async fn without_a_delay_a_test_unit_is_there_at_once() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let app = App { test_unit_delay: TimeDelta::zero(), ..fixture.app.clone() };
    let (msn, _) = create_test_sales_unit(&app, &OPERATOR, &wanted(&merchant)).await.unwrap();
    get_sales_unit(&app, &OPERATOR, &msn).await.unwrap();
}

#[tokio::test]
async fn the_same_order_is_answered_alike_another_under_its_id_is_a_conflict_and_others_are_others() {
    let fixture = Fixture::start().await;
    let (merchant, other) = (fixture.merchant().await, fixture.merchant().await);
    let order = wanted(&merchant);
    let create = async |order: &TestUnit| create_test_sales_unit(&fixture.app, &OPERATOR, order).await;
    let first = create(&order).await.unwrap();
    fixture.app.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(create(&order).await.unwrap(), first);
    make_available(&fixture.app.pool, first.1).await.unwrap();
    assert_eq!(create(&order).await.unwrap(), first);
    let plain = TestUnit { capture_type: CaptureType::ReserveCapture, ..order.clone() };
    assert!(matches!(create(&plain).await, Err(Error::SalesUnitExists)));
    // Another merchant's order ids are none of its business.
    let theirs = TestUnit { merchant_id: other.id, ..order };
    assert_eq!(create(&theirs).await.unwrap().0.as_str(), "900001");
    assert_eq!(create(&wanted(&merchant)).await.unwrap().0.as_str(), "900002");
}

#[tokio::test]
async fn many_orders_at_once_have_units_of_their_own_and_one_repeated_has_one() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let mut creates = tokio::task::JoinSet::new();
    let repeated = wanted(&merchant);
    for order in (0..8).map(|_| wanted(&merchant)).chain((0..8).map(|_| repeated.clone())) {
        let app = fixture.app.clone();
        creates.spawn(async move { create_test_sales_unit(&app, &OPERATOR, &order).await.unwrap().0 });
    }
    let mut msns = creates.join_all().await;
    msns.sort();
    msns.dedup();
    assert_eq!(msns.len(), 9);
}

#[tokio::test]
async fn test_units_are_created_by_administrators_and_developers_of_the_merchant() {
    let fixture = Fixture::start().await;
    let (merchant, other) = (fixture.merchant().await, fixture.merchant().await);
    fixture.unit(&merchant, "1000", |_| {}).await;
    let grant = UnitGrant { msn: "1000".to_owned(), developer: true, transaction_management: false };
    let developer = fixture.access.user(&merchant.id.to_string(), Role::Assistant, vec![grant]);
    create_test_sales_unit(&fixture.app, &developer, &wanted(&merchant)).await.unwrap();
    let table = [
        (fixture.user(&merchant, Role::SalesUnitManager, &["1000"]), Reason::PermissionDenied),
        (fixture.unit_keys(&merchant, "1000"), Reason::PermissionDenied),
        (fixture.management_keys(&merchant), Reason::PermissionDenied),
        (fixture.administrator(&other), Reason::NotFound),
    ];
    for (caller, expected) in table {
        let refused = create_test_sales_unit(&fixture.app, &caller, &wanted(&merchant)).await;
        assert_eq!(reason(refused), expected, "{caller:?}");
    }
    let nobody = TestUnit { merchant_id: MerchantId::from_uuid(Uuid::new_v4()), ..wanted(&merchant) };
    let administrator = fixture.administrator(&merchant);
    let refused = create_test_sales_unit(&fixture.app, &administrator, &nobody).await;
    assert_eq!(reason(refused), Reason::NotFound);
}
