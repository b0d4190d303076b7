//! What readers of ledgers see.

use kvitt_proto::{
    error::v1::Reason,
    merchant::v1::ProductType,
    settlement::v1::{Entry, EntryType, Topic},
};
use kvitt_runtime::ServiceName;

use super::*;
use crate::fixture::{
    DK_MSN, FI_MSN, FOREIGN_MSN, Fixture, LOGIN_MSN, MSN, TEST_MSN, VM_MSN, answered, by_accountant,
    by_assistant, by_client, by_foreigner, by_partner, by_service, by_stranger, by_user, named, reason,
};

fn feed(msn: &str) -> FollowEntriesRequest {
    FollowEntriesRequest { ledger_id: format!("{msn}01"), topic: Topic::Funds.into(), ..Default::default() }
}

fn of_date(fixture: &Fixture, topic: Topic, days: i64) -> ListEntriesOfDateRequest {
    let date = fixture.today(MSN) + chrono::TimeDelta::days(days);
    ListEntriesOfDateRequest {
        ledger_id: format!("{MSN}01"),
        topic: topic.into(),
        ledger_date: date.to_string(),
        ..Default::default()
    }
}

async fn msns(fixture: &Fixture, request: Request<ListLedgersRequest>) -> Vec<String> {
    let listed = answered(fixture.grpc().list_ledgers(request).await);
    assert_eq!(listed.next_page_token, "");
    listed.ledgers.into_iter().map(|ledger| ledger.msn).collect()
}

fn amounts(entries: &[Entry]) -> Vec<i64> {
    entries.iter().map(|entry| entry.amount_minor).collect()
}

#[tokio::test]
async fn a_ledger_is_there_for_those_who_may_download_reports_and_for_nobody_else() {
    let fixture = Fixture::start().await;
    let grpc = fixture.grpc();
    fixture.grant(&[MSN]);
    let readers = [
        by_client(feed(MSN)),
        by_accountant(feed(MSN)),
        by_user(feed(MSN)),
        by_assistant(feed(MSN)),
        by_user(feed(VM_MSN)),
        by_service(ServiceName::Launcher, feed(FOREIGN_MSN)),
    ];
    for request in readers {
        let page = answered(grpc.follow_entries(request).await);
        assert!(page.entries.is_empty() && page.try_later && !page.cursor.is_empty());
    }
    let others = [
        by_foreigner(feed(MSN)),
        by_partner(feed(MSN)),
        by_stranger(feed(MSN)),
        by_accountant(feed(VM_MSN)),
        by_assistant(feed(VM_MSN)),
        by_user(feed(FOREIGN_MSN)),
        by_user(feed(TEST_MSN)),
        by_user(feed(LOGIN_MSN)),
        by_service(ServiceName::Wallet, feed(MSN)),
        by_service(ServiceName::Launcher, feed("999999")),
        by_client(FollowEntriesRequest { ledger_id: MSN.to_owned(), ..feed(MSN) }),
        by_client(FollowEntriesRequest { ledger_id: String::new(), ..feed(MSN) }),
        // Nor are they told what else is wrong with what they ask.
        by_foreigner(FollowEntriesRequest { cursor: "x".to_owned(), topic: 0, ..feed(MSN) }),
    ];
    for request in others {
        assert_eq!(reason(grpc.follow_entries(request).await), Reason::LedgerNotFound);
    }
}

#[tokio::test]
async fn everybody_is_listed_their_own_ledgers() {
    let fixture = Fixture::start().await;
    fixture.grant(&[FOREIGN_MSN, TEST_MSN, VM_MSN]);
    let all = || ListLedgersRequest::default();
    assert_eq!(msns(&fixture, by_client(all())).await, [MSN]);
    assert_eq!(msns(&fixture, by_accountant(all())).await, [VM_MSN, FOREIGN_MSN]);
    assert_eq!(msns(&fixture, by_assistant(all())).await, [MSN]);
    assert_eq!(msns(&fixture, by_user(all())).await, [MSN, FI_MSN, DK_MSN, VM_MSN]);
    assert!(msns(&fixture, by_partner(all())).await.is_empty());
    assert!(msns(&fixture, by_stranger(all())).await.is_empty());
    assert!(msns(&fixture, by_service(ServiceName::Wallet, all())).await.is_empty());
    // Of the operator, those in which something has been posted.
    assert!(msns(&fixture, by_service(ServiceName::Launcher, all())).await.is_empty());
    fixture.capture(FOREIGN_MSN, "order-1", 100).await;
    assert_eq!(msns(&fixture, by_service(ServiceName::Launcher, all())).await, [FOREIGN_MSN]);

    let settling = |handle: &str| ListLedgersRequest { recipient_handle: handle.to_owned(), ..all() };
    assert_eq!(msns(&fixture, by_accountant(settling(&format!("NO:{VM_MSN}")))).await, [VM_MSN]);
    for handle in [format!("api:{VM_MSN}"), format!("api:{MSN}"), format!("NO:{FOREIGN_MSN}"), ":".to_owned()]
    {
        assert!(msns(&fixture, by_accountant(settling(&handle))).await.is_empty(), "{handle}");
    }
}

