use kvitt_primitives::ClientId;
use kvitt_proto::money;
use kvitt_runtime::{Mesh, MeshConfig, Principal};
use kvitt_testing::TestDatabase;
use tonic::Code;
use uuid::Uuid;

use super::*;

mod fake_access;

struct Fixture {
    grpc: Grpc,
    database: TestDatabase,
    /// A client whose keys cover the MSN 123456 and no other.
    client: Caller,
}

async fn fixture() -> Fixture {
    let database = TestDatabase::create("merchant", &crate::MIGRATIONS).await;
    let client_id = ClientId::from_uuid(Uuid::new_v4());
    let access_url = fake_access::start(client_id, "123456").await;
    let config = MeshConfig { access_url, service_secret: "secret-of-merchant".to_owned().into() };
    let mesh = Mesh::new(ServiceName::Merchant, &config).unwrap();
    let grpc =
        Grpc { pool: database.pool().clone(), authority: Authority::new(&mesh), clock: Clock::system() };
    Fixture { grpc, database, client: Caller { principal: Principal::Client(client_id), via: None } }
}

impl Fixture {
    async fn with_unit(msn: &str) -> Self {
        let fixture = fixture().await;
        let merchant = merchant();
        let unit = v1::SalesUnit { msn: msn.to_owned(), ..unit(&merchant) };
        let request = v1::CreateMerchantRequest { merchant: Some(merchant) };
        fixture.grpc.create_merchant(from(OPERATOR, request)).await.unwrap();
        let request = v1::CreateSalesUnitRequest { sales_unit: Some(unit) };
        fixture.grpc.create_sales_unit(from(OPERATOR, request)).await.unwrap();
        fixture
    }

    async fn read(&self, caller: Caller, msn: &str) -> Result<v1::SalesUnit, Status> {
        let request = v1::GetSalesUnitRequest { msn: msn.to_owned() };
        let response = self.grpc.get_sales_unit(from(caller, request)).await?;
        Ok(response.into_inner().sales_unit.unwrap())
    }

    async fn changes(
        &self,
        caller: Caller,
        after_revision: i64,
    ) -> Result<v1::ListSalesUnitChangesResponse, Status> {
        let request = v1::ListSalesUnitChangesRequest { after_revision };
        Ok(self.grpc.list_sales_unit_changes(from(caller, request)).await?.into_inner())
    }

    async fn broken_fields_of_unit(&self, unit: v1::SalesUnit) -> Vec<String> {
        let request = v1::CreateSalesUnitRequest { sales_unit: Some(unit) };
        fields(&self.grpc.create_sales_unit(from(OPERATOR, request)).await.unwrap_err())
    }
}

const OPERATOR: Caller = Caller { principal: Principal::Service(ServiceName::Launcher), via: None };

fn from<T>(caller: Caller, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(caller);
    request
}

fn fields(refused: &Status) -> Vec<String> {
    assert_eq!(refusal::reason_of(refused), Some(Reason::FieldInvalid));
    refusal::field_violations_of(refused).into_iter().map(|violation| violation.field).collect()
}

fn merchant() -> v1::Merchant {
    v1::Merchant {
        merchant_id: Uuid::new_v4().to_string(),
        name: "Blåbær AS".to_owned(),
        market: v1::Market::No.into(),
        organization_number: "987654325".to_owned(),
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
        features: vec![v1::Feature::PushMessage.into(), v1::Feature::LateCapture.into()],
    }
}

#[tokio::test]
async fn what_is_created_is_answered_and_read_as_it_was_sent() {
    let fixture = fixture().await;
    let merchant = merchant();
    let unit = unit(&merchant);
    let request = v1::CreateMerchantRequest { merchant: Some(merchant.clone()) };
    let answer = fixture.grpc.create_merchant(from(OPERATOR, request)).await.unwrap().into_inner();
    assert_eq!(answer.merchant.as_ref(), Some(&merchant));
    let request = v1::CreateSalesUnitRequest { sales_unit: Some(unit.clone()) };
    let answer = fixture.grpc.create_sales_unit(from(OPERATOR, request)).await.unwrap().into_inner();
    assert_eq!(answer.sales_unit.as_ref(), Some(&unit));
    let request = v1::GetMerchantRequest { merchant_id: merchant.merchant_id.clone() };
    let answer = fixture.grpc.get_merchant(from(OPERATOR, request)).await.unwrap().into_inner();
    assert_eq!(answer.merchant, Some(merchant.clone()));
    assert_eq!(fixture.read(fixture.client, &unit.msn).await.unwrap(), unit);
    let request = v1::ListSalesUnitsRequest { merchant_id: merchant.merchant_id, ..Default::default() };
    let answer = fixture.grpc.list_sales_units(from(OPERATOR, request)).await.unwrap().into_inner();
    assert_eq!((answer.sales_units, answer.next_page_token), (vec![unit], String::new()));
}

