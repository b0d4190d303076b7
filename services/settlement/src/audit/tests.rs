use super::*;
use crate::{
    domain::Agreement,
    fixture::{DK_MSN, FOREIGN_MSN, Fixture, MSN},
};

/// Three units with a few days behind them: sales, refunds, payouts that were executed, and one that waits. What the database
/// itself refuses is out of the way.
async fn traded() -> Fixture {
    let fixture = Fixture::start().await;
    fixture.agree(DK_MSN, &Agreement { reserve_minor: 500, ..Agreement::default() }).await;
    for day in 0..5 {
        for msn in [MSN, FOREIGN_MSN, DK_MSN] {
            fixture.capture(msn, &format!("order-{day}"), 10_000 + day).await;
            fixture.refund(msn, &format!("order-{day}"), 100).await;
        }
        fixture.pass_days(1).await;
    }
    for sql in [
        "ALTER TABLE transfers DROP CONSTRAINT transfers_sides_check, DROP CONSTRAINT transfers_ledger_fkey,
            DROP CONSTRAINT transfers_once",
        "ALTER TABLE ledgers DROP CONSTRAINT ledgers_dates_check, DROP CONSTRAINT ledgers_payouts_check",
        "ALTER TABLE payouts DROP CONSTRAINT payouts_state_check, DROP CONSTRAINT payouts_ledger_fkey",
    ] {
        fixture.execute(sql).await;
    }
    fixture
}

/// What is wrong with [`MSN`] once this was done.
async fn after(sql: &'static str) -> Vec<Wrong> {
    let fixture = traded().await;
    fixture.execute(sql).await;
    let findings = fixture.findings().await;
    assert!(findings.iter().all(|one| one.msn == MSN), "{findings:?}");
    findings.into_iter().map(|one| one.wrong).collect()
}

#[tokio::test]
async fn books_that_agree_are_clean_and_tell_their_sums() {
    let fixture = traded().await;
    assert_eq!(fixture.findings().await, []);
    let mut snapshot = Snapshot::take(&fixture.app.pool).await.expect("a snapshot");
    let sums = snapshot.sums().await.expect("sums");
    let expected = |msn: &str, currency: &str| Sums {
        msn: msn.to_owned(),
        currency: currency.to_owned(),
        captured: 50_010,
        refunded: 500,
    };
    assert_eq!(sums, [expected(MSN, "NOK"), expected(DK_MSN, "DKK"), expected(FOREIGN_MSN, "NOK")]);
    assert_eq!(snapshot.reached().await.expect("positions"), []);
    let (mut audit, mut walked) = (snapshot.audit(), (0, 0, 0));
    while let Some(page) = audit.next().await.expect("a page") {
        walked = (walked.0 + page.ledgers, walked.1 + page.transfers, walked.2 + page.payouts);
    }
    let transfers = fixture.scalar::<i64>("SELECT count(*) FROM transfers").await.unsigned_abs();
    let payouts = fixture.scalar::<i64>("SELECT count(*) FROM payouts").await.unsigned_abs();
    assert_eq!(walked, (3, transfers, payouts));
}

#[tokio::test]
async fn a_snapshot_stays_as_it_was() {
    let fixture = traded().await;
    let mut snapshot = Snapshot::take(&fixture.app.pool).await.expect("a snapshot");
    let before = snapshot.sums().await.expect("sums");
    fixture.capture(MSN, "order-99", 10_000).await;
    assert_eq!(snapshot.sums().await.expect("sums"), before);
    let page = snapshot.audit().next().await.expect("a page").expect("three ledgers");
    assert_eq!((page.ledgers, page.findings), (3, Vec::new()));
}

#[tokio::test]
async fn a_transfer_that_is_missing_or_was_changed_breaks_the_chain() {
    let wrong = after("DELETE FROM transfers WHERE msn = '123456' AND number = 3").await;
    assert!(wrong.contains(&Wrong::Hole { number: 4, what: "transfer", expected: 3 }), "{wrong:?}");
    assert!(wrong.contains(&Wrong::Hole { number: 4, what: "funds", expected: 2 }), "{wrong:?}");
    let wrong = after("UPDATE transfers SET amount_minor = 10001 WHERE msn = '123456' AND number = 1").await;
    assert_eq!(wrong, [Wrong::Chain { number: 1, what: "funds", stored: 10_000, summed: 10_001 }]);
    let wrong = after("UPDATE transfers SET fees_after_minor = -1 WHERE msn = '123456' AND number = 2").await;
    assert!(matches!(wrong[0], Wrong::Chain { number: 2, what: "fees", stored: -1, .. }), "{wrong:?}");
    let wrong = after("UPDATE transfers SET credit = 8 WHERE msn = '123456' AND number = 2").await;
    assert_eq!(wrong, [Wrong::Sides { number: 2, entry_type: 3, debit: 2, credit: 8 }]);
}

#[tokio::test]
async fn a_date_that_was_paid_out_or_is_not_open_takes_nothing() {
    let later = "UPDATE transfers SET ledger_date = '2090-03-06' WHERE msn = '123456' AND number = 6";
    assert!(matches!(after(later).await[0], Wrong::Date { number: 6, .. }));
    let ahead = "UPDATE transfers SET ledger_date = '2099-01-01' WHERE msn = '123456' AND number = 1";
    assert!(matches!(after(ahead).await[0], Wrong::Date { number: 1, .. }));
}

