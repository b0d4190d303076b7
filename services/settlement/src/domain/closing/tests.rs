//! The worked day, the statements of contract-merchant section 22 about closing, and what else the end of a date brings.

mod model;
mod property;
mod random;
mod shop;
mod statements;

use chrono::TimeDelta;

use shop::{Shop, date, lines};

use super::*;

/// Contract-merchant section 4.5. The published table's last row of `fees` shows balances that do not follow from its own
/// rows; what is retained is 1200, and nothing is left.
#[test]
fn m4_m5_m7_the_worked_day_comes_out_as_published() {
    let mut shop = Shop::new(Market::No, "2026-09-07");
    shop.agreement.fixed_minor = 400;
    shop.ledger.next_payout_number = 2_000_023;
    shop.capture("2026-09-07T16:33:00+02:00", "purchase-12", 10_000);
    shop.capture("2026-09-07T18:37:00+02:00", "purchase-12", 10_000);
    shop.capture("2026-09-07T19:12:00+02:00", "purchase-14", 20_000);
    shop.refund("2026-09-07T23:47:00+02:00", "purchase-12", 10_000);
    shop.close_until("2026-09-08T00:00:00+02:00");

    let funds = [
        (EntryType::Capture, 10_000, 10_000),
        (EntryType::Capture, 10_000, 20_000),
        (EntryType::Capture, 20_000, 40_000),
        (EntryType::Refund, -10_000, 30_000),
        (EntryType::FeesRetained, -1_200, 28_800),
        (EntryType::PayoutScheduled, -28_800, 0),
    ];
    let fees = [
        (EntryType::CaptureFee, -400, -400),
        (EntryType::CaptureFee, -400, -800),
        (EntryType::CaptureFee, -400, -1_200),
        (EntryType::FeesRetained, 1_200, 0),
    ];
    assert_eq!(lines(&shop.entries, Account::Funds), funds);
    assert_eq!(lines(&shop.entries, Account::Fees), fees);

    // Both closing entries happen as the date ends, and are of the date that ended.
    let [.., retained, payout] = &shop.entries[..] else { panic!("the date closed") };
    for entry in [retained, payout] {
        assert_eq!(entry.cause.occurred_at, shop::at("2026-09-08T00:00:00+02:00"));
        assert_eq!(entry.ledger_date, date("2026-09-07"));
    }
    assert_eq!(retained.cause.psp_reference, "12345601-20260907");
    assert_eq!(retained.cause.reference, "");
    assert_eq!(payout.cause.psp_reference, "12345601-2000023");
    assert_eq!(payout.cause.reference, "Utb. 2000023 Vippsnr 123456");
    assert_eq!(
        shop.payouts,
        [NewPayout {
            number: 2_000_023,
            from: date("2026-09-07"),
            to: date("2026-09-07"),
            amount_minor: 28_800,
            text: "Utb. 2000023 Vippsnr 123456".to_owned(),
            account: ("BBAN:NO".to_owned(), "86011117947".to_owned()),
            value_date: date("2026-09-09"),
            ask_at: shop::at("2026-09-09T06:00:00+02:00"),
        }]
    );
    assert_eq!(shop.ledger.first_open(), date("2026-09-08"));
    assert_eq!(shop.ledger.paid_through, date("2026-09-07"));
    assert_eq!(shop.ledger.payouts_balance_minor, 28_800);
}

#[test]
fn a_reserve_stays_on_the_ledger() {
    let mut shop = Shop::new(Market::No, "2026-09-07");
    shop.agreement.reserve_minor = 1_000;
    shop.capture("2026-09-07T12:00:00+02:00", "order-1", 1_000);
    shop.close_until("2026-09-08T00:00:00+02:00");
    assert_eq!(shop.payouts, []);
    shop.capture("2026-09-08T12:00:00+02:00", "order-2", 700);
    shop.close_until("2026-09-09T00:00:00+02:00");
    assert_eq!(shop.paid(), [(2_000_001, "2026-09-07", "2026-09-08", 700)]);
    assert_eq!(shop.ledger.funds.after_minor, 1_000);
    // A smaller one lets go what it held.
    shop.agreement.reserve_minor = 0;
    shop.close_until("2026-09-10T00:00:00+02:00");
    assert_eq!(shop.paid()[1..], [(2_000_002, "2026-09-09", "2026-09-09", 1_000)]);
}

#[test]
fn without_an_account_dates_roll_on_until_there_is_one() {
    let mut shop = Shop::new(Market::No, "2026-09-07");
    let account = shop.terms.account.take();
    for day in 7..10 {
        shop.capture(&format!("2026-09-{day:02}T12:00:00+02:00"), "order-1", 500);
    }
    shop.close_until("2026-09-10T00:00:00+02:00");
    assert_eq!(shop.payouts, []);
    shop.terms.account = account;
    shop.close_until("2026-09-11T00:00:00+02:00");
    assert_eq!(shop.paid(), [(2_000_001, "2026-09-07", "2026-09-10", 1_500)]);
}

