use std::time::Duration;

use kvitt_primitives::{PartnerId, UserId};
use kvitt_proto::access::v1::{KeyKind, RegisterSalesUnitRequest};
use kvitt_runtime::Principal;
use uuid::Uuid;

use super::*;
use crate::{
    domain::Merchant,
    fixture::{Fixture, OPERATOR, an_organization_number, from},
    worker::Work,
};

mod conformance;
mod effects;
mod fields;
mod isolation;
mod races;
mod refusals;

/// Fourteen days, as clocks are moved.
const A_FORTNIGHT: Duration = Duration::from_secs(14 * 86_400);

/// The service without its network, and the words for what is asked of it.
struct Bench {
    fixture: Fixture,
    grpc: Grpc,
}

async fn bench() -> Bench {
    let fixture = Fixture::start().await;
    let grpc = fixture.grpc();
    Bench { fixture, grpc }
}

impl Bench {
    async fn apply(
        &self,
        caller: Caller,
        request: v1::ApplyForAgreementRequest,
    ) -> Result<v1::Order, Status> {
        let answer = self.grpc.apply_for_agreement(from(caller, request)).await?;
        Ok(answer.into_inner().order.unwrap())
    }

    async fn order(&self, caller: Caller, request: v1::OrderProductRequest) -> Result<v1::Order, Status> {
        Ok(self.grpc.order_product(from(caller, request)).await?.into_inner().order.unwrap())
    }

    async fn prefill(&self, caller: Caller, request: v1::PrefillOrderRequest) -> Result<v1::Order, Status> {
        Ok(self.grpc.prefill_order(from(caller, request)).await?.into_inner().order.unwrap())
    }

    async fn view(&self, caller: Caller, order_id: &str) -> Result<v1::Order, Status> {
        let request = v1::ViewOrderRequest { order_id: order_id.to_owned() };
        Ok(self.grpc.view_order(from(caller, request)).await?.into_inner().order.unwrap())
    }

    async fn submit(&self, caller: Caller, request: v1::SubmitOrderRequest) -> Result<v1::Order, Status> {
        Ok(self.grpc.submit_order(from(caller, request)).await?.into_inner().order.unwrap())
    }

    async fn delete(&self, caller: Caller, order_id: &str) -> Result<(), Status> {
        let request = v1::DeleteOrderRequest { order_id: order_id.to_owned() };
        self.grpc.delete_order(from(caller, request)).await.map(|_| ())
    }

    async fn ask(&self, caller: Caller, request: v1::RequestFeatureRequest) -> Result<v1::Order, Status> {
        Ok(self.grpc.request_feature(from(caller, request)).await?.into_inner().order.unwrap())
    }

    async fn get(&self, caller: Caller, order_id: &str) -> Result<v1::Order, Status> {
        let request = v1::GetOrderRequest { order_id: order_id.to_owned() };
        Ok(self.grpc.get_order(from(caller, request)).await?.into_inner().order.unwrap())
    }

    async fn list(&self, caller: Caller, request: v1::ListOrdersRequest) -> Result<Vec<v1::Order>, Status> {
        Ok(self.grpc.list_orders(from(caller, request)).await?.into_inner().orders)
    }

    async fn decide(&self, caller: Caller, order_id: &str, reason: &str) -> Result<v1::Order, Status> {
        let (order_id, reason) = (order_id.to_owned(), reason.to_owned());
        let request = v1::DecideOrderRequest { order_id, approve: reason.is_empty(), reason };
        Ok(self.grpc.decide_order(from(caller, request)).await?.into_inner().order.unwrap())
    }

    async fn approve(&self, order_id: &str) -> v1::Order {
        self.decide(OPERATOR, order_id, "").await.unwrap()
    }

    /// Does what is due now.
    async fn work(&self) {
        let work = Work::new(self.fixture.app.clone(), self.fixture.mesh.access());
        let settled = work.settle().await;
        assert!(!settled.failed, "{settled:?}");
    }