#[tokio::test]
async fn a_client_reads_its_own_unit_and_no_other() {
    let fixture = Fixture::with_unit("654321").await;
    for msn in ["654321", "9999"] {
        let refused = fixture.read(fixture.client, msn).await.unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::MsnNotCovered), "{msn}");
    }
    let payment = Caller { principal: Principal::Service(ServiceName::Payment), via: None };
    assert_eq!(fixture.read(payment, "654321").await.unwrap().msn, "654321");
    let refused = fixture.read(payment, "9999").await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::NotFound));
}

#[tokio::test]
async fn what_has_changed_is_for_services_only() {
    let fixture = Fixture::with_unit("654321").await;
    let payment = Caller { principal: Principal::Service(ServiceName::Payment), via: None };
    let msns = vec!["654321".to_owned()];
    let expected = v1::ListSalesUnitChangesResponse { revision: 1, msns, all: false };
    assert_eq!(fixture.changes(payment, 0).await.unwrap(), expected);
    let expected = v1::ListSalesUnitChangesResponse { revision: 1, msns: Vec::new(), all: true };
    assert_eq!(fixture.changes(payment, 2).await.unwrap(), expected);
    assert_eq!(fields(&fixture.changes(payment, -1).await.unwrap_err()), ["afterRevision"]);
    let refused = fixture.changes(fixture.client, 0).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let request = v1::GetSalesUnitRequest { msn: "654321".to_owned() };
    let read = fixture.grpc.get_sales_unit(from(payment, request)).await.unwrap().into_inner();
    assert_eq!(read.revision, 1);
}

#[tokio::test]
async fn only_the_operator_creates_and_looks_at_merchants() {
    let Fixture { grpc, client, .. } = fixture().await;
    let forwarded = Caller { via: Some(ServiceName::Payment), ..client };
    let merchant = merchant();
    let id = merchant.merchant_id.clone();
    let unit = unit(&merchant);
    let refusals = [
        grpc.create_merchant(from(client, v1::CreateMerchantRequest { merchant: Some(merchant) }))
            .await
            .err(),
        grpc.create_sales_unit(from(forwarded, v1::CreateSalesUnitRequest { sales_unit: Some(unit) }))
            .await
            .err(),
        grpc.get_merchant(from(forwarded, v1::GetMerchantRequest { merchant_id: id.clone() })).await.err(),
        grpc.list_sales_units(from(
            client,
            v1::ListSalesUnitsRequest { merchant_id: id, ..Default::default() },
        ))
        .await
        .err(),
    ];
    for refused in refusals {
        assert_eq!(refused.unwrap().code(), Code::PermissionDenied);
    }
}

#[tokio::test]
async fn every_broken_field_of_a_merchant_is_named() {
    let Fixture { grpc, .. } = fixture().await;
    let valid = merchant();
    let table = [
        (v1::Merchant { merchant_id: "x".to_owned(), ..valid.clone() }, vec!["merchant.merchantId"]),
        (v1::Merchant { name: String::new(), ..valid.clone() }, vec!["merchant.name"]),
        (v1::Merchant { name: "n".repeat(201), ..valid.clone() }, vec!["merchant.name"]),
        (v1::Merchant { market: 9, ..valid.clone() }, vec!["merchant.market"]),
        (v1::Merchant { organization_number: "12".to_owned(), ..valid }, vec!["merchant.organizationNumber"]),
        (v1::Merchant::default(), vec!["merchant.merchantId", "merchant.name", "merchant.market"]),
    ];
    for (merchant, expected) in table {
        let request = v1::CreateMerchantRequest { merchant: Some(merchant) };
        let refused = grpc.create_merchant(from(OPERATOR, request)).await.unwrap_err();
        assert_eq!(fields(&refused), expected);
    }
    let absent = grpc.create_merchant(from(OPERATOR, v1::CreateMerchantRequest::default())).await;
    assert_eq!(fields(&absent.unwrap_err()), ["merchant"]);
}

