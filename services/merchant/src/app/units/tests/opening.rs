use chrono::TimeDelta;
use kvitt_primitives::{Market, Name, PartnerId, PricePackageId};
use uuid::Uuid;

use crate::{
    app::{
        Error,
        merchants::create_merchant,
        units::{create_sales_unit, get_sales_unit},
    },
    domain::{
        AccountState, CaptureType, CategoryCode, Environment, Features, Merchant, MerchantStatus,
        ProductType, SalesUnit, Settlement, SettlementAccount, SettlementFrequency, SettlementType,
    },
    fixture::{Fixture, OPERATOR, a_merchant, a_unit},
};

#[tokio::test]
async fn a_unit_reads_back_with_every_attribute_it_was_registered_with() {
    let fixture = Fixture::start().await;
    let (merchant, partner) = (fixture.merchant().await, fixture.partner().await);
    let account = kvitt_primitives::BankAccount::try_new("BBAN:NO", "86011117947").unwrap();
    let unit = SalesUnit {
        environment: Environment::Test,
        product_type: ProductType::Login,
        settlement: Settlement {
            account: Some(SettlementAccount { account, state: AccountState::Unverified }),
            frequency: SettlementFrequency::Weekly,
            settlement_type: SettlementType::Gross,
        },
        merchant_category_code: Some(CategoryCode::try_new("5812".to_owned()).unwrap()),
        partner_id: Some(partner),
        price_package_id: Some(PricePackageId::from_uuid(Uuid::new_v4())),
        ..a_unit(&merchant, "123456")
    };
    create_sales_unit(&fixture.app, &OPERATOR, &unit).await.unwrap();
    let read = get_sales_unit(&fixture.app, &OPERATOR, &unit.msn).await.unwrap();
    assert!((read.value.created_at - unit.created_at).abs() < TimeDelta::milliseconds(1));
    assert_eq!(read.value, SalesUnit { created_at: read.value.created_at, ..unit });
}

#[tokio::test]
async fn another_unit_under_the_same_msn_is_a_conflict() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let unit = fixture.unit(&merchant, "123456", |_| {}).await;
    create_sales_unit(&fixture.app, &OPERATOR, &unit).await.unwrap();
    let conflicts = [
        SalesUnit { active: false, ..unit.clone() },
        SalesUnit { market: Market::Dk, ..unit.clone() },
        SalesUnit { capture_type: CaptureType::ReserveCaptureFull, ..unit.clone() },
        SalesUnit { features: Features::try_new(vec![]).unwrap(), ..unit.clone() },
        SalesUnit { name: Name::try_new("Kiosk".to_owned()).unwrap(), ..unit.clone() },
        SalesUnit { merchant_id: fixture.merchant().await.id, ..unit },
    ];
    for conflict in conflicts {
        let refused = create_sales_unit(&fixture.app, &OPERATOR, &conflict).await;
        assert!(matches!(refused, Err(Error::SalesUnitExists)));
    }
}

#[tokio::test]
async fn a_registration_is_recognised_although_the_unit_has_changed_since() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let unit = fixture.unit(&merchant, "123456", |_| {}).await;
    crate::app::units::deactivate_sales_unit(&fixture.app, &OPERATOR, &unit.msn).await.unwrap();
    let answered = create_sales_unit(&fixture.app, &OPERATOR, &unit).await.unwrap();
    assert!(!answered.active);
}

#[tokio::test]
async fn a_unit_needs_a_merchant_that_is_active_and_a_partner_that_is_there() {
    let fixture = Fixture::start().await;
    let nobody = a_merchant(Market::No);
    let refused = create_sales_unit(&fixture.app, &OPERATOR, &a_unit(&nobody, "1000")).await;
    assert!(matches!(refused, Err(Error::MerchantNotFound)));
    let closed = Merchant { status: MerchantStatus::Deactivated, ..nobody };
    create_merchant(&fixture.app, &OPERATOR, &closed).await.unwrap();
    let refused = create_sales_unit(&fixture.app, &OPERATOR, &a_unit(&closed, "1000")).await;
    assert!(matches!(refused, Err(Error::Field { field: "merchantId", .. })));
    let merchant = fixture.merchant().await;
    let stranger = Some(PartnerId::from_uuid(Uuid::new_v4()));
    let linked = SalesUnit { partner_id: stranger, ..a_unit(&merchant, "1000") };
    let refused = create_sales_unit(&fixture.app, &OPERATOR, &linked).await;
    assert!(matches!(refused, Err(Error::Field { field: "partnerId", .. })));
}

#[tokio::test]
async fn many_creates_of_one_unit_at_once_all_succeed_and_of_different_ones_one_wins() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let race = async |units: Vec<SalesUnit>| {
        let mut creates = tokio::task::JoinSet::new();
        for unit in units {
            let app = fixture.app.clone();
            creates.spawn(async move { create_sales_unit(&app, &OPERATOR, &unit).await });
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
