use kvitt_proto::{
    access::v1::KeyOwner,
    merchant::v1::{self, merchant_service_server::MerchantService as _},
    money,
};
use kvitt_runtime::{Caller, ServiceName};
use tonic::Request;
use uuid::Uuid;

mod broken_fields;
mod changes;

use super::*;
use crate::fixture::{self, Fixture, OPERATOR, from};

/// The service, and the keys of the unit 123456 and of no other.
async fn start() -> (Fixture, Grpc, Caller) {
    let fixture = Fixture::start().await;
    let owner = KeyOwner { msn: "123456".to_owned(), ..Default::default() };
    let client = fixture.access.client(kvitt_proto::access::v1::KeyKind::SalesUnit, owner, &["123456"]);
    let grpc = fixture.grpc();
    (fixture, grpc, client)
}

async fn with_unit(msn: &str) -> (Fixture, Grpc, Caller) {
    let (fixture, grpc, client) = start().await;
    let merchant = merchant();
    let unit = v1::SalesUnit { msn: msn.to_owned(), ..unit(&merchant) };
    let request = v1::CreateMerchantRequest { merchant: Some(merchant) };
    grpc.create_merchant(from(OPERATOR, request)).await.unwrap();
    let request = v1::CreateSalesUnitRequest { sales_unit: Some(unit) };
    grpc.create_sales_unit(from(OPERATOR, request)).await.unwrap();
    (fixture, grpc, client)
}

async fn read(grpc: &Grpc, caller: Caller, msn: &str) -> Result<v1::SalesUnit, Status> {
    let request = v1::GetSalesUnitRequest { msn: msn.to_owned() };
    let response = grpc.get_sales_unit(from(caller, request)).await?;
    Ok(response.into_inner().sales_unit.unwrap())
}

async fn changes(grpc: &Grpc, after_revision: i64) -> Result<v1::ListSalesUnitChangesResponse, Status> {
    let request = v1::ListSalesUnitChangesRequest { after_revision };
    Ok(grpc.list_sales_unit_changes(Request::new(request)).await?.into_inner())
}

fn fields(refused: &Status) -> Vec<String> {
    assert_eq!(refusal::reason_of(refused), Some(Reason::FieldInvalid));
    refusal::field_violations_of(refused).into_iter().map(|violation| violation.field).collect()
}

fn address() -> v1::Address {
    v1::Address {
        lines: vec!["Storgata 1".to_owned()],
        post_code: "0155".to_owned(),
        city: "Oslo".to_owned(),
        country_code: "NO".to_owned(),
    }
}

fn merchant() -> v1::Merchant {
    v1::Merchant {
        merchant_id: Uuid::new_v4().to_string(),
        name: "Blåbær AS".to_owned(),
        market: v1::Market::No.into(),
        organization_number: fixture::an_organization_number(kvitt_primitives::Market::No)
            .as_str()
            .to_owned(),
        status: v1::MerchantStatus::Active.into(),
        company: Some(v1::Company {
            business_address: Some(address()),
            postal_address: None,
            email: "post@blaabaer.example".to_owned(),
            phone_number: "4799887766".to_owned(),
            website: "https://blaabaer.example".to_owned(),
        }),
        created_at: None,
        updated_at: None,
    }
}

fn unit(merchant: &v1::Merchant) -> v1::SalesUnit {
    v1::SalesUnit {
        msn: "123456".to_owned(),
        merchant_id: merchant.merchant_id.clone(),
        name: "Nettbutikk".to_owned(),
        market: v1::Market::No.into(),
        currency: money::v1::Currency::Nok.into(),
        active: true,
        capture_type: v1::CaptureType::ReserveCaptureFull.into(),
        features: vec![v1::Feature::PushMessage.into(), v1::Feature::CreditCard.into()],
        environment: v1::Environment::Production.into(),
        product_type: v1::ProductType::Cashier.into(),
        settlement_account: Some(account()),
        settlement_frequency: v1::SettlementFrequency::Monthly.into(),
        settlement_type: v1::SettlementType::Gross.into(),
        merchant_category_code: "5812".to_owned(),
        partner_id: String::new(),
        price_package_id: Uuid::new_v4().to_string(),
        location: Some(address()),
        has_logo: false,
        created_at: None,
    }
}