#[test]
fn a_change_of_frequency_holds_from_the_next_closing() {
    let mut shop = Shop::new(Market::No, "2026-09-07");
    shop.terms.frequency = Frequency::Monthly;
    for day in 7..12 {
        shop.capture(&format!("2026-09-{day:02}T12:00:00+02:00"), "order-1", 500);
    }
    shop.close_until("2026-09-12T00:00:00+02:00");
    assert_eq!(shop.payouts, []);
    shop.terms.frequency = Frequency::Weekly;
    shop.close_until("2026-09-14T00:00:00+02:00");
    assert_eq!(shop.paid(), [(2_000_001, "2026-09-07", "2026-09-13", 2_500)]);
    shop.capture("2026-09-14T12:00:00+02:00", "order-1", 500);
    shop.terms.frequency = Frequency::Daily;
    shop.close_until("2026-09-15T00:00:00+02:00");
    assert_eq!(shop.paid()[1..], [(2_000_002, "2026-09-14", "2026-09-14", 500)]);
}

#[test]
fn fees_that_are_owed_to_the_merchant_are_paid_out_net_and_kept_gross() {
    let credit = |shop: &mut Shop| {
        let sides = (Account::Adjustments, Account::Fees);
        shop.post("2026-09-30T12:00:00+02:00", EntryType::CreditNote, sides, 300);
        shop.close_until("2026-10-01T00:00:00+02:00");
    };
    let mut net = Shop::new(Market::No, "2026-09-30");
    credit(&mut net);
    let retained = net.entries.iter().find(|entry| entry.entry_type == EntryType::FeesRetained);
    let retained = retained.expect("the fees were settled");
    assert_eq!((retained.debit, retained.credit), (Account::Fees, Account::Funds));
    assert_eq!(net.paid(), [(2_000_001, "2026-09-30", "2026-09-30", 300)]);

    let mut gross = Shop::new(Market::No, "2026-09-30");
    gross.terms.gross = true;
    credit(&mut gross);
    assert_eq!(gross.entries.len(), 1);
    assert_eq!(gross.ledger.fees.after_minor, 300);
    // It lessens the next invoice.
    gross.agreement.fixed_minor = 1_000;
    gross.capture("2026-10-01T12:00:00+02:00", "order-1", 5_000);
    gross.close_until("2026-11-01T00:00:00+01:00");
    let invoiced: Vec<_> =
        gross.entries.iter().filter(|entry| entry.entry_type == EntryType::FeesInvoiced).collect();
    assert_eq!(invoiced.iter().map(|entry| entry.amount_minor).collect::<Vec<_>>(), [700]);
}

#[test]
fn an_aborted_payout_is_on_the_ledger_again_and_goes_out_with_the_next() {
    let mut shop = Shop::new(Market::Dk, "2026-09-07");
    shop.capture("2026-09-07T12:00:00+02:00", "order-1", 5_000);
    shop.close_until("2026-09-08T00:00:00+02:00");
    let sides = (Account::Payouts, Account::Funds);
    shop.post("2026-09-08T06:00:00+02:00", EntryType::PayoutAborted, sides, 5_000);
    shop.capture("2026-09-08T12:00:00+02:00", "order-2", 70);
    shop.close_until("2026-09-09T00:00:00+02:00");
    let expected =
        [(2_000_001, "2026-09-07", "2026-09-07", 5_000), (2_000_002, "2026-09-08", "2026-09-08", 5_070)];
    assert_eq!(shop.paid(), expected);
    assert_eq!(shop.ledger.payouts_balance_minor, 5_070);
}

#[test]
fn a_cut_off_moves_the_end_of_the_date_that_it_is_agreed_for() {
    let mut shop = Shop::new(Market::No, "2026-10-24");
    shop.agreement.cut_off_minutes = 240;
    shop.ledger.cut_off_at(240);
    // After midnight and, on the day that clocks are set back, before 04:00.
    shop.capture("2026-10-25T02:59:59+01:00", "order-1", 500);
    shop.capture("2026-10-25T04:00:00+01:00", "order-2", 70);
    shop.close_until("2026-10-26T04:00:00+01:00");
    let expected =
        [(2_000_001, "2026-10-24", "2026-10-24", 500), (2_000_002, "2026-10-25", "2026-10-25", 70)];
    assert_eq!(shop.paid(), expected);
}

#[test]
fn a_date_that_does_not_fit_stays_open() {
    let mut shop = Shop::new(Market::No, "2026-09-07");
    let sums: [fn(&mut Ledger); 3] = [
        |ledger| ledger.fees.after_minor = i64::MIN,
        |ledger| ledger.next_payout_number = i64::MAX,
        |ledger| ledger.payouts_balance_minor = i64::MAX,
    ];
    shop.capture("2026-09-07T12:00:00+02:00", "order-1", 500);
    for prepare in sums {
        let mut ledger = shop.ledger.clone();
        prepare(&mut ledger);
        let before = ledger.clone();
        assert_eq!(close(&mut ledger, &shop.terms, &shop.agreement, 0), Err(TooLarge));
        assert_eq!(ledger, before);
    }
}
