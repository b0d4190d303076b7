use kvitt_primitives::Market;
use kvitt_proto::{
    access::v1::{KeyKind, Role},
    error::v1::Reason,
    refusal,
};
use kvitt_runtime::Caller;
use tonic::Status;

use super::*;
use crate::{
    app::Error,
    domain::{Address, AddressParts, Company, Merchant, Name, Website},
    fixture::{Fixture, OPERATOR, a_merchant, an_organization_number},
};

fn company() -> Company {
    let parts = AddressParts {
        lines: vec!["Storgata 1".to_owned(), "3. etasje".to_owned()],
        post_code: "0155".to_owned(),
        city: "Oslo".to_owned(),
        country_code: "NO".to_owned(),
    };
    Company {
        business_address: Some(Address::try_new(parts).unwrap()),
        postal_address: None,
        email: Some("kari@fjordbutikken.example".parse().unwrap()),
        phone_number: Some("4799887766".parse().unwrap()),
        website: Some(Website::try_new("https://fjordbutikken.example".to_owned()).unwrap()),
    }
}

async fn read(fixture: &Fixture, caller: &Caller, merchant: &Merchant) -> Result<Merchant, Error> {
    get_merchant(&fixture.app, caller, &Which::Id(merchant.id)).await
}

/// Everything of a refusal that a caller sees.
fn bytes<T>(outcome: Result<T, Error>) -> (tonic::Code, String, Vec<u8>) {
    let status = Status::from(outcome.map(|_| ()).unwrap_err());
    (status.code(), status.message().to_owned(), status.details().to_vec())
}

#[tokio::test]
async fn a_merchant_reads_back_as_registered_and_again_is_answered_alike() {
    let fixture = Fixture::start().await;
    let merchant = Merchant { company: company(), ..a_merchant(Market::No) };
    for _ in 0..2 {
        let stored = create_merchant(&fixture.app, &OPERATOR, &merchant).await.unwrap();
        assert_eq!(stored.company, merchant.company);
    }
    let stored = read(&fixture, &OPERATOR, &merchant).await.unwrap();
    assert_eq!(stored, Merchant { created_at: stored.created_at, updated_at: stored.updated_at, ..merchant });
    assert_eq!(fixture.told().await.len(), 1);
}

#[tokio::test]
async fn another_merchant_under_the_same_id_is_a_conflict_and_so_is_the_same_company_under_another() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let renamed = Merchant { name: Name::try_new("Other AS".to_owned()).unwrap(), ..merchant.clone() };
    let refused = create_merchant(&fixture.app, &OPERATOR, &renamed).await;
    assert!(matches!(refused, Err(Error::MerchantExists)));
    let number = merchant.organization_number.clone();
    let doubled = Merchant { organization_number: number, ..a_merchant(Market::No) };
    let refused = create_merchant(&fixture.app, &OPERATOR, &doubled).await;
    assert!(matches!(refused, Err(Error::CompanyExists)));
    assert_eq!(read(&fixture, &OPERATOR, &merchant).await.unwrap(), merchant);
}

#[tokio::test]
async fn a_registration_is_recognised_although_the_merchant_has_changed_since() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let changed = update_company(&fixture.app, &OPERATOR, merchant.id, &company()).await.unwrap();
    assert_eq!(create_merchant(&fixture.app, &OPERATOR, &merchant).await.unwrap(), changed);
    assert_eq!(create_merchant(&fixture.app, &OPERATOR, &changed).await.unwrap(), changed);
}