#[tokio::test]
async fn a_list_of_ledgers_is_walked_in_pages() {
    let fixture = Fixture::start().await;
    let (mut walked, mut sizes, mut page_token) = (Vec::new(), Vec::new(), String::new());
    loop {
        let request = ListLedgersRequest { page_size: 2, page_token, ..Default::default() };
        let page = answered(fixture.grpc().list_ledgers(by_user(request)).await);
        sizes.push(page.ledgers.len());
        walked.extend(page.ledgers.into_iter().map(|ledger| ledger.msn));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(walked, [MSN, FI_MSN, DK_MSN, VM_MSN]);
    assert!(sizes.iter().all(|size| *size <= 2), "{sizes:?}");
    for (page_size, page_token) in [(1001, ""), (-1, ""), (0, "x")] {
        let request =
            ListLedgersRequest { page_size, page_token: page_token.to_owned(), ..Default::default() };
        let expected = if page_token.is_empty() { "pageSize" } else { "cursor" };
        assert_eq!(named(fixture.grpc().list_ledgers(by_client(request)).await), [expected]);
    }
}

#[tokio::test]
async fn an_open_date_tells_nothing_and_a_closed_one_everything() {
    let fixture = Fixture::start().await;
    let grpc = fixture.grpc();
    let ask = async |topic, days| {
        answered(grpc.list_entries_of_date(by_client(of_date(&fixture, topic, days))).await)
    };
    assert!(ask(Topic::Funds, -1).await.try_later, "nothing has been posted yet, not even for yesterday");
    fixture.capture(MSN, "order-1", 10_000).await;
    fixture.capture(MSN, "order-2", 20_000).await;
    assert!(!ask(Topic::Funds, -1).await.try_later);
    let open = ask(Topic::Funds, 0).await;
    assert!(open.try_later && open.entries.is_empty() && open.cursor.is_empty());
    fixture.pass_days(1).await;
    let (funds, fees) = (ask(Topic::Funds, -1).await, ask(Topic::Fees, -1).await);
    assert_eq!(amounts(&funds.entries), [10_000, 20_000, -1_200, -28_800]);
    assert_eq!(amounts(&fees.entries), [-400, -800, 1_200]);
    assert!(!funds.try_later && funds.cursor.is_empty());
    let fee = &fees.entries[0];
    assert_eq!(
        (fee.psp_reference.as_str(), fee.time),
        (funds.entries[0].psp_reference.as_str(), funds.entries[0].time)
    );
    assert_eq!((fee.recipient_handle.as_str(), fee.reference.as_str()), ("api:123456", "order-1"));
    assert_eq!(funds.entries[2].recipient_handle, "");
    // Both sides of one transfer have the same number, and no two transfers have.
    assert_eq!(funds.entries[2].transaction_id, fees.entries[2].transaction_id);
    assert_eq!(funds.entries[0].transaction_id, 12_345_600_000_001);
    assert_eq!(fee.transaction_id, 12_345_600_000_002);
    assert_eq!(funds.entries[3].entry_type(), EntryType::PayoutScheduled);
    assert!(ask(Topic::Funds, 0).await.try_later);
    assert!(ask(Topic::Funds, 300).await.try_later);
}

#[tokio::test]
async fn pages_of_a_date_and_of_the_feed_end_where_the_next_begins() {
    let fixture = Fixture::start().await;
    let grpc = fixture.grpc();
    for number in 1..=5 {
        fixture.capture(MSN, &format!("order-{number}"), number * 100).await;
    }
    fixture.pass_days(1).await;
    let (mut read, mut cursor) = (Vec::new(), String::new());
    loop {
        let request =
            ListEntriesOfDateRequest { page_size: 3, cursor, ..of_date(&fixture, Topic::Funds, -1) };
        let page = answered(grpc.list_entries_of_date(by_client(request)).await);
        assert!(page.entries.len() <= 3);
        read.extend(page.entries);
        cursor = page.cursor;
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!(amounts(&read), [100, 200, 300, 400, 500, -60, -1_440]);
    let (mut followed, mut cursor) = (Vec::new(), String::new());
    loop {
        let request = FollowEntriesRequest { page_size: 3, cursor: cursor.clone(), ..feed(MSN) };
        let page = answered(grpc.follow_entries(by_client(request)).await);
        followed.extend(page.entries);
        cursor = page.cursor;
        if page.try_later {
            break;
        }
    }
    assert_eq!(followed, read);
    let request = FollowEntriesRequest { cursor: cursor.clone(), ..feed(MSN) };
    let end = answered(grpc.follow_entries(by_client(request.clone())).await);
    assert!(end.entries.is_empty() && end.try_later && end.cursor == cursor);
    fixture.capture(MSN, "order-6", 600).await;
    let next = answered(grpc.follow_entries(by_client(request)).await);
    assert_eq!(amounts(&next.entries), [600]);
}

#[tokio::test]
async fn transactions_of_a_payout_are_those_of_its_dates() {
    let fixture = Fixture::start().await;
    let grpc = fixture.grpc();
    for day in 1..=3 {
        fixture.capture(MSN, &format!("order-{day}"), day * 1_000).await;
        fixture.pass_days(1).await;
    }
    let ask = async |change: &dyn Fn(&mut ListTransactionsRequest)| {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let mut request = ListTransactionsRequest {
                ledger_id: format!("{MSN}01"),
                page_size: 2,
                cursor,
                ..Default::default()
            };
            change(&mut request);
            let page = answered(grpc.list_transactions(by_client(request)).await);
            all.extend(page.entries);
            cursor = page.cursor;
            if cursor.is_empty() {
                return amounts(&all);
            }
        }
    };
    assert_eq!(ask(&|request| request.in_payout = 2_000_002).await, [2_000, -80, -1_920]);
    assert_eq!(ask(&|request| request.since_payout = 2_000_002).await, [3_000, -120, -2_880]);
    assert_eq!(ask(&|_| {}).await.len(), 9);
    let before = (fixture.today(MSN) - chrono::TimeDelta::days(2)).to_string();
    assert_eq!(ask(&|request| request.to_ledger_date.clone_from(&before)).await.len(), 6);
    let request =
        ListTransactionsRequest { ledger_id: format!("{MSN}01"), in_payout: 2_000_009, ..Default::default() };
    assert_eq!(named(grpc.list_transactions(by_client(request)).await), ["inPayout"]);
}

#[tokio::test]
async fn payouts_are_listed_newest_first() {
    let fixture = Fixture::start().await;
    let grpc = fixture.grpc();
    for day in 1..=3 {
        fixture.capture(MSN, &format!("order-{day}"), day * 1_000).await;
        fixture.pass_days(1).await;
    }
    let request = ListPayoutsRequest { msn: MSN.to_owned(), page_size: 2, ..Default::default() };
    let first = answered(grpc.list_payouts(by_client(request.clone())).await);
    let numbers: Vec<_> = first.payouts.iter().map(|payout| payout.payout_number).collect();
    assert_eq!(numbers, [2_000_003, 2_000_002]);
    let next = ListPayoutsRequest { page_token: first.next_page_token, ..request.clone() };
    let last = answered(grpc.list_payouts(by_client(next)).await);
    assert_eq!((last.payouts.len(), last.next_page_token.as_str()), (1, ""));
    assert_eq!(
        (last.payouts[0].ledger_id.as_str(), last.payouts[0].account_scheme.as_str()),
        ("12345601", "BBAN:NO")
    );
    assert_eq!(reason(grpc.list_payouts(by_partner(request.clone())).await), Reason::LedgerNotFound);
    let odd = ListPayoutsRequest { page_token: "x".to_owned(), ..request };
    assert_eq!(named(grpc.list_payouts(by_client(odd)).await), ["pageToken"]);
    let nameless = ListPayoutsRequest::default();
    assert_eq!(named(grpc.list_payouts(by_client(nameless)).await), ["msn"]);
}

#[tokio::test]
async fn who_paid_a_vm_number_is_told_to_those_who_ask() {
    let fixture = Fixture::start().await;
    let created = fixture.created("order-1", ("Kari Nordmann", "4799998586", "For the raffle"));
    fixture.follow(&[created]).await;
    fixture.capture(VM_MSN, "order-1", 100).await;
    let read = async |topic: Topic, include_personal| {
        let request = FollowEntriesRequest { include_personal, topic: topic.into(), ..feed(VM_MSN) };
        answered(fixture.grpc().follow_entries(by_user(request)).await).entries.remove(0)
    };
    let told = read(Topic::Funds, true).await;
    assert_eq!(told.recipient_handle, format!("NO:{VM_MSN}"));
    let payer = told.personal.clone().expect("it is asked for");
    assert_eq!((payer.name.as_str(), payer.masked_phone_no.as_str()), ("Kari Nordmann", "+47 xxxx 8586"));
    assert_eq!(payer.message, "For the raffle");
    assert_eq!(read(Topic::Funds, false).await, Entry { personal: None, ..told });
    assert_eq!(read(Topic::Fees, true).await.personal, Some(payer));
    // A unit that sells by API names nobody, whatever is known.
    fixture.change_unit(MSN, |unit| unit.product_type = ProductType::Checkout.into());
    fixture.capture(MSN, "order-1", 100).await;
    let request = FollowEntriesRequest { include_personal: true, ..feed(MSN) };
    let page = answered(fixture.grpc().follow_entries(by_client(request)).await);
    assert!(page.entries.iter().all(|entry| entry.personal.is_none()));
}