    /// A partner, and keys of it.
    async fn partner(&self) -> (PartnerId, Caller) {
        let partner = self.fixture.partner().await;
        (partner, self.fixture.partner_keys(KeyKind::Partner, partner))
    }
}

/// A user of the portal without a part in any merchant.
fn somebody() -> Caller {
    Caller { principal: Principal::User(UserId::from_uuid(Uuid::new_v4())), via: None }
}

fn id() -> String {
    Uuid::new_v4().to_string()
}

fn an_application() -> v1::ApplyForAgreementRequest {
    let market = kvitt_primitives::Market::No;
    let agreement = v1::Agreement {
        name: "Blåbær & sønn AS".to_owned(),
        market: v1::Market::No.into(),
        company: Some(v1::Company { email: "post@blaabaer.example".to_owned(), ..Default::default() }),
    };
    v1::ApplyForAgreementRequest {
        order_id: id(),
        business_scheme: "business:NO:ORG".to_owned(),
        business_id: an_organization_number(market).as_str().to_owned(),
        agreement: Some(agreement),
    }
}

fn a_product() -> v1::Product {
    v1::Product {
        product_type: v1::ProductType::PaymentIntegration.into(),
        sales_unit_name: "Nettbutikk".to_owned(),
        settlement_account: Some(account("86011117947")),
        use_case: "Website".to_owned(),
        annual_turnover: 1_000_000,
        annual_turnover_percentage: "50".to_owned(),
        intended_purpose: "Bær og syltetøy".to_owned(),
        website_url: "https://blaabaer.example".to_owned(),
        website_terms_url: "https://blaabaer.example/vilkaar".to_owned(),
        merchant_category_code: "5411".to_owned(),
        ..Default::default()
    }
}

fn account(number: &str) -> v1::SettlementAccount {
    v1::SettlementAccount { scheme: "BBAN:NO".to_owned(), id: number.to_owned(), state: 0 }
}

fn an_order(merchant: &Merchant) -> v1::OrderProductRequest {
    let merchant_id = merchant.id.to_string();
    v1::OrderProductRequest { order_id: id(), merchant_id, product: Some(a_product()) }
}

/// An order that a partner prefills for the merchant.
fn a_prefilling(merchant: &Merchant) -> v1::PrefillOrderRequest {
    v1::PrefillOrderRequest {
        idempotency_key: id(),
        business_scheme: "business:NO:ORG".to_owned(),
        business_id: merchant.organization_number.as_str().to_owned(),
        product: Some(a_product()),
    }
}

fn a_submission(merchant: &Merchant, order_id: &str) -> v1::SubmitOrderRequest {
    let merchant_id = merchant.id.to_string();
    v1::SubmitOrderRequest { order_id: order_id.to_owned(), merchant_id, product: None }
}

fn a_request(msn: &str, feature: v1::Feature) -> v1::RequestFeatureRequest {
    let request = v1::FeatureRequest {
        msn: msn.to_owned(),
        wanted: Some(v1::feature_request::Wanted::Feature(feature.into())),
        revenue_estimate: 250_000,
        description: "Bær hver uke".to_owned(),
    };
    v1::RequestFeatureRequest { order_id: id(), request: Some(request) }
}

fn of_merchant(merchant: &Merchant) -> v1::ListOrdersRequest {
    v1::ListOrdersRequest { merchant_id: merchant.id.to_string(), ..Default::default() }
}

fn ids(orders: &[v1::Order]) -> Vec<&str> {
    orders.iter().map(|order| order.order_id.as_str()).collect()
}

fn reason<T: std::fmt::Debug>(refused: Result<T, Status>) -> Reason {
    refusal::reason_of(&refused.unwrap_err()).unwrap()
}

fn broken<T: std::fmt::Debug>(refused: Result<T, Status>) -> Vec<String> {
    let refused = refused.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::FieldInvalid), "{refused:?}");
    refusal::field_violations_of(&refused).into_iter().map(|violation| violation.field).collect()
}

/// A black square.
fn a_logo(side: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![0; (side * side) as usize]).unwrap();
    writer.finish().unwrap();
    file
}