#[tokio::test]
async fn every_broken_field_of_a_sales_unit_is_named() {
    let fixture = fixture().await;
    let valid = unit(&merchant());
    let express = i32::from(v1::Feature::Express);
    let table = [
        (v1::SalesUnit { msn: "123".to_owned(), ..valid.clone() }, "salesUnit.msn"),
        (v1::SalesUnit { merchant_id: String::new(), ..valid.clone() }, "salesUnit.merchantId"),
        (v1::SalesUnit { name: "n".repeat(101), ..valid.clone() }, "salesUnit.name"),
        (v1::SalesUnit { name: "a\0b".to_owned(), ..valid.clone() }, "salesUnit.name"),
        (v1::SalesUnit { market: 0, ..valid.clone() }, "salesUnit.market"),
        (v1::SalesUnit { currency: money::v1::Currency::Dkk.into(), ..valid.clone() }, "salesUnit.currency"),
        (v1::SalesUnit { currency: 0, ..valid.clone() }, "salesUnit.currency"),
        (v1::SalesUnit { capture_type: 0, ..valid.clone() }, "salesUnit.captureType"),
        (v1::SalesUnit { features: vec![express, 0], ..valid.clone() }, "salesUnit.features[1]"),
        (v1::SalesUnit { features: vec![express, express], ..valid.clone() }, "salesUnit.features"),
        (v1::SalesUnit { features: vec![express, 1], ..valid }, "salesUnit.features"),
    ];
    for (unit, field) in table {
        assert_eq!(fixture.broken_fields_of_unit(unit).await, [field]);
    }
    let request = v1::CreateSalesUnitRequest::default();
    let absent = fixture.grpc.create_sales_unit(from(OPERATOR, request)).await;
    assert_eq!(fields(&absent.unwrap_err()), ["salesUnit"]);
}

#[tokio::test]
async fn a_page_is_asked_for_with_a_length_and_a_token_that_make_sense() {
    let Fixture { grpc, .. } = fixture().await;
    let valid = v1::ListSalesUnitsRequest { merchant_id: merchant().merchant_id, ..Default::default() };
    let table = [
        (v1::ListSalesUnitsRequest { merchant_id: "x".to_owned(), ..valid.clone() }, "merchantId"),
        (v1::ListSalesUnitsRequest { page_size: -1, ..valid.clone() }, "pageSize"),
        (v1::ListSalesUnitsRequest { page_size: 101, ..valid.clone() }, "pageSize"),
        (v1::ListSalesUnitsRequest { page_token: "next!".to_owned(), ..valid }, "pageToken"),
    ];
    for (request, field) in table {
        let refused = grpc.list_sales_units(from(OPERATOR, request)).await.unwrap_err();
        assert_eq!(fields(&refused), [field]);
    }
}

#[tokio::test]
async fn the_token_of_a_page_leads_to_the_next() {
    let Fixture { grpc, .. } = fixture().await;
    let merchant = merchant();
    let create = v1::CreateMerchantRequest { merchant: Some(merchant.clone()) };
    grpc.create_merchant(from(OPERATOR, create)).await.unwrap();
    for msn in ["1000", "2000", "3000"] {
        let sales_unit = Some(v1::SalesUnit { msn: msn.to_owned(), ..unit(&merchant) });
        grpc.create_sales_unit(from(OPERATOR, v1::CreateSalesUnitRequest { sales_unit })).await.unwrap();
    }
    let mut page_token = String::new();
    for expected in [vec!["1000", "2000"], vec!["3000"]] {
        let merchant_id = merchant.merchant_id.clone();
        let request = v1::ListSalesUnitsRequest { merchant_id, page_size: 2, page_token };
        let page = grpc.list_sales_units(from(OPERATOR, request)).await.unwrap().into_inner();
        let msns: Vec<_> = page.sales_units.into_iter().map(|unit| unit.msn).collect();
        assert_eq!(msns, expected);
        page_token = page.next_page_token;
    }
    assert_eq!(page_token, "");
}

#[tokio::test]
async fn conflicts_and_absences_have_their_reasons() {
    let Fixture { grpc, .. } = Fixture::with_unit("123456").await;
    let stranger = unit(&merchant());
    let taken = v1::CreateSalesUnitRequest { sales_unit: Some(stranger.clone()) };
    let refused = grpc.create_sales_unit(from(OPERATOR, taken)).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::AlreadyExists));
    let orphan = v1::SalesUnit { msn: "2000".to_owned(), ..stranger };
    let request = v1::CreateSalesUnitRequest { sales_unit: Some(orphan.clone()) };
    let refused = grpc.create_sales_unit(from(OPERATOR, request)).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::NotFound));
    let request = v1::GetMerchantRequest { merchant_id: orphan.merchant_id };
    let refused = grpc.get_merchant(from(OPERATOR, request)).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::NotFound));
}

#[tokio::test]
async fn a_database_that_is_gone_is_unavailable() {
    let fixture = fixture().await;
    fixture.database.pool().close().await;
    let request = v1::CreateMerchantRequest { merchant: Some(merchant()) };
    let refused = fixture.grpc.create_merchant(from(OPERATOR, request)).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::Unavailable));
}
