//! Transfers and what they leave behind.

use super::*;

const ACCOUNTS: [Account; 8] = [
    Account::Funds,
    Account::Fees,
    Account::Payouts,
    Account::Acquirer,
    Account::Income,
    Account::Receivable,
    Account::Bank,
    Account::Adjustments,
];

fn ledger() -> Ledger {
    let msn: Msn = "123456".parse().expect("an MSN");
    let unit = Unit { msn, market: Market::No, currency: Currency::Nok, vm_number: false };
    Ledger::open(unit, NaiveDate::from_ymd_opt(2026, 9, 7).expect("a date"), 0)
}

fn cause() -> Cause {
    let occurred_at = "2026-09-07T12:00:00Z".parse().expect("an instant");
    Cause { psp_reference: "p".to_owned(), reference: "order-1".to_owned(), occurred_at, source: Uuid::nil() }
}

#[test]
fn a_new_ledger_stands_before_its_first_date() {
    let ledger = ledger();
    assert_eq!(ledger.first_open(), ledger.opened_on);
    assert_eq!(ledger.closed_through.succ_opt(), Some(ledger.opened_on));
    assert_eq!(ledger.paid_through, ledger.closed_through);
    assert_eq!(ledger.next_payout_number, 2_000_001);
    let ends_at: DateTime<Utc> = "2026-09-07T22:00:00Z".parse().expect("an instant");
    assert_eq!(ledger.closes_at, ends_at);
    assert!(ledger.is_behind(ends_at) && !ledger.is_behind(ends_at - chrono::TimeDelta::microseconds(1)));
}

#[test]
fn an_agreement_can_move_the_end_of_the_first_open_date() {
    let mut ledger = ledger();
    ledger.cut_off_at(240);
    assert_eq!(ledger.closes_at, "2026-09-08T02:00:00Z".parse::<DateTime<Utc>>().expect("an instant"));
}

#[test]
fn a_transfer_takes_from_one_account_what_it_gives_to_the_other() {
    for debit in ACCOUNTS {
        for credit in ACCOUNTS.into_iter().filter(|credit| *credit != debit) {
            let mut ledger = ledger();
            let transfer = ledger.post(EntryType::Correction, (debit, credit), 70, cause()).expect("it fits");
            let gained = |account| 70 * (i64::from(credit == account) - i64::from(debit == account));
            let place =
                |account| Place { seq: i64::from(gained(account) != 0), after_minor: gained(account) };
            assert_eq!((ledger.funds, ledger.fees), (place(Account::Funds), place(Account::Fees)));
            assert_eq!(ledger.payouts_balance_minor, gained(Account::Payouts));
            let shown = |account| Some(place(account)).filter(|place| place.seq == 1);
            assert_eq!((transfer.funds, transfer.fees), (shown(Account::Funds), shown(Account::Fees)));
            assert_eq!((transfer.number, transfer.ledger_date), (1, ledger.opened_on));
        }
    }
}

#[test]
fn what_would_not_fit_changes_nothing() {
    let (in_funds, out_of_funds) = ((Account::Acquirer, Account::Funds), (Account::Funds, Account::Acquirer));
    let (in_fees, ready) = ((Account::Funds, Account::Fees), (Account::Funds, Account::Payouts));
    let full = |ledger: &mut Ledger| {
        ledger.funds.after_minor = i64::MAX;
        ledger.fees.after_minor = i64::MAX;
        ledger.payouts_balance_minor = i64::MAX;
    };
    let owing = |ledger: &mut Ledger| ledger.funds.after_minor = -i64::MAX;
    let last = |ledger: &mut Ledger| ledger.last_number = i64::MAX;
    let long = |ledger: &mut Ledger| ledger.funds.seq = i64::MAX;
    type Case<'a> = (&'a dyn Fn(&mut Ledger), (Account, Account), i64);
    let table: [Case<'_>; 7] = [
        (&full, in_funds, 1),
        (&full, in_fees, 1),
        (&full, ready, 1),
        (&owing, out_of_funds, 2),
        (&last, in_funds, 1),
        (&long, in_funds, 1),
        (&|_| (), in_funds, i64::MIN),
    ];
    for (prepare, sides, amount) in table {
        let mut ledger = ledger();
        prepare(&mut ledger);
        let before = ledger.clone();
        assert_eq!(ledger.post(EntryType::Correction, sides, amount, cause()), Err(TooLarge));
        assert_eq!(ledger, before);
    }
}

#[test]
fn a_source_is_the_same_for_the_same_and_another_for_another() {
    let msn = |text: &str| text.parse::<Msn>().expect("an MSN");
    let one = source("fees", &msn("123456"), "20260907");
    assert_eq!(one, source("fees", &msn("123456"), "20260907"));
    for other in [
        source("payout", &msn("123456"), "20260907"),
        source("fees", &msn("123457"), "20260907"),
        source("fees", &msn("123456"), "202609"),
    ] {
        assert_ne!(one, other);
    }
}
