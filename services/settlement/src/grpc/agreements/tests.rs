//! What the operator decides, and who else may where there is nobody to ask.

use kvitt_proto::{
    error::v1::Reason,
    settlement::v1::{Agreement, EntryType, Topic},
};
use kvitt_runtime::ServiceName;

use super::*;
use crate::fixture::{
    Fixture, LOGIN_MSN, MSN, answered, by_client, by_foreigner, by_operator, by_service, by_user, named, nok,
    reason,
};

fn get(msn: &str) -> GetAgreementRequest {
    GetAgreementRequest { msn: msn.to_owned() }
}

fn set(agreement: Agreement) -> SetAgreementRequest {
    SetAgreementRequest { agreement: Some(Agreement { msn: MSN.to_owned(), ..agreement }) }
}

fn entry(key: &str, entry_type: EntryType, minor: i64, reference: &str) -> PostEntryRequest {
    PostEntryRequest {
        msn: MSN.to_owned(),
        idempotency_key: key.to_owned(),
        entry_type: entry_type.into(),
        topic: Topic::Funds.into(),
        amount: nok(minor),
        reference: reference.to_owned(),
    }
}

#[tokio::test]
async fn only_the_operator_decides_and_in_the_sandbox_clients_of_the_unit() {
    let fixture = Fixture::start().await;
    let (sandbox, production) = (fixture.grpc(), fixture.grpc_in_production());
    answered(sandbox.get_agreement(by_operator(get(MSN))).await);
    answered(production.get_agreement(by_operator(get(MSN))).await);
    answered(sandbox.get_agreement(by_client(get(MSN))).await);
    assert_eq!(reason(production.get_agreement(by_client(get(MSN))).await), Reason::PermissionDenied);
    assert_eq!(reason(sandbox.get_agreement(by_foreigner(get(MSN))).await), Reason::MsnNotCovered);
    assert_eq!(reason(sandbox.get_agreement(by_user(get(MSN))).await), Reason::PermissionDenied);
    let wallet = by_service(ServiceName::Wallet, get(MSN));
    assert_eq!(reason(sandbox.get_agreement(wallet).await), Reason::PermissionDenied);
    for msn in [LOGIN_MSN, "999999"] {
        assert_eq!(reason(sandbox.get_agreement(by_operator(get(msn))).await), Reason::NotFound, "{msn}");
    }
    let nothing = PostEntryRequest { msn: MSN.to_owned(), ..Default::default() };
    assert_eq!(reason(production.post_entry(by_client(nothing)).await), Reason::PermissionDenied);
    assert_eq!(
        reason(production.set_agreement(by_client(set(Agreement::default()))).await),
        Reason::PermissionDenied
    );
    assert_eq!(named(sandbox.set_agreement(by_operator(SetAgreementRequest::default())).await), ["msn"]);
}

#[tokio::test]
async fn an_agreement_holds_from_the_first_open_date_on_and_what_was_posted_stays() {
    let fixture = Fixture::start().await;
    let grpc = fixture.grpc();
    let ask = async || answered(grpc.get_agreement(by_operator(get(MSN))).await).agreement.expect("one");
    let today = || fixture.today(MSN).to_string();
    let package = ask().await;
    assert_eq!((package.percentage.as_str(), package.effective_from.as_str()), ("4", ""));
    fixture.capture(MSN, "order-1", 10_000).await;
    let wanted = Agreement { percentage: "2.50".to_owned(), fixed_minor: 100, ..Default::default() };
    let stored = answered(grpc.set_agreement(by_operator(set(wanted.clone()))).await).agreement.expect("one");
    let expected = Agreement {
        msn: MSN.to_owned(),
        percentage: "2.5".to_owned(),
        effective_from: today(),
        ..wanted.clone()
    };
    assert_eq!((&stored, ask().await), (&expected, expected.clone()));
    fixture.capture(MSN, "order-2", 10_000).await;
    fixture.pass_days(1).await;
    let later = set(Agreement { fixed_minor: 7, ..Default::default() });
    answered(grpc.set_agreement(by_operator(later)).await);
    fixture.capture(MSN, "order-3", 10_000).await;
    let fees: Vec<_> = fixture.posted(MSN).await.into_iter().filter(|one| one.entry_type == 3).collect();
    let amounts: Vec<_> = fees.iter().map(|one| one.amount_minor).collect();
    assert_eq!(amounts, [400, 350, 7]);
    assert_eq!(ask().await.effective_from, today());
}

#[tokio::test]
async fn dates_end_at_the_hour_that_is_agreed_from_the_first_open_date_on() {
    let fixture = Fixture::start().await;
    let grpc = fixture.grpc();
    fixture.capture(MSN, "order-1", 10_000).await;
    let midnight = fixture.ledger(MSN).await.closes_at;
    let cut_off = |minutes| set(Agreement { cut_off_minutes: minutes, ..Default::default() });
    answered(grpc.set_agreement(by_operator(cut_off(240))).await);
    assert_eq!(fixture.ledger(MSN).await.closes_at, midnight + chrono::TimeDelta::hours(4));
    // What is agreed after midnight ends no date in the past.
    let at = midnight + chrono::TimeDelta::hours(2);
    fixture.pass_until(at).await;
    answered(grpc.set_agreement(by_operator(cut_off(60))).await);
    assert_eq!(fixture.ledger(MSN).await.closes_at, at);
    fixture.pass().await;
    assert_eq!(fixture.ledger(MSN).await.closes_at, midnight + chrono::TimeDelta::hours(25));
}