#[tokio::test]
async fn a_ledger_that_is_not_what_was_posted_is_found() {
    let table: [(&str, &'static str); 6] = [
        ("transfers", "UPDATE ledgers SET last_number = last_number + 1 WHERE msn = '123456'"),
        ("funds", "UPDATE ledgers SET funds_balance_minor = 5 WHERE msn = '123456'"),
        ("fees", "UPDATE ledgers SET fees_seq = fees_seq + 1 WHERE msn = '123456'"),
        ("payouts", "UPDATE ledgers SET payouts_balance_minor = 0 WHERE msn = '123456'"),
        ("next payout", "UPDATE ledgers SET next_payout_number = 2000001 WHERE msn = '123456'"),
        ("dates paid through", "UPDATE ledgers SET paid_through = '2090-03-01' WHERE msn = '123456'"),
    ];
    for (of, sql) in table {
        let wrong = after(sql).await;
        assert!(matches!(&wrong[..], [Wrong::Ledger { what, .. }] if *what == of), "{wrong:?}");
    }
}

#[tokio::test]
async fn a_payout_that_is_not_what_was_made_ready_is_found() {
    let table: [(&str, &'static str); 4] = [
        ("amount", "UPDATE payouts SET amount_minor = 1 WHERE msn = '123456' AND payout_number = 2000005"),
        (
            "first date",
            "UPDATE payouts SET from_date = '2090-03-01' WHERE msn = '123456' AND payout_number = 2000001",
        ),
        (
            "last date",
            "UPDATE payouts SET to_date = '2090-05-01' WHERE msn = '123456' AND payout_number = 2000001",
        ),
        ("currency", "UPDATE payouts SET currency = 'EUR' WHERE msn = '123456' AND payout_number = 2000005"),
    ];
    for (of, sql) in table {
        let wrong = after(sql).await;
        let found = wrong.iter().any(|one| matches!(one, Wrong::Payout { what, .. } if *what == of));
        assert!(found, "{wrong:?}");
    }
    // More stays on the ledger than was agreed.
    let reserve = "INSERT INTO agreements VALUES ('123456', '2090-03-01', '', 0, 0, 0, 77, 0, 0)";
    let wrong = after(reserve).await;
    let left = wrong.iter().all(|one| matches!(one, Wrong::Payout { what: "left on the ledger", .. }));
    assert!(left && wrong.len() == 5, "{wrong:?}");
}

#[tokio::test]
async fn a_payout_without_its_entry_and_an_entry_without_its_payout_are_found() {
    let last = "DELETE FROM payouts WHERE msn = '123456' AND payout_number = 2000005";
    let wrong = after(last).await;
    assert!(matches!(&wrong[0], Wrong::NoPayout { payout, .. } if payout == "12345601-2000005"), "{wrong:?}");
    let one_more = "INSERT INTO payouts SELECT msn, 2000009, from_date, '2090-09-09', amount_minor, currency, reference,
        account_scheme, account_id, value_date, scheduled_at, state, ended_at, failure, ask_at, sales_unit_name, product,
        gross, organization_name, organization_number, address, post_code, city, country_code
        FROM payouts WHERE msn = '123456' AND payout_number = 2000005";
    assert_eq!(after(one_more).await, [Wrong::Unposted { number: 2_000_009 }]);
}

#[tokio::test]
async fn an_end_that_was_not_posted_or_was_posted_otherwise_is_found() {
    let executed = "UPDATE payouts SET state = 2 WHERE msn = '123456' AND payout_number = 2000005";
    let wrong = after(executed).await;
    assert!(wrong.contains(&Wrong::Open { number: 2_000_005 }), "{wrong:?}");
    let aborted = "UPDATE payouts SET state = 3 WHERE msn = '123456' AND payout_number = 2000001";
    let wrong = after(aborted).await;
    assert!(matches!(wrong[..], [Wrong::Bank { number: 2_000_001, .. }, Wrong::Ended { .. }]), "{wrong:?}");
}

#[tokio::test]
async fn what_the_bank_did_otherwise_is_found() {
    let table: [&'static str; 4] = [
        "UPDATE bank_transfers SET amount_minor = 1 WHERE msn = '123456' AND payout_number = 2000001",
        "UPDATE bank_transfers SET account_id = '1' WHERE msn = '123456' AND payout_number = 2000001",
        "UPDATE bank_transfers SET executed = false WHERE msn = '123456' AND payout_number = 2000001",
        "DELETE FROM bank_transfers WHERE msn = '123456' AND payout_number = 2000001",
    ];
    for sql in table {
        let wrong = after(sql).await;
        assert!(matches!(wrong[..], [Wrong::Bank { number: 2_000_001, .. }]), "{wrong:?}");
    }
    let strange = "INSERT INTO bank_transfers VALUES ('123456', 77, 1, 'NOK', 'BBAN:NO', '1', '', '2090-03-06', true, '')";
    assert!(matches!(after(strange).await[..], [Wrong::Bank { number: 77, .. }]));
    let fixture = traded().await;
    fixture
        .execute("INSERT INTO bank_transfers VALUES ('999999', 77, 1, 'NOK', 'BBAN:NO', '1', '', '2090-03-06', true, '')")
        .await;
    let findings = fixture.findings().await;
    assert!(matches!(&findings[..], [Finding { msn, wrong: Wrong::Bank { .. } }] if msn == "999999"));
}
