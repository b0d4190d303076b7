use kvitt_primitives::{Market, Name};
use kvitt_proto::{access::v1::Role, error::v1::Reason};

use super::reason;
use crate::{
    app::units::{
        Update, change_settlement_frequency, deactivate_sales_unit, get_logo, get_sales_unit,
        reactivate_sales_unit, set_logo, update_sales_unit,
    },
    domain::{Address, AddressParts, Environment, SettlementFrequency, picture},
    fixture::{Fixture, OPERATOR},
};

fn renamed(name: &str) -> Update {
    Update { name: Some(Name::try_new(name.to_owned()).unwrap()), location: None }
}

fn address() -> Address {
    let parts = AddressParts {
        lines: vec!["Kaia 2".to_owned()],
        post_code: "5003".to_owned(),
        city: "Bergen".to_owned(),
        country_code: "NO".to_owned(),
    };
    Address::try_new(parts).unwrap()
}

#[tokio::test]
async fn every_change_is_told_to_the_audit_log_and_counts_a_revision() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let unit = fixture.unit(&merchant, "1000", |_| {}).await;
    let manager = fixture.user(&merchant, Role::SalesUnitManager, &["1000"]);
    let (app, msn) = (&fixture.app, &unit.msn);
    let mut known = fixture.changed_revision("1000").await;
    let mut newer = async || {
        let changed = fixture.changed_revision("1000").await;
        assert!(changed > known);
        assert_eq!(changed, fixture.revision().await);
        known = changed;
    };
    let changed = update_sales_unit(app, &manager, msn, &renamed("Kiosken")).await.unwrap();
    assert_eq!(changed.name.as_str(), "Kiosken");
    newer().await;
    let update = Update { name: None, location: Some(address()) };
    let changed = update_sales_unit(app, &manager, msn, &update).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.location), ("Kiosken", Some(address())));
    newer().await;
    let weekly = SettlementFrequency::Weekly;
    let changed = change_settlement_frequency(app, &manager, msn, weekly).await.unwrap();
    assert_eq!(changed.settlement.frequency, weekly);
    newer().await;
    set_logo(app, &manager, msn, picture(200, 200)).await.unwrap();
    newer().await;
    assert!(!deactivate_sales_unit(app, &manager, msn).await.unwrap().active);
    newer().await;
    assert!(reactivate_sales_unit(app, &OPERATOR, msn).await.unwrap().active);
    newer().await;
    let told: Vec<_> = fixture.told().await.into_iter().skip(1).collect();
    let actions: Vec<_> = told.iter().map(|(action, _)| action.as_str()).collect();
    let expected = [
        "unit.opened",
        "unit.changed",
        "unit.changed",
        "unit.frequency_changed",
        "unit.logo_set",
        "unit.deactivated",
        "unit.reactivated",
    ];
    assert_eq!(actions, expected);
    assert!(told.iter().all(|(_, subject)| subject == "unit:1000"));
    let mut connection = fixture.database.pool().acquire().await.unwrap();
    kvitt_audit_log::verify(&mut connection).await.unwrap();
}

#[tokio::test]
async fn what_is_so_already_is_neither_a_change_nor_told() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let unit = fixture.unit(&merchant, "1000", |_| {}).await;
    let known = fixture.changed_revision("1000").await;
    let (app, msn) = (&fixture.app, &unit.msn);
    update_sales_unit(app, &OPERATOR, msn, &renamed(unit.name.as_str())).await.unwrap();
    update_sales_unit(app, &OPERATOR, msn, &Update::default()).await.unwrap();
    change_settlement_frequency(app, &OPERATOR, msn, SettlementFrequency::Daily).await.unwrap();
    reactivate_sales_unit(app, &OPERATOR, msn).await.unwrap();
    assert_eq!(fixture.changed_revision("1000").await, known);
    assert_eq!(fixture.told().await.len(), 2);
}

