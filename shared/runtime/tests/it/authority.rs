//! What callers may do.

use std::sync::atomic::Ordering;

use std::sync::Arc;

use kvitt_primitives::{ClientId, MerchantId, Msn, PartnerId, UserId};
use kvitt_proto::access::v1::{GetCoverageResponse, KeyKind, KeyOwner, Membership, Role, UnitGrant};
use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal::reason_of;
use kvitt_runtime::authority::{KnowsUnits, MAX_AGE, Unit, Units, Visible};
use kvitt_runtime::{Action, Authority, Caller, Principal, ServiceName};
use tonic::Status;
use uuid::Uuid;

use crate::support::Running;
use crate::support::access::{State, mesh};

const OWN: u128 = 1;
const OTHER: u128 = 2;
const PARTNER: u128 = 3;

/// Two units of one merchant, of which the first has a partner, and one of another merchant.
struct Shops;

#[tonic::async_trait]
impl KnowsUnits for Shops {
    async fn unit(&self, msn: &Msn) -> Result<Option<Unit>, Status> {
        let (merchant, partner) = match msn.as_str() {
            "123456" => (OWN, Some(PARTNER)),
            "123457" => (OWN, None),
            "654321" => (OTHER, None),
            _ => return Ok(None),
        };
        let partner_id = partner.map(|number| PartnerId::from_uuid(Uuid::from_u128(number)));
        Ok(Some(Unit { merchant_id: merchant_id(merchant), partner_id }))
    }
}

fn merchant_id(number: u128) -> MerchantId {
    MerchantId::from_uuid(Uuid::from_u128(number))
}

fn authority(access: &Running, name: ServiceName) -> Authority {
    Authority::new(&mesh(access, name), Units::local(Arc::new(Shops)))
}

const USER: Caller = Caller { principal: Principal::User(UserId::from_uuid(Uuid::nil())), via: None };

/// The reason of the refusal; `None` when it was allowed.
fn refused(answer: Result<(), Status>) -> Option<Reason> {
    answer.err().map(|status| reason_of(&status).unwrap())
}

fn client_caller(via: Option<ServiceName>) -> Caller {
    Caller { principal: Principal::Client(ClientId::from_uuid(Uuid::nil())), via }
}

fn msn(text: &str) -> Msn {
    text.parse().unwrap()
}

/// From now on clients cover these.
fn cover(state: &State, msns: &[&str]) {
    state.coverage.lock().unwrap().msns = msns.iter().map(ToString::to_string).collect();
    state.revision.fetch_add(1, Ordering::SeqCst);
}

#[tokio::test]
async fn a_client_may_act_for_the_units_its_keys_cover() {
    let access = State::new().serve().await;
    let authority = authority(&access, ServiceName::Payment);
    for via in [None, Some(ServiceName::Gateway)] {
        let caller = client_caller(via);
        authority.may(&caller, Action::CapturePayment, &msn("123456")).await.unwrap();
        let refused = authority.may(&caller, Action::CapturePayment, &msn("654321")).await.unwrap_err();
        assert_eq!(reason_of(&refused), Some(Reason::MsnNotCovered));
    }
}

