//! What callers may do.

use std::sync::atomic::Ordering;

use kvitt_primitives::{ClientId, Msn};
use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal::reason_of;
use kvitt_runtime::{Action, Authority, Caller, Principal, ServiceName, authority::MAX_AGE};
use uuid::Uuid;

use crate::support::access::{State, mesh};

fn client_caller(via: Option<ServiceName>) -> Caller {
    Caller { principal: Principal::Client(ClientId::from_uuid(Uuid::nil())), via }
}

fn msn(text: &str) -> Msn {
    text.parse().unwrap()
}

/// From now on clients cover these.
fn cover(state: &State, msns: &[&str]) {
    let mut covered = state.covered.lock().unwrap();
    *covered = msns.iter().map(ToString::to_string).collect();
    state.revision.fetch_add(1, Ordering::SeqCst);
}

#[tokio::test]
async fn a_client_may_act_for_the_units_its_keys_cover() {
    let access = State::new().serve().await;
    let authority = Authority::new(&mesh(&access, ServiceName::Payment));
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
    let authority = Authority::new(&mesh(&access, ServiceName::Payment));
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
    let authority = Authority::new(&mesh(&access, ServiceName::Payment));
    let wallet = Caller { principal: Principal::Service(ServiceName::Wallet), via: None };
    authority.may(&wallet, Action::FollowFeed, &msn("123456")).await.unwrap();
    let refused = authority.may(&wallet, Action::RefundPayment, &msn("123456")).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::PermissionDenied));
}

#[tokio::test]
async fn a_subscription_key_has_an_owner_or_is_invalid() {
    let access = State::new().serve().await;
    let authority = Authority::new(&mesh(&access, ServiceName::Gateway));
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
    let authority = Authority::new(&mesh(&access, ServiceName::Payment));
    let client = ClientId::from_uuid(Uuid::nil());
    assert_eq!(reason_of(&authority.msns(client).await.unwrap_err()), Some(Reason::Internal));
    cover(&state, &["123456"]);
    assert_eq!(*authority.msns(client).await.unwrap(), [msn("123456")]);
}