#[tokio::test]
async fn a_logo_is_answered_as_it_was_set_and_a_new_one_takes_its_place() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let unit = fixture.unit(&merchant, "1000", |_| {}).await;
    let (app, msn) = (&fixture.app, &unit.msn);
    assert_eq!(reason(get_logo(app, &OPERATOR, msn).await), Reason::NotFound);
    assert!(!get_sales_unit(app, &OPERATOR, msn).await.unwrap().value.has_logo);
    for side in [100, 300] {
        set_logo(app, &OPERATOR, msn, picture(side, side)).await.unwrap();
        assert_eq!(get_logo(app, &OPERATOR, msn).await.unwrap(), picture(side, side));
    }
    assert!(get_sales_unit(app, &OPERATOR, msn).await.unwrap().value.has_logo);
    for broken in [Vec::new(), b"<svg/>".to_vec(), picture(50, 50)] {
        assert_eq!(reason(set_logo(app, &OPERATOR, msn, broken).await), Reason::FieldInvalid);
    }
    assert_eq!(get_logo(app, &OPERATOR, msn).await.unwrap(), picture(300, 300));
}

#[tokio::test]
async fn m13_a_unit_in_denmark_or_finland_cannot_be_paid_out_weekly_or_monthly() {
    let fixture = Fixture::start().await;
    for (market, msn) in [(Market::Dk, "1000"), (Market::Fi, "2000")] {
        let merchant = fixture.merchant_in(market).await;
        let unit = fixture.unit(&merchant, msn, |_| {}).await;
        let administrator = fixture.administrator(&merchant);
        for frequency in [SettlementFrequency::Weekly, SettlementFrequency::Monthly] {
            let refused =
                change_settlement_frequency(&fixture.app, &administrator, &unit.msn, frequency).await;
            assert_eq!(reason(refused), Reason::FrequencyNotAvailable);
        }
        let daily = SettlementFrequency::Daily;
        change_settlement_frequency(&fixture.app, &administrator, &unit.msn, daily).await.unwrap();
    }
}

#[tokio::test]
async fn a_test_unit_never_changes() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let unit = fixture.unit(&merchant, "1000", |unit| unit.environment = Environment::Test).await;
    let administrator = fixture.administrator(&merchant);
    let (app, msn) = (&fixture.app, &unit.msn);
    let known = fixture.changed_revision("1000").await;
    let account = kvitt_primitives::BankAccount::try_new("BBAN:NO", "86011117947").unwrap();
    let weekly = SettlementFrequency::Weekly;
    let refusals = [
        reason(update_sales_unit(app, &administrator, msn, &renamed("Kiosken")).await),
        reason(set_logo(app, &administrator, msn, picture(200, 200)).await),
        reason(crate::app::units::change_settlement_account(app, &administrator, msn, &account).await),
        reason(change_settlement_frequency(app, &administrator, msn, weekly).await),
        reason(deactivate_sales_unit(app, &administrator, msn).await),
    ];
    assert_eq!(refusals, [Reason::TestUnitImmutable; 5]);
    assert_eq!(fixture.changed_revision("1000").await, known);
    assert_eq!(get_sales_unit(app, &OPERATOR, msn).await.unwrap().value.name, unit.name);
}

#[tokio::test]
async fn changes_at_once_come_one_after_the_other() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let unit = fixture.unit(&merchant, "1000", |_| {}).await;
    let mut changes = tokio::task::JoinSet::new();
    for number in 0..16 {
        let (app, msn) = (fixture.app.clone(), unit.msn.clone());
        changes.spawn(async move {
            let update = renamed(&format!("Kiosk {number}"));
            update_sales_unit(&app, &OPERATOR, &msn, &update).await.unwrap();
        });
    }
    changes.join_all().await;
    assert_eq!(fixture.revision().await, fixture.changed_revision("1000").await);
    let mut connection = fixture.database.pool().acquire().await.unwrap();
    kvitt_audit_log::verify(&mut connection).await.unwrap();
    assert_eq!(fixture.told().await.len(), 18);
}
