//! Refusals that only a gRPC caller meets.

use kvitt_proto::access::v1::IssueTokenRequest;
use kvitt_proto::error::v1::Reason;
use kvitt_proto::merchant::v1::{CreateMerchantRequest, GetMerchantRequest, GetSalesUnitRequest};
use kvitt_proto::payment::v1::TailRequest;
use kvitt_proto::wallet::v1::FindPayerRequest;
use kvitt_tests::{Mesh, Shop, Stack};

use super::Provoked;

pub(crate) async fn provoke() -> Vec<Provoked> {
    let stack = Stack::shared();
    let shop = Shop::named("full").await;
    let operator = Mesh::operator(stack).await;
    let client = Mesh::with_token(stack, &shop.token);
    let find = FindPayerRequest { phone_number: shop.phone.clone() };
    let unknown = GetMerchantRequest { merchant_id: uuid::Uuid::new_v4().to_string(), ..Default::default() };
    let credentials = IssueTokenRequest {
        client_id: shop.keys.client_id.clone(),
        client_secret: "a-wrong-secret-of-some-length".to_owned(),
        subscription_key: shop.keys.primary.clone(),
    };
    let everything = client.feed().tail(TailRequest::default()).await.map(drop);
    vec![
        Provoked::grpc(Reason::MsnRequired, everything),
        Provoked::grpc(Reason::ClientInvalid, Mesh::nobody(stack).tokens().issue_token(credentials).await),
        Provoked::grpc(Reason::PermissionDenied, client.wallet().find_payer(find).await),
        Provoked::grpc(Reason::NotFound, operator.merchants().get_merchant(unknown).await),
        Provoked::grpc(Reason::AlreadyExists, renamed_merchant(&operator, &shop).await),
    ]
}

/// The unit's merchant again, under another name.
async fn renamed_merchant(
    operator: &Mesh,
    shop: &Shop,
) -> Result<tonic::Response<kvitt_proto::merchant::v1::CreateMerchantResponse>, tonic::Status> {
    let mut merchants = operator.merchants();
    let unit =
        merchants.get_sales_unit(GetSalesUnitRequest { msn: shop.keys.msn.clone() }).await?.into_inner();
    let merchant_id = unit.sales_unit.unwrap_or_default().merchant_id;
    let found =
        merchants.get_merchant(GetMerchantRequest { merchant_id, ..Default::default() }).await?.into_inner();
    let mut merchant = found.merchant.unwrap_or_default();
    merchant.name.push_str(" under another name");
    merchants.create_merchant(CreateMerchantRequest { merchant: Some(merchant) }).await
}