fn account() -> v1::SettlementAccount {
    v1::SettlementAccount {
        scheme: "BBAN:NO".to_owned(),
        id: "86011117947".to_owned(),
        state: v1::AccountState::Verified.into(),
    }
}

#[tokio::test]
async fn what_is_created_is_answered_and_read_as_it_was_sent() {
    let (_fixture, grpc, client) = start().await;
    let merchant = merchant();
    let unit = unit(&merchant);
    let request = v1::CreateMerchantRequest { merchant: Some(merchant.clone()) };
    let registered =
        grpc.create_merchant(from(OPERATOR, request)).await.unwrap().into_inner().merchant.unwrap();
    let (created_at, updated_at) = (registered.created_at, registered.updated_at);
    assert!(created_at.is_some() && created_at == updated_at);
    let merchant = v1::Merchant { created_at, updated_at, ..merchant };
    assert_eq!(registered, merchant);
    let request = v1::CreateSalesUnitRequest { sales_unit: Some(unit.clone()) };
    let opened =
        grpc.create_sales_unit(from(OPERATOR, request)).await.unwrap().into_inner().sales_unit.unwrap();
    let unit = v1::SalesUnit { created_at: opened.created_at, ..unit };
    assert_eq!(opened, unit);
    let request = v1::GetMerchantRequest { merchant_id: merchant.merchant_id.clone(), ..Default::default() };
    let answer = grpc.get_merchant(from(OPERATOR, request)).await.unwrap().into_inner();
    assert_eq!(answer.merchant, Some(merchant.clone()));
    assert_eq!(read(&grpc, client, &unit.msn).await.unwrap(), unit);
    let request = v1::ListSalesUnitsRequest { merchant_id: merchant.merchant_id, ..Default::default() };
    let answer = grpc.list_sales_units(from(OPERATOR, request)).await.unwrap().into_inner();
    assert_eq!((answer.sales_units, answer.next_page_token), (vec![unit], String::new()));
}

#[tokio::test]
async fn a_vm_number_is_registered_as_one() {
    let (_fixture, grpc, client) = start().await;
    let merchant = merchant();
    let number = v1::SalesUnit {
        product_type: v1::ProductType::VmNumber.into(),
        capture_type: v1::CaptureType::DirectCapture.into(),
        ..unit(&merchant)
    };
    let request = v1::CreateMerchantRequest { merchant: Some(merchant) };
    grpc.create_merchant(from(OPERATOR, request)).await.unwrap();
    let request = v1::CreateSalesUnitRequest { sales_unit: Some(number) };
    grpc.create_sales_unit(from(OPERATOR, request)).await.unwrap();
    let unit = read(&grpc, client, "123456").await.unwrap();
    assert_eq!(unit.product_type(), v1::ProductType::VmNumber);
    assert_eq!(unit.capture_type(), v1::CaptureType::DirectCapture);
}

#[tokio::test]
async fn what_is_not_given_is_what_the_contract_says_of_it() {
    let (_fixture, grpc, client) = start().await;
    let merchant = v1::Merchant { status: 0, company: None, ..merchant() };
    let unit = v1::SalesUnit {
        environment: 0,
        product_type: 0,
        settlement_account: Some(v1::SettlementAccount { state: 0, ..account() }),
        settlement_frequency: 0,
        settlement_type: 0,
        merchant_category_code: String::new(),
        price_package_id: String::new(),
        location: None,
        ..unit(&merchant)
    };
    let request = v1::CreateMerchantRequest { merchant: Some(merchant) };
    let merchant =
        grpc.create_merchant(from(OPERATOR, request)).await.unwrap().into_inner().merchant.unwrap();
    assert_eq!(merchant.status(), v1::MerchantStatus::Active);
    assert_eq!(merchant.company, Some(v1::Company::default()));
    let request = v1::CreateSalesUnitRequest { sales_unit: Some(unit) };
    grpc.create_sales_unit(from(OPERATOR, request)).await.unwrap();
    let unit = read(&grpc, client, "123456").await.unwrap();
    assert_eq!(unit.environment(), v1::Environment::Production);
    assert_eq!(unit.product_type(), v1::ProductType::PaymentIntegration);
    assert_eq!(unit.settlement_frequency(), v1::SettlementFrequency::Daily);
    assert_eq!(unit.settlement_type(), v1::SettlementType::Net);
    assert_eq!(unit.settlement_account.unwrap().state(), v1::AccountState::Verified);
}

