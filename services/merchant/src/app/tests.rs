use kvitt_primitives::{Market, MerchantId};
use kvitt_runtime::Clock;
use kvitt_testing::TestDatabase;
use uuid::Uuid;

use super::*;
use crate::domain::{CaptureType, Feature, Features, Merchant, Name, OrganizationNumber, SalesUnit};

pub(super) async fn database() -> TestDatabase {
    TestDatabase::create("merchant", &crate::MIGRATIONS).await
}

fn a_merchant() -> Merchant {
    Merchant {
        id: MerchantId::from_uuid(Uuid::new_v4()),
        name: Name::try_new("Blåbær & sønn AS".to_owned()).unwrap(),
        market: Market::No,
        organization_number: OrganizationNumber::try_new(Market::No, "987654325".to_owned()).unwrap(),
    }
}

pub(super) fn a_unit(merchant: &Merchant, msn: &str) -> SalesUnit {
    SalesUnit {
        msn: msn.parse().unwrap(),
        merchant_id: merchant.id,
        name: Name::try_new("Nettbutikk".to_owned()).unwrap(),
        market: Market::No,
        active: true,
        capture_type: CaptureType::ReserveCapture,
        features: Features::try_new(vec![Feature::PushMessage, Feature::Express]).unwrap(),
    }
}

pub(super) async fn create(pool: &sqlx::PgPool, unit: &SalesUnit) -> Result<(), Error> {
    create_sales_unit(pool, unit, Clock::system().now()).await
}

pub(super) async fn registered(database: &TestDatabase) -> Merchant {
    let merchant = a_merchant();
    create_merchant(database.pool(), &merchant, Clock::system().now()).await.unwrap();
    merchant
}

#[tokio::test]
async fn a_merchant_reads_back_as_registered_and_again_is_answered_alike() {
    let database = database().await;
    let merchant = registered(&database).await;
    create_merchant(database.pool(), &merchant, Clock::system().now()).await.unwrap();
    assert_eq!(get_merchant(database.pool(), merchant.id).await.unwrap(), merchant);
}

#[tokio::test]
async fn another_merchant_under_the_same_id_is_a_conflict() {
    let database = database().await;
    let merchant = registered(&database).await;
    let renamed = Merchant { name: Name::try_new("Other AS".to_owned()).unwrap(), ..merchant.clone() };
    let refused = create_merchant(database.pool(), &renamed, Clock::system().now()).await;
    assert!(matches!(refused, Err(Error::MerchantExists)));
    assert_eq!(get_merchant(database.pool(), merchant.id).await.unwrap(), merchant);
}

#[tokio::test]
async fn an_unknown_merchant_is_not_found_and_has_no_units() {
    let database = database().await;
    let nobody = a_merchant();
    let refused = get_merchant(database.pool(), nobody.id).await;
    assert!(matches!(refused, Err(Error::MerchantNotFound)));
    let refused = create(database.pool(), &a_unit(&nobody, "123456")).await;
    assert!(matches!(refused, Err(Error::MerchantNotFound)));
}

#[tokio::test]
async fn another_unit_under_the_same_msn_is_a_conflict() {
    let database = database().await;
    let merchant = registered(&database).await;
    let unit = a_unit(&merchant, "123456");
    create(database.pool(), &unit).await.unwrap();
    create(database.pool(), &unit).await.unwrap();
    let conflicts = [
        SalesUnit { active: false, ..unit.clone() },
        SalesUnit { market: Market::Dk, ..unit.clone() },
        SalesUnit { capture_type: CaptureType::ReserveCaptureFull, ..unit.clone() },
        SalesUnit { features: Features::try_new(vec![]).unwrap(), ..unit.clone() },
        SalesUnit { name: Name::try_new("Kiosk".to_owned()).unwrap(), ..unit.clone() },
        SalesUnit { merchant_id: registered(&database).await.id, ..unit },
    ];
    for conflict in conflicts {
        assert!(matches!(create(database.pool(), &conflict).await, Err(Error::SalesUnitExists)));
    }
}

#[tokio::test]
async fn many_creates_of_one_unit_at_once_all_succeed_and_of_different_ones_one_wins() {
    let database = database().await;
    let merchant = registered(&database).await;
    let race = async |units: Vec<SalesUnit>| {
        let mut creates = tokio::task::JoinSet::new();
        for unit in units {
            let pool = database.pool().clone();
            creates.spawn(async move { create(&pool, &unit).await });
        }
        creates.join_all().await.into_iter().filter(Result::is_ok).count()
    };
    let unit = a_unit(&merchant, "1000");
    assert_eq!(race(vec![unit; 16]).await, 16);
    let named = |number| SalesUnit {
        name: Name::try_new(format!("Shop {number}")).unwrap(),
        ..a_unit(&merchant, "2000")
    };
    assert_eq!(race((0..16).map(named).collect()).await, 1);
}

#[tokio::test]
async fn pages_hold_every_unit_of_the_merchant_once_in_order() {
    let database = database().await;
    let (merchant, other) = (registered(&database).await, registered(&database).await);
    let msns = ["1234", "12345", "5000", "99999", "100000", "2000000000"];
    for msn in msns {
        create(database.pool(), &a_unit(&merchant, msn)).await.unwrap();
    }
    create(database.pool(), &a_unit(&other, "777777")).await.unwrap();
    let (mut seen, mut after, mut more) = (Vec::new(), None, true);
    while more {
        let page = Page { size: 2, after: after.clone() };
        let (units, follows) = list_sales_units(database.pool(), merchant.id, &page).await.unwrap();
        assert_eq!(units.len(), 2);
        seen.extend(units.iter().map(|unit| unit.msn.to_string()));
        (after, more) = (units.last().map(|unit| unit.msn.clone()), follows);
    }
    let mut expected = msns.map(str::to_owned);
    expected.sort();
    assert_eq!(seen, expected);
}