#[tokio::test]
async fn requests_at_the_same_time_share_one_question_and_its_answer_lasts_until_it_changes() {
    let state = State::new();
    let access = state.serve().await;
    let authority = authority(&access, ServiceName::Payment);
    let (caller, action, msn) = (client_caller(None), Action::ReadPayment, msn("123456"));
    let answers = tokio::join!(
        authority.may(&caller, action, &msn),
        authority.may(&caller, action, &msn),
        authority.may(&caller, action, &msn)
    );
    assert!(answers.0.is_ok() && answers.1.is_ok() && answers.2.is_ok());
    assert_eq!(state.coverage_asked.load(Ordering::SeqCst), 1);

    // For longer than any answer could be relied on without asking for changes.
    let asked_at = std::time::Instant::now();
    while asked_at.elapsed() < MAX_AGE + MAX_AGE / 4 {
        authority.may(&caller, action, &msn).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(state.coverage_asked.load(Ordering::SeqCst), 1);
    assert!((2..=6).contains(&state.changes_asked.load(Ordering::SeqCst)));

    cover(&state, &[]);
    let taken_away_at = std::time::Instant::now();
    while authority.may(&caller, action, &msn).await.is_ok() {
        assert!(taken_away_at.elapsed() < MAX_AGE);
        tokio::task::yield_now().await;
    }
    assert_eq!(state.coverage_asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_service_alone_may_do_what_the_table_lists() {
    let access = State::new().serve().await;
    let authority = authority(&access, ServiceName::Payment);
    let wallet = Caller { principal: Principal::Service(ServiceName::Wallet), via: None };
    authority.may(&wallet, Action::FollowFeed, &msn("123456")).await.unwrap();
    let refused = authority.may(&wallet, Action::RefundPayment, &msn("123456")).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::PermissionDenied));
}

#[tokio::test]
async fn a_subscription_key_has_an_owner_or_is_invalid() {
    let access = State::new().serve().await;
    let authority = authority(&access, ServiceName::Gateway);
    let owner = authority.subscription_key_owner("known").await.unwrap();
    assert_eq!(owner, ClientId::from_uuid(Uuid::nil()));
    for key in ["unknown", &"x".repeat(300)] {
        let refused = authority.subscription_key_owner(key).await.unwrap_err();
        assert_eq!(reason_of(&refused), Some(Reason::SubscriptionKeyInvalid));
    }
}

#[tokio::test]
async fn a_failed_question_is_asked_again() {
    let state = State::new();
    cover(&state, &["123456", "not an msn"]);
    let access = state.serve().await;
    let authority = authority(&access, ServiceName::Payment);
    let client = ClientId::from_uuid(Uuid::nil());
    assert_eq!(reason_of(&authority.client(client).await.unwrap_err()), Some(Reason::Internal));
    cover(&state, &["123456"]);
    assert_eq!(*authority.client(client).await.unwrap().msns, [msn("123456")]);
}

/// An `access` that says this of every client.
async fn says(kind: KeyKind, owner: KeyOwner) -> Running {
    let state = State::new();
    *state.coverage.lock().unwrap() =
        GetCoverageResponse { kind: kind.into(), owner: Some(owner), ..Default::default() };
    state.serve().await
}

#[tokio::test]
async fn a_partner_acts_for_the_units_that_are_linked_to_it_and_hears_nothing_of_others() {
    let partner_id = Uuid::from_u128(PARTNER).to_string();
    let access = says(KeyKind::Partner, KeyOwner { partner_id, ..Default::default() }).await;
    let authority = authority(&access, ServiceName::Payment);
    let caller = client_caller(None);
    authority.may(&caller, Action::CapturePayment, &msn("123456")).await.unwrap();
    for foreign in ["123457", "654321", "999999"] {
        let foreign = msn(foreign);
        let answer = authority.may(&caller, Action::CapturePayment, &foreign).await;
        assert_eq!(refused(answer), Some(Reason::PartnerNotLinked), "{foreign}");
        let answer = authority.may(&caller, Action::ReadSalesUnit, &foreign).await;
        assert_eq!(refused(answer), Some(Reason::NotFound), "{foreign}");
    }
    let reports = authority.may(&caller, Action::DownloadReports, &msn("123456")).await;
    assert_eq!(refused(reports), Some(Reason::PermissionDenied));
    let visible = authority.visible(&caller, merchant_id(OWN)).await.unwrap();
    assert_eq!(visible, Visible::OfPartner(PartnerId::from_uuid(Uuid::from_u128(PARTNER))));
}

#[tokio::test]
async fn management_keys_read_their_merchants_units_and_move_no_money() {
    let merchant_id_text = merchant_id(OWN).to_string();
    let owner = KeyOwner { merchant_id: merchant_id_text, ..Default::default() };
    let access = says(KeyKind::Management, owner).await;
    let authority = authority(&access, ServiceName::Merchant);
    let caller = client_caller(None);
    authority.may(&caller, Action::ReadSalesUnit, &msn("123457")).await.unwrap();
    let foreign = authority.may(&caller, Action::ReadSalesUnit, &msn("654321")).await;
    assert_eq!(refused(foreign), Some(Reason::NotFound));
    let money = authority.may(&caller, Action::CapturePayment, &msn("123457")).await;
    assert_eq!(refused(money), Some(Reason::PermissionDenied));
    authority.may_for(&caller, Action::SeeAllUnits, merchant_id(OWN)).await.unwrap();
    let foreign = authority.may_for(&caller, Action::SeeAllUnits, merchant_id(OTHER)).await;
    assert_eq!(refused(foreign), Some(Reason::NotFound));
    assert_eq!(authority.visible(&caller, merchant_id(OWN)).await.unwrap(), Visible::All);
}

/// An `access` where every user is this at the merchant.
async fn user(role: Role, units: Vec<UnitGrant>) -> Running {
    let state = State::new();
    let merchant_id = merchant_id(OWN).to_string();
    *state.memberships.lock().unwrap() = vec![Membership { merchant_id, role: role.into(), units }];
    state.serve().await
}

#[tokio::test]
async fn a_users_grant_holds_on_the_unit_it_was_given_for_and_the_merchants_other_units_are_hidden() {
    let given = |msn: &str, transaction_management, developer| UnitGrant {
        msn: msn.to_owned(),
        transaction_management,
        developer,
    };
    let access = user(Role::Assistant, vec![given("123456", true, false)]).await;
    let authority = authority(&access, ServiceName::Payment);
    let may = async |action, unit: &str| refused(authority.may(&USER, action, &msn(unit)).await);
    assert_eq!(may(Action::CapturePayment, "123456").await, None);
    assert_eq!(may(Action::ManageKeys, "123456").await, Some(Reason::PermissionDenied));
    for hidden in ["123457", "654321", "999999"] {
        assert_eq!(may(Action::ReadPayment, hidden).await, Some(Reason::NotFound), "{hidden}");
        assert_eq!(may(Action::CapturePayment, hidden).await, Some(Reason::NotFound), "{hidden}");
    }
    let visible = authority.visible(&USER, merchant_id(OWN)).await.unwrap();
    assert_eq!(visible, Visible::These(vec![msn("123456")]));
}

#[tokio::test]
async fn an_administrator_has_all_units_of_the_merchant_and_none_of_another() {
    let access = user(Role::Administrator, Vec::new()).await;
    let authority = authority(&access, ServiceName::Merchant);
    for own in ["123456", "123457"] {
        authority.may(&USER, Action::ChangeSettlementAccount, &msn(own)).await.unwrap();
    }
    let foreign = authority.may(&USER, Action::ReadSalesUnit, &msn("654321")).await.unwrap_err();
    let absent = authority.may(&USER, Action::ReadSalesUnit, &msn("999999")).await.unwrap_err();
    assert_eq!(reason_of(&foreign), Some(Reason::NotFound));
    assert_eq!((foreign.message(), foreign.details()), (absent.message(), absent.details()));
    authority.may_for(&USER, Action::ManageUsers, merchant_id(OWN)).await.unwrap();
    let foreign = authority.may_for(&USER, Action::ManageUsers, merchant_id(OTHER)).await;
    assert_eq!(refused(foreign), Some(Reason::NotFound));
    assert_eq!(
        refused(authority.may(&USER, Action::CreatePayment, &msn("123456")).await),
        Some(Reason::PermissionDenied)
    );
}

#[tokio::test]
async fn for_the_merchant_as_a_whole_a_grant_on_any_unit_counts() {
    let developer = UnitGrant { msn: "123456".to_owned(), developer: true, ..Default::default() };
    let access = user(Role::SalesUnitManager, vec![developer]).await;
    let authority = authority(&access, ServiceName::Merchant);
    authority.may_for(&USER, Action::CreateTestData, merchant_id(OWN)).await.unwrap();
    let people = authority.may_for(&USER, Action::ManageUsers, merchant_id(OWN)).await;
    assert_eq!(refused(people), Some(Reason::PermissionDenied));
}

#[tokio::test]
async fn a_revoked_client_may_nothing_and_is_told_no_more_than_a_foreign_one() {
    let access = says(KeyKind::Unspecified, KeyOwner::default()).await;
    let authority = authority(&access, ServiceName::Payment);
    for action in Action::ALL {
        let answer = authority.may(&client_caller(None), *action, &msn("123456")).await;
        assert_eq!(refused(answer), Some(Reason::MsnNotCovered), "{action:?}");
    }
}