#[tokio::test]
async fn a_merchant_is_found_by_its_business_identifier() {
    let (_fixture, grpc, _) = start().await;
    let merchant = merchant();
    let business_id = merchant.organization_number.clone();
    let merchant_id = merchant.merchant_id.clone();
    grpc.create_merchant(from(OPERATOR, v1::CreateMerchantRequest { merchant: Some(merchant) }))
        .await
        .unwrap();
    let request = v1::GetMerchantRequest {
        merchant_id: String::new(),
        business_scheme: "business:NO:ORG".to_owned(),
        business_id,
    };
    let answer = grpc.get_merchant(from(OPERATOR, request.clone())).await.unwrap().into_inner();
    assert_eq!(answer.merchant.unwrap().merchant_id, merchant_id);
    let table = [
        (v1::GetMerchantRequest::default(), "merchantId"),
        (v1::GetMerchantRequest { merchant_id, ..request.clone() }, "businessScheme"),
        (
            v1::GetMerchantRequest { business_scheme: "business:SE".to_owned(), ..request.clone() },
            "businessScheme",
        ),
        (v1::GetMerchantRequest { business_id: "12".to_owned(), ..request }, "businessId"),
    ];
    for (request, field) in table {
        assert_eq!(fields(&grpc.get_merchant(from(OPERATOR, request)).await.unwrap_err()), [field]);
    }
}

#[tokio::test]
async fn a_client_reads_its_own_unit_and_no_other() {
    let (_fixture, grpc, client) = with_unit("654321").await;
    for msn in ["654321", "9999"] {
        let refused = read(&grpc, client, msn).await.unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::MsnNotCovered), "{msn}");
    }
    let payment = fixture::service(ServiceName::Payment);
    assert_eq!(read(&grpc, payment, "654321").await.unwrap().msn, "654321");
    let refused = read(&grpc, payment, "9999").await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::NotFound));
}

#[tokio::test]
async fn what_has_changed_is_named_after_a_revision() {
    let (_fixture, grpc, _client) = with_unit("654321").await;
    let payment = fixture::service(ServiceName::Payment);
    let msns = vec!["654321".to_owned()];
    let expected = v1::ListSalesUnitChangesResponse { revision: 1, msns, all: false };
    assert_eq!(changes(&grpc, 0).await.unwrap(), expected);
    let expected = v1::ListSalesUnitChangesResponse { revision: 1, msns: Vec::new(), all: true };
    assert_eq!(changes(&grpc, 2).await.unwrap(), expected);
    assert_eq!(fields(&changes(&grpc, -1).await.unwrap_err()), ["afterRevision"]);
    let request = v1::GetSalesUnitRequest { msn: "654321".to_owned() };
    let read = grpc.get_sales_unit(from(payment, request)).await.unwrap().into_inner();
    assert_eq!(read.revision, 1);
    let resolve = v1::ResolveSalesUnitRequest { msn: "9999".to_owned() };
    let resolved = grpc.resolve_sales_unit(from(payment, resolve)).await.unwrap().into_inner();
    assert_eq!(resolved, v1::ResolveSalesUnitResponse { revision: 1, ..Default::default() });
}

#[tokio::test]
async fn conflicts_and_absences_have_their_reasons() {
    let (_fixture, grpc, _) = with_unit("123456").await;
    let stranger = unit(&merchant());
    let taken = v1::CreateSalesUnitRequest { sales_unit: Some(stranger.clone()) };
    let refused = grpc.create_sales_unit(from(OPERATOR, taken)).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::AlreadyExists));
    let orphan = v1::SalesUnit { msn: "2000".to_owned(), ..stranger };
    let request = v1::CreateSalesUnitRequest { sales_unit: Some(orphan.clone()) };
    let refused = grpc.create_sales_unit(from(OPERATOR, request)).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::NotFound));
    let request = v1::GetMerchantRequest { merchant_id: orphan.merchant_id, ..Default::default() };
    let refused = grpc.get_merchant(from(OPERATOR, request)).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::NotFound));
}

#[tokio::test]
async fn a_database_that_is_gone_is_unavailable() {
    let (fixture, grpc, _) = start().await;
    fixture.database.pool().close().await;
    let request = v1::CreateMerchantRequest { merchant: Some(merchant()) };
    let refused = grpc.create_merchant(from(OPERATOR, request)).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::Unavailable));
}