#[tokio::test]
async fn an_entry_is_added_once_for_each_key() {
    let fixture = Fixture::start().await;
    let grpc = fixture.grpc();
    let top_up = |key: &str, minor| entry(key, EntryType::TopUp, minor, "Invoice 12");
    let first = answered(grpc.post_entry(by_operator(top_up("key-1", 500))).await).entry.expect("one");
    assert_eq!((first.amount_minor, first.balance_after_minor), (500, 500));
    assert_eq!(first.ledger_date, fixture.today(MSN).to_string());
    let again = answered(grpc.post_entry(by_operator(top_up("key-1", 500))).await).entry.expect("one");
    assert_eq!(again, first);
    let others = [
        top_up("key-1", 501),
        entry("key-1", EntryType::TopUp, 500, "Invoice 13"),
        entry("key-1", EntryType::Correction, 500, "Invoice 12"),
        entry("key-1", EntryType::ServiceFee, 500, "Invoice 12"),
    ];
    for other in others {
        assert_eq!(reason(grpc.post_entry(by_operator(other)).await), Reason::IdempotencyConflict);
    }
    let (one, next) = tokio::join!(
        grpc.post_entry(by_operator(top_up("key-2", 1))),
        grpc.post_entry(by_operator(top_up("key-2", 1))),
    );
    assert_eq!(answered(one), answered(next));
    let posted: Vec<_> = fixture.posted(MSN).await.iter().map(|one| one.amount_minor).collect();
    assert_eq!(posted, [500, 1]);
    assert!(fixture.findings().await.is_empty());
}

#[tokio::test]
async fn an_entry_after_the_end_of_a_date_waits_until_it_is_closed() {
    let fixture = Fixture::start().await;
    fixture.capture(MSN, "order-1", 10_000).await;
    let yesterday = fixture.today(MSN);
    // Nobody closes anything meanwhile.
    fixture.wait(chrono::TimeDelta::days(1));
    let request = || by_operator(entry("key-1", EntryType::Correction, -700, ""));
    assert_eq!(reason(fixture.grpc().post_entry(request()).await), Reason::Unavailable);
    fixture.pass().await;
    let posted = answered(fixture.grpc().post_entry(request()).await).entry.expect("one");
    assert_eq!(posted.ledger_date, fixture.today(MSN).to_string());
    assert_eq!((posted.balance_before_minor, posted.balance_after_minor), (0, -700));
    let ledger = fixture.ledger(MSN).await;
    assert_eq!((ledger.closed_through, ledger.next_payout_number), (yesterday, 2_000_002));
    assert!(fixture.findings().await.is_empty());
}

#[tokio::test]
async fn a_dispute_is_of_what_was_captured_and_its_return_of_what_is_disputed() {
    let fixture = Fixture::start().await;
    let grpc = fixture.grpc();
    fixture.capture(MSN, "order-1", 1_000).await;
    let (retained, returned) = (EntryType::RetainedDisputedCapture, EntryType::ReturnedDisputedCapture);
    let table = [
        ("key-1", retained, 1_001, "order-1", Err("amount")),
        ("key-1", retained, 600, "order-2", Err("amount")),
        ("key-1", retained, 600, "", Err("reference")),
        ("key-1", retained, 600, "order-1", Ok(-600)),
        ("key-2", retained, 401, "order-1", Err("amount")),
        ("key-2", returned, 601, "order-1", Err("amount")),
        ("key-2", returned, 600, "order-1", Ok(600)),
        ("key-3", retained, 1_000, "order-1", Ok(-1_000)),
        ("key-4", EntryType::Capture, 1, "", Err("entryType")),
        ("", EntryType::TopUp, 1, "", Err("idempotencyKey")),
        ("key-4", EntryType::TopUp, i64::MAX, "", Err("amount")),
        ("key-4", EntryType::TopUp, 1_000_000_000_001, "", Err("amount")),
        ("key-4", EntryType::TopUp, 1_000_000_000_000, "", Ok(1_000_000_000_000)),
        ("key-5", EntryType::Correction, i64::MIN, "", Err("amount")),
        ("key-5", EntryType::TopUp, 1, "a\u{0}b", Err("reference")),
    ];
    for (key, entry_type, minor, reference, expected) in table {
        let answer = grpc.post_entry(by_operator(entry(key, entry_type, minor, reference))).await;
        match expected {
            Ok(amount) => {
                assert_eq!(answered(answer).entry.expect("one").amount_minor, amount, "{key} {minor}");
            }
            Err(field) => assert_eq!(named(answer), [field], "{key} {entry_type:?} {minor} {reference:?}"),
        }
    }
    let euros = kvitt_proto::money::v1::Money {
        currency: kvitt_proto::money::v1::Currency::Eur.into(),
        amount_minor: 1,
    };
    let request = PostEntryRequest { amount: Some(euros), ..entry("key-6", EntryType::TopUp, 1, "") };
    assert_eq!(named(grpc.post_entry(by_operator(request)).await), ["amount.currency"]);
}
