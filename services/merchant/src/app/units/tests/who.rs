use kvitt_proto::{
    access::v1::{KeyKind, Role},
    error::v1::Reason,
};
use kvitt_runtime::{Caller, ServiceName};

use super::{bytes, reason};
use crate::{
    app::merchants::{Which, get_merchant},
    app::units::{
        Update, change_settlement_frequency, deactivate_sales_unit, get_logo, get_sales_unit,
        resolve_sales_unit, set_logo, update_sales_unit,
    },
    domain::{SettlementFrequency, picture},
    fixture::{Fixture, OPERATOR, service},
};

#[tokio::test]
async fn a_foreign_unit_and_an_absent_one_are_refused_alike_to_people_partners_and_management() {
    let fixture = Fixture::start().await;
    let (merchant, other) = (fixture.merchant().await, fixture.merchant().await);
    fixture.unit(&merchant, "1000", |_| {}).await;
    fixture.unit(&other, "2000", |_| {}).await;
    let partner = fixture.partner().await;
    let callers = [
        fixture.administrator(&merchant),
        fixture.user(&merchant, Role::Assistant, &["1000"]),
        fixture.management_keys(&merchant),
        fixture.partner_keys(KeyKind::Partner, partner),
        fixture.partner_keys(KeyKind::Management, partner),
    ];
    let (foreign, absent) = ("2000".parse().unwrap(), "3000".parse().unwrap());
    let app = &fixture.app;
    for caller in callers {
        let read = bytes(get_sales_unit(app, &caller, &foreign).await);
        assert_eq!(read, bytes(get_sales_unit(app, &caller, &absent).await), "{caller:?}");
        assert_eq!(read.0, tonic::Code::NotFound, "{caller:?}");
        let logo = bytes(get_logo(app, &caller, &foreign).await);
        assert_eq!(logo, bytes(get_logo(app, &caller, &absent).await), "{caller:?}");
    }
    for caller in
        [fixture.administrator(&merchant), fixture.user(&merchant, Role::SalesUnitManager, &["1000"])]
    {
        let update = Update::default();
        let changed = bytes(update_sales_unit(app, &caller, &foreign, &update).await);
        assert_eq!(changed, bytes(update_sales_unit(app, &caller, &absent, &update).await));
        let ended = bytes(deactivate_sales_unit(app, &caller, &foreign).await);
        assert_eq!(ended, bytes(deactivate_sales_unit(app, &caller, &absent).await));
        let logo = bytes(set_logo(app, &caller, &foreign, picture(100, 100)).await);
        assert_eq!(logo, bytes(set_logo(app, &caller, &absent, picture(100, 100)).await));
    }
}

#[tokio::test]
async fn keys_of_a_unit_are_not_covered_elsewhere_whether_or_not_there_is_a_unit() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    fixture.unit(&merchant, "1000", |_| {}).await;
    fixture.unit(&merchant, "2000", |_| {}).await;
    let keys = fixture.unit_keys(&merchant, "1000");
    get_sales_unit(&fixture.app, &keys, &"1000".parse().unwrap()).await.unwrap();
    let forwarded = Caller { via: Some(ServiceName::Payment), ..keys };
    for caller in [keys, forwarded] {
        let foreign = bytes(get_sales_unit(&fixture.app, &caller, &"2000".parse().unwrap()).await);
        assert_eq!(foreign, bytes(get_sales_unit(&fixture.app, &caller, &"3000".parse().unwrap()).await));
        assert_eq!(foreign.0, tonic::Code::Unauthenticated);
    }
}

#[tokio::test]
async fn a_change_is_for_whoever_the_matrix_allows_it() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let partner = fixture.partner().await;
    let unit = fixture.unit(&merchant, "1000", |unit| unit.partner_id = Some(partner)).await;
    let (app, msn) = (&fixture.app, &unit.msn);
    let may = [
        OPERATOR,
        fixture.administrator(&merchant),
        fixture.user(&merchant, Role::SalesUnitManager, &["1000"]),
    ];
    for caller in may {
        update_sales_unit(app, &caller, msn, &Update::default()).await.unwrap();
        set_logo(app, &caller, msn, picture(100, 100)).await.unwrap();
        change_settlement_frequency(app, &caller, msn, SettlementFrequency::Monthly).await.unwrap();
        deactivate_sales_unit(app, &caller, msn).await.unwrap();
    }
    let may_not = [
        fixture.user(&merchant, Role::Assistant, &["1000"]),
        fixture.unit_keys(&merchant, "1000"),
        fixture.management_keys(&merchant),
        fixture.partner_keys(KeyKind::Partner, partner),
        fixture.partner_keys(KeyKind::Management, partner),
        service(ServiceName::Payment),
    ];
    for caller in may_not {
        let refused = [
            reason(update_sales_unit(app, &caller, msn, &Update::default()).await),
            reason(set_logo(app, &caller, msn, picture(100, 100)).await),
            reason(change_settlement_frequency(app, &caller, msn, SettlementFrequency::Daily).await),
            reason(deactivate_sales_unit(app, &caller, msn).await),
        ];
        assert_eq!(refused, [Reason::PermissionDenied; 4], "{caller:?}");
    }
}

#[tokio::test]
async fn m56_a_partner_does_not_see_a_unit_that_is_not_linked_to_it() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let (partner, stranger) = (fixture.partner().await, fixture.partner().await);
    let unit = fixture.unit(&merchant, "1000", |unit| unit.partner_id = Some(partner)).await;
    for kind in [KeyKind::Partner, KeyKind::Management] {
        let linked = fixture.partner_keys(kind, partner);
        get_sales_unit(&fixture.app, &linked, &unit.msn).await.unwrap();
        let other = fixture.partner_keys(kind, stranger);
        assert_eq!(reason(get_sales_unit(&fixture.app, &other, &unit.msn).await), Reason::NotFound);
    }
}

#[tokio::test]
async fn whose_a_unit_is_is_told_of_units_out_of_use_too() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let partner = fixture.partner().await;
    let unit = fixture
        .unit(&merchant, "1000", |unit| {
            unit.partner_id = Some(partner);
            unit.active = false;
        })
        .await;
    let resolved = resolve_sales_unit(&fixture.app, &unit.msn).await.unwrap();
    assert_eq!(resolved.revision, fixture.revision().await);
    let owner = resolved.value.unwrap();
    assert_eq!((owner.merchant_id, owner.partner_id, owner.active), (merchant.id, Some(partner), false));
    let absent = resolve_sales_unit(&fixture.app, &"2000".parse().unwrap()).await.unwrap();
    assert_eq!((absent.value, absent.revision), (None, fixture.revision().await));
}

#[tokio::test]
async fn whoever_pays_a_unit_out_reads_it_and_its_merchant_in_its_own_name_and_changes_nothing() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let unit = fixture.unit(&merchant, "1000", |_| {}).await;
    let (app, settlement) = (&fixture.app, service(ServiceName::Settlement));
    assert_eq!(get_sales_unit(app, &settlement, &unit.msn).await.unwrap().value.msn, unit.msn);
    let read = get_merchant(app, &settlement, &Which::Id(merchant.id)).await.unwrap();
    assert_eq!(read.id, merchant.id);
    let refused = change_settlement_frequency(app, &settlement, &unit.msn, SettlementFrequency::Weekly).await;
    assert_eq!(reason(refused), Reason::PermissionDenied);
}
