use kvitt_primitives::{Msn, Name};
use kvitt_proto::{
    access::v1::{KeyKind, Role},
    error::v1::Reason,
};
use kvitt_runtime::Caller;

use super::{bytes, reason};
use crate::{
    app::units::{Listed, list_accessible_sales_units, list_sales_units},
    domain::{Environment, Merchant},
    fixture::{Fixture, OPERATOR, a_merchant},
    store::sales_units::Filter,
};

fn msns(listed: &Listed) -> Vec<&str> {
    listed.units.iter().map(|unit| unit.msn.as_str()).collect()
}

async fn listed(fixture: &Fixture, caller: &Caller, merchant: &Merchant, filter: Filter) -> Vec<String> {
    let listed = list_sales_units(&fixture.app, caller, merchant.id, filter, (100, None)).await.unwrap();
    msns(&listed).into_iter().map(str::to_owned).collect()
}

async fn named(fixture: &Fixture, merchant: &Merchant, units: &[(&str, &str)]) {
    for (msn, name) in units {
        let name = Name::try_new((*name).to_owned()).unwrap();
        fixture.unit(merchant, msn, |unit| unit.name = name).await;
    }
}

#[tokio::test]
async fn pages_hold_every_unit_of_the_merchant_once_in_order() {
    let fixture = Fixture::start().await;
    let (merchant, other) = (fixture.merchant().await, fixture.merchant().await);
    let all = ["1234", "12345", "5000", "99999", "100000", "2000000000"];
    for msn in all {
        fixture.unit(&merchant, msn, |_| {}).await;
    }
    fixture.unit(&other, "777777", |_| {}).await;
    let (mut seen, mut after, mut more) = (Vec::new(), None::<Msn>, true);
    while more {
        let page = (2, after.clone());
        let listed =
            list_sales_units(&fixture.app, &OPERATOR, merchant.id, Filter::default(), page).await.unwrap();
        assert_eq!(listed.units.len(), 2);
        seen.extend(msns(&listed).into_iter().map(str::to_owned));
        (more, after) = (listed.next_after.is_some(), listed.next_after);
    }
    let mut expected = all.map(str::to_owned);
    expected.sort();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_search_finds_part_of_a_name_or_the_beginning_of_an_msn_and_takes_every_character_as_it_is() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let units = [
        ("1001", "Blåbær & Sønn"),
        ("1002", "BLÅBÆR 100%"),
        ("2100", "Kiosk_a"),
        ("2001", r"Kiosk\b"),
        ("3000", "Kiosk-a"),
    ];
    named(&fixture, &merchant, &units).await;
    let table: [(&str, &[&str]); 13] = [
        ("", &["1001", "1002", "2001", "2100", "3000"]),
        ("blåbær", &["1001", "1002"]),
        ("BLÅBÆR", &["1001", "1002"]),
        ("SØNN", &["1001"]),
        ("100", &["1001", "1002"]),
        ("1002", &["1002"]),
        ("001", &[]),
        ("%", &["1002"]),
        ("_", &["2100"]),
        ("\\", &["2001"]),
        ("kiosk-", &["3000"]),
        ("' OR 1 = 1 --", &[]),
        (".*", &[]),
    ];
    for (search, expected) in table {
        let filter = Filter { search: search.to_owned(), ..Filter::default() };
        assert_eq!(listed(&fixture, &OPERATOR, &merchant, filter).await, expected, "{search}");
    }
}

#[tokio::test]
async fn a_list_has_inactive_units_and_those_of_other_environments_when_it_is_asked_for_them() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    fixture.unit(&merchant, "1000", |_| {}).await;
    fixture.unit(&merchant, "2000", |unit| unit.active = false).await;
    fixture.unit(&merchant, "3000", |unit| unit.environment = Environment::Test).await;
    let list = async |environment, with_inactive| {
        let filter = Filter { environment, with_inactive, ..Filter::default() };
        listed(&fixture, &OPERATOR, &merchant, filter).await
    };
    assert_eq!(list(None, false).await, ["1000", "3000"]);
    assert_eq!(list(None, true).await, ["1000", "2000", "3000"]);
    assert_eq!(list(Some(Environment::Production), true).await, ["1000", "2000"]);
    assert_eq!(list(Some(Environment::Test), true).await, ["3000"]);
}