#[tokio::test]
async fn a_merchant_is_read_by_its_people_its_keys_and_its_partner_and_by_nobody_else() {
    let fixture = Fixture::start().await;
    let (merchant, other) = (fixture.merchant().await, fixture.merchant().await);
    let (partner, stranger) = (fixture.partner().await, fixture.partner().await);
    fixture.unit(&merchant, "1000", |unit| unit.partner_id = Some(partner)).await;
    fixture.unit(&other, "2000", |unit| unit.partner_id = Some(stranger)).await;
    let see = [
        OPERATOR,
        fixture.administrator(&merchant),
        fixture.user(&merchant, Role::Assistant, &["1000"]),
        fixture.management_keys(&merchant),
        fixture.partner_keys(KeyKind::Partner, partner),
        fixture.partner_keys(KeyKind::Management, partner),
    ];
    let by_number = Which::Number(merchant.organization_number.clone());
    for caller in see {
        assert_eq!(read(&fixture, &caller, &merchant).await.unwrap(), merchant);
        assert_eq!(get_merchant(&fixture.app, &caller, &by_number).await.unwrap(), merchant);
    }
    let do_not = [
        fixture.administrator(&other),
        fixture.management_keys(&other),
        fixture.partner_keys(KeyKind::Partner, stranger),
        fixture.partner_keys(KeyKind::Management, stranger),
        fixture.access.client(KeyKind::Accounting, Default::default(), &["1000"]),
    ];
    let nobody = a_merchant(Market::No);
    let no_number = Which::Number(an_organization_number(Market::No));
    for caller in do_not {
        let foreign = bytes(read(&fixture, &caller, &merchant).await);
        assert_eq!(foreign, bytes(read(&fixture, &caller, &nobody).await));
        assert_eq!(foreign.0, tonic::Code::NotFound);
        assert_eq!(foreign, bytes(get_merchant(&fixture.app, &caller, &by_number).await));
        assert_eq!(foreign, bytes(get_merchant(&fixture.app, &caller, &no_number).await));
    }
    assert!(matches!(read(&fixture, &OPERATOR, &nobody).await, Err(Error::MerchantNotFound)));
}

#[tokio::test]
async fn an_administrator_changes_the_company_and_nobody_else_does() {
    let fixture = Fixture::start().await;
    let (merchant, other) = (fixture.merchant().await, fixture.merchant().await);
    fixture.unit(&merchant, "1000", |_| {}).await;
    let administrator = fixture.administrator(&merchant);
    let changed = update_company(&fixture.app, &administrator, merchant.id, &company()).await.unwrap();
    assert_eq!(changed.company, company());
    assert!(changed.updated_at > merchant.updated_at);
    assert_eq!(read(&fixture, &OPERATOR, &merchant).await.unwrap(), changed);
    update_company(&fixture.app, &administrator, merchant.id, &company()).await.unwrap();
    let table = [
        (fixture.user(&merchant, Role::SalesUnitManager, &["1000"]), Reason::PermissionDenied),
        (fixture.management_keys(&merchant), Reason::PermissionDenied),
        (fixture.unit_keys(&merchant, "1000"), Reason::PermissionDenied),
        (fixture.administrator(&other), Reason::NotFound),
        (fixture.management_keys(&other), Reason::NotFound),
    ];
    for (caller, reason) in table {
        let refused = update_company(&fixture.app, &caller, merchant.id, &Company::default()).await;
        assert_eq!(refusal::reason_of(&refused.unwrap_err().into()), Some(reason), "{caller:?}");
    }
    let told: Vec<_> = fixture.told().await.into_iter().map(|(action, _)| action).collect();
    assert_eq!(told, ["merchant.registered", "merchant.registered", "unit.opened", "merchant.changed"]);
}

#[tokio::test]
async fn the_audit_log_knows_what_changed_about_a_company_and_no_persons_address() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    update_company(&fixture.app, &OPERATOR, merchant.id, &company()).await.unwrap();
    let (before, after): (String, String) =
        sqlx::query_as("SELECT before, after FROM audit_log WHERE action = 'merchant.changed'")
            .fetch_one(fixture.database.pool())
            .await
            .unwrap();
    for entry in [&before, &after] {
        assert!(!entry.contains("kari@") && !entry.contains("4799887766"), "{entry}");
    }
    let after: serde_json::Value = serde_json::from_str(&after).unwrap();
    assert_eq!(after["changed"], serde_json::json!(["businessAddress", "email", "phoneNumber", "website"]));
    assert_eq!(after["businessAddress"]["city"], "Oslo");
}
