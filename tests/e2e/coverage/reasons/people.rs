//! Refusals about users, keys, units, partners and orders.

use kvitt_proto::access::v1::{
    IssueUserTokenRequest, Membership, RegisterPersonRequest, RemoveUserRequest, Role, SetMembershipRequest,
};
use kvitt_proto::error::v1::Reason;
use kvitt_proto::merchant::v1::{
    ChangeSettlementAccountRequest, ChangeSettlementFrequencyRequest, CreateSalesUnitRequest,
    DecideOrderRequest, Environment, Feature, FeatureRequest, GetSalesUnitRequest, RequestFeatureRequest,
    SalesUnit, SettlementAccount, SettlementFrequency, UpdateSalesUnitRequest, feature_request::Wanted,
};
use kvitt_tests::people::person;
use kvitt_tests::{Keys, Mesh, Shop, Stack, UnitPlan};
use tonic::{Response, Status};
use uuid::Uuid;

use super::Provoked;

pub(crate) async fn provoke() -> Vec<Provoked> {
    let stack = Stack::shared();
    let mut provoked = signing_in(stack).await;
    provoked.extend(users(stack).await);
    provoked.extend(units(stack).await);
    provoked.extend(orders(stack).await);
    provoked
}

async fn signing_in(stack: &Stack) -> Vec<Provoked> {
    // Of the series that Sweden reserves for tests; a part in no merchant.
    let (country, national_id) = ("SE".to_owned(), "189001019802".to_owned());
    let stranger =
        RegisterPersonRequest { country, national_id, phone_number: String::new(), name: "Ingen".to_owned() };
    let operator = Mesh::operator(stack).await;
    operator.users().register_person(stranger.clone()).await.expect("a person can be registered");
    let session = IssueUserTokenRequest { session_secret: "nobody's".to_owned() };
    vec![
        Provoked::grpc(Reason::NoAccess, stack.log_in("SE", &stranger.national_id).await),
        Provoked::grpc(Reason::LoginFailed, stack.log_in("NO", "01010112345").await),
        Provoked::grpc(
            Reason::SessionInvalid,
            Mesh::nobody(stack).sessions().issue_user_token(session).await,
        ),
    ]
}

async fn users(stack: &Stack) -> Vec<Provoked> {
    let dane = stack.user("dane").await;
    let merchant_id = person("dane").parts[0].merchant.id.to_owned();
    let membership =
        Membership { merchant_id: merchant_id.clone(), role: Role::Administrator.into(), units: Vec::new() };
    let own = SetMembershipRequest { user_id: dane.user_id.clone(), membership: Some(membership) };
    let last = RemoveUserRequest { merchant_id, user_id: dane.user_id.clone() };
    vec![
        Provoked::grpc(Reason::OwnRole, dane.mesh.users().set_membership(own).await),
        Provoked::grpc(Reason::LastAdministrator, dane.mesh.users().remove_user(last).await),
    ]
}

async fn account(mesh: &Mesh, msn: &str, id: &str) -> Result<(), Status> {
    let account = SettlementAccount { scheme: "BBAN:NO".to_owned(), id: id.to_owned(), ..Default::default() };
    let request = ChangeSettlementAccountRequest { msn: msn.to_owned(), account: Some(account) };
    mesh.merchants().change_settlement_account(request).await.map(drop)
}

async fn units(stack: &Stack) -> Vec<Provoked> {
    let administrator = stack.user("administrator").await;
    let dane = stack.user("dane").await;
    let weekly = ChangeSettlementFrequencyRequest {
        msn: stack.keys("danish").msn.clone(),
        frequency: SettlementFrequency::Weekly.into(),
    };
    let unverified = stack.open_unit(UnitPlan::default()).await;
    let neighbours = account(&administrator.mesh, &unverified.msn, "60390511119").await;
    account(&administrator.mesh, &unverified.msn, "12345678911").await.expect("nobody knows whose it is");
    let unverified = Shop::open(stack, &unverified).await;
    let created = unverified.create(&unverified.minimal(10_000)).await;
    let partner = Keys { msn: stack.keys("danish").msn.clone(), ..stack.keys("partner").clone() };
    let partner = Shop::open(stack, &partner).await;
    vec![
        Provoked::grpc(
            Reason::FrequencyNotAvailable,
            dane.mesh.merchants().change_settlement_frequency(weekly).await,
        ),
        Provoked::grpc(Reason::AccountNotOwned, neighbours),
        Provoked::rest(Reason::AccountNotVerified, created),
        Provoked::rest(Reason::PartnerNotLinked, partner.create(&partner.minimal(10_000)).await),
        Provoked::grpc(Reason::TestUnitImmutable, renamed_test_unit(stack).await),
    ]
}

async fn renamed_test_unit(stack: &Stack) -> Result<Response<()>, Status> {
    let operator = Mesh::operator(stack).await;
    let mut merchants = operator.merchants();
    let like = GetSalesUnitRequest { msn: stack.keys("full").msn.clone() };
    let like = merchants.get_sales_unit(like).await?.into_inner().sales_unit.unwrap_or_default();
    let msn = format!("6{:09}", Uuid::new_v4().as_u128() % 1_000_000_000);
    let unit = SalesUnit {
        msn: msn.clone(),
        environment: Environment::Test.into(),
        partner_id: String::new(),
        ..like
    };
    merchants.create_sales_unit(CreateSalesUnitRequest { sales_unit: Some(unit) }).await?;
    let name = Some("Et annet navn".to_owned());
    let renamed = merchants.update_sales_unit(UpdateSalesUnitRequest { msn, name, location: None }).await;
    renamed.map(|_| Response::new(()))
}

async fn orders(stack: &Stack) -> Vec<Provoked> {
    let unit =
        stack.open_unit(UnitPlan { features: vec![Feature::PushMessage], ..UnitPlan::default() }).await;
    let administrator = stack.user("administrator").await;
    let request = async |feature: Feature| {
        let wanted = FeatureRequest {
            msn: unit.msn.clone(),
            wanted: Some(Wanted::Feature(feature.into())),
            description: "A test asks for it".to_owned(),
            ..Default::default()
        };
        let order_id = Uuid::new_v4().to_string();
        let request = RequestFeatureRequest { order_id: order_id.clone(), request: Some(wanted) };
        administrator.mesh.orders().request_feature(request).await.map(|_| order_id)
    };
    let operator = Mesh::operator(stack).await;
    let order_id = request(Feature::LongLiving).await.expect("the unit lacks it");
    let reject =
        DecideOrderRequest { order_id: order_id.clone(), approve: false, reason: "Not now".to_owned() };
    operator.orders().decide_order(reject).await.expect("it was open");
    let approve = DecideOrderRequest { order_id, approve: true, reason: String::new() };
    vec![
        Provoked::grpc(Reason::OrderNotOpen, operator.orders().decide_order(approve).await),
        Provoked::grpc(Reason::FeaturePresent, request(Feature::PushMessage).await),
    ]
}