#[tokio::test]
async fn a_list_has_what_the_caller_may_see() {
    let fixture = Fixture::start().await;
    let (merchant, other) = (fixture.merchant().await, fixture.merchant().await);
    let (partner, stranger) = (fixture.partner().await, fixture.partner().await);
    fixture.unit(&merchant, "1000", |unit| unit.partner_id = Some(partner)).await;
    fixture.unit(&merchant, "2000", |_| {}).await;
    fixture.unit(&merchant, "3000", |_| {}).await;
    fixture.unit(&other, "4000", |unit| unit.partner_id = Some(partner)).await;
    let table: [(Caller, &[&str]); 7] = [
        (OPERATOR, &["1000", "2000", "3000"]),
        (fixture.administrator(&merchant), &["1000", "2000", "3000"]),
        (fixture.management_keys(&merchant), &["1000", "2000", "3000"]),
        (fixture.user(&merchant, Role::Assistant, &["2000", "4000"]), &["2000"]),
        (fixture.user(&merchant, Role::SalesUnitManager, &["1000", "3000"]), &["1000", "3000"]),
        (fixture.partner_keys(KeyKind::Partner, partner), &["1000"]),
        (fixture.partner_keys(KeyKind::Management, partner), &["1000"]),
    ];
    for (caller, expected) in table {
        assert_eq!(listed(&fixture, &caller, &merchant, Filter::default()).await, expected, "{caller:?}");
    }
    let nobody = a_merchant(merchant.market);
    let list = async |caller: &Caller, merchant: &Merchant| {
        list_sales_units(&fixture.app, caller, merchant.id, Filter::default(), (100, None)).await
    };
    for caller in [fixture.administrator(&other), fixture.partner_keys(KeyKind::Partner, stranger)] {
        let foreign = bytes(list(&caller, &merchant).await);
        assert_eq!(foreign, bytes(list(&caller, &nobody).await));
        assert_eq!(foreign.0, tonic::Code::NotFound);
    }
    assert_eq!(reason(list(&OPERATOR, &nobody).await), Reason::NotFound);
}

#[tokio::test]
async fn api_clients_list_what_they_may_act_for() {
    let fixture = Fixture::start().await;
    let (merchant, other) = (fixture.merchant().await, fixture.merchant().await);
    let partner = fixture.partner().await;
    fixture.unit(&merchant, "1000", |unit| unit.partner_id = Some(partner)).await;
    fixture.unit(&merchant, "2000", |_| {}).await;
    fixture.unit(&merchant, "3000", |unit| unit.active = false).await;
    fixture.unit(&other, "4000", |unit| unit.partner_id = Some(partner)).await;
    let table: [(Caller, &[&str]); 6] = [
        (fixture.unit_keys(&merchant, "2000"), &["2000"]),
        (fixture.unit_keys(&merchant, "3000"), &[]),
        (fixture.partner_keys(KeyKind::Partner, partner), &["1000", "4000"]),
        (fixture.partner_keys(KeyKind::Management, partner), &["1000", "4000"]),
        (fixture.management_keys(&merchant), &["1000", "2000"]),
        (fixture.access.client(KeyKind::Unspecified, Default::default(), &[]), &[]),
    ];
    for (caller, expected) in table {
        let listed = list_accessible_sales_units(&fixture.app, &caller, 1000, None).await.unwrap();
        assert_eq!(msns(&listed), expected, "{caller:?}");
        assert_eq!(listed.next_after, None);
    }
    let keys = fixture.management_keys(&merchant);
    let first = list_accessible_sales_units(&fixture.app, &keys, 1, None).await.unwrap();
    assert_eq!((msns(&first), first.next_after.clone()), (vec!["1000"], Some("1000".parse().unwrap())));
    let next = list_accessible_sales_units(&fixture.app, &keys, 1, first.next_after).await.unwrap();
    assert_eq!((msns(&next), next.next_after.clone()), (vec!["2000"], None));
    let accounting = fixture.access.client(KeyKind::Accounting, Default::default(), &["1000"]);
    for caller in [OPERATOR, fixture.administrator(&merchant), accounting] {
        let refused = list_accessible_sales_units(&fixture.app, &caller, 1000, None).await;
        assert_eq!(reason(refused), Reason::PermissionDenied);
    }
}

#[tokio::test]
async fn ten_thousand_units_are_listed_and_searched() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    fixture.unit(&merchant, "1000", |_| {}).await;
    let many = "
        INSERT INTO sales_units (msn, merchant_id, name, search_name, market, active, capture_type, features,
                                 created_at, available_at)
        SELECT number::text, merchant_id, 'Kasse ' || number, 'kasse ' || number, market, active, capture_type,
               features, created_at, available_at
        FROM sales_units, generate_series(100001, 109999) AS number";
    sqlx::query(many).execute(fixture.database.pool()).await.unwrap();
    let administrator = fixture.administrator(&merchant);
    let (mut count, mut after) = (0, None);
    loop {
        let page = (100, after.clone());
        let listed = list_sales_units(&fixture.app, &administrator, merchant.id, Filter::default(), page);
        let listed = listed.await.unwrap();
        count += listed.units.len();
        after = listed.next_after;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(count, 10_000);
    let filter = Filter { search: "SSE 109999".to_owned(), ..Filter::default() };
    assert_eq!(listed(&fixture, &administrator, &merchant, filter).await, ["109999"]);
}
