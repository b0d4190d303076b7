//! Statements 5 to 13 of contract-merchant section 22.

use crate::domain::calendar::date_ends_at;

use super::*;

/// The entries of a type.
fn of_type(shop: &Shop, entry_type: EntryType) -> Vec<&Transfer> {
    shop.entries.iter().filter(|entry| entry.entry_type == entry_type).collect()
}

#[test]
fn m5_a_net_date_with_fees_ends_with_one_transfer_that_both_streams_show() {
    let mut shop = Shop::new(Market::Fi, "2026-09-07");
    shop.agreement.percentage = "2.99".parse().expect("a decimal number");
    shop.capture("2026-09-07T12:00:00+03:00", "order-1", 10_000);
    shop.capture("2026-09-08T12:00:00+03:00", "order-2", 20_000);
    shop.close_until("2026-09-10T00:00:00+03:00");
    let retained = of_type(&shop, EntryType::FeesRetained);
    let found: Vec<_> = retained.iter().map(|entry| (entry.ledger_date, entry.amount_minor)).collect();
    // And none on the 9th, which has no fees.
    assert_eq!(found, [(date("2026-09-07"), 299), (date("2026-09-08"), 598)]);
    for entry in retained {
        assert_eq!((entry.debit, entry.credit), (Account::Funds, Account::Fees));
        assert!(entry.funds.is_some() && entry.fees.is_some_and(|fees| fees.after_minor == 0));
        let midnight = date_ends_at(Market::Fi, entry.ledger_date, 0);
        assert_eq!(entry.cause.occurred_at, midnight);
    }
    assert_eq!(shop.payouts.iter().map(|payout| payout.amount_minor).sum::<i64>(), 30_000 - 897);
}

#[test]
fn m6_a_gross_unit_has_no_fees_retained_and_is_invoiced_once_a_month() {
    let mut shop = Shop::new(Market::No, "2026-01-05");
    shop.terms.gross = true;
    shop.agreement.fixed_minor = 100;
    for (day, order) in [("01-05", "a"), ("01-31", "b"), ("02-10", "c"), ("04-30", "d")] {
        shop.capture(&format!("2026-{day}T12:00:00Z"), order, 5_000);
    }
    shop.close_until("2026-05-02T00:00:00+02:00");
    assert_eq!(of_type(&shop, EntryType::FeesRetained), Vec::<&Transfer>::new());
    let invoiced = of_type(&shop, EntryType::FeesInvoiced);
    let found: Vec<_> =
        invoiced.iter().map(|entry| (&*entry.cause.psp_reference, entry.amount_minor)).collect();
    // March had no fees.
    assert_eq!(found, [("12345601-202601", 200), ("12345601-202602", 100), ("12345601-202604", 100)]);
    for entry in invoiced {
        assert!(ends_period(Frequency::Monthly, entry.ledger_date));
        assert!(entry.funds.is_none() && entry.fees.is_some_and(|fees| fees.after_minor == 0));
    }
    // All that was captured is paid out.
    assert_eq!(shop.payouts.iter().map(|payout| payout.amount_minor).collect::<Vec<_>>(), [5_000; 4]);
}

#[test]
fn m7_a_payout_is_the_last_entry_of_its_date_and_is_named_by_ledger_and_number() {
    for market in Market::ALL {
        let mut shop = Shop::new(market, "2026-09-07");
        shop.agreement.fixed_minor = 10;
        for day in 7..10 {
            shop.capture(&format!("2026-09-{day:02}T12:00:00Z"), "order-1", 1_000);
        }
        shop.close_until("2026-09-10T00:00:00+02:00");
        assert_eq!(shop.payouts.len(), 3);
        for payout in &shop.payouts {
            let last = shop.entries.iter().rfind(|entry| entry.ledger_date == payout.to);
            let last = last.expect("the date has entries");
            assert_eq!(last.entry_type, EntryType::PayoutScheduled);
            assert_eq!(last.cause.psp_reference, format!("12345601-{}", payout.number));
            let text = bank_text(market, payout.number, &shop.ledger.msn, payout.value_date);
            assert_eq!((&last.cause.reference, &payout.text), (&text, &text));
            assert_eq!((last.amount_minor, last.funds.map(|funds| funds.after_minor)), (990, Some(0)));
        }
    }
}

#[test]
fn m8_payouts_are_numbered_from_2000001_without_gaps_for_empty_dates() {
    let mut shop = Shop::new(Market::No, "2026-09-07");
    for day in [7, 8, 15, 16, 29] {
        shop.capture(&format!("2026-09-{day:02}T12:00:00+02:00"), "order-1", 1_000);
    }
    shop.close_until("2026-10-05T00:00:00+02:00");
    let found: Vec<_> = shop.paid().into_iter().map(|(number, _, to, _)| (number, to)).collect();
    let expected = [
        (2_000_001, "2026-09-07"),
        (2_000_002, "2026-09-08"),
        (2_000_003, "2026-09-15"),
        (2_000_004, "2026-09-16"),
        (2_000_005, "2026-09-29"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn m9_a_balance_that_is_not_positive_brings_nothing_and_is_carried_on() {
    let mut shop = Shop::new(Market::No, "2026-09-07");
    shop.capture("2026-09-07T12:00:00+02:00", "order-1", 1_000);
    shop.refund("2026-09-08T12:00:00+02:00", "order-1", 600);
    // 9 September is empty, the 10th comes to exactly nothing.
    shop.capture("2026-09-10T12:00:00+02:00", "order-2", 600);
    shop.capture("2026-09-11T12:00:00+02:00", "order-3", 50);
    shop.close_until("2026-09-12T00:00:00+02:00");
    let expected =
        [(2_000_001, "2026-09-07", "2026-09-07", 1_000), (2_000_002, "2026-09-08", "2026-09-11", 50)];
    assert_eq!(shop.paid(), expected);
    let balances: Vec<i64> =
        lines(&shop.entries, Account::Funds).into_iter().map(|(_, _, after)| after).collect();
    assert_eq!(balances, [1_000, 0, -600, 0, 50, 0]);
}

#[test]
fn m10_each_frequency_is_paid_out_when_its_period_closes() {
    let paid_on = |frequency| {
        let mut shop = Shop::new(Market::No, "2026-01-25");
        shop.terms.frequency = frequency;
        for day in date("2026-01-25").iter_days().take(20) {
            shop.capture(&format!("{day}T12:00:00Z"), "order-1", 1_000);
        }
        shop.close_until("2026-02-14T00:00:00+01:00");
        shop.paid().into_iter().map(|(_, from, to, amount)| (from, to, amount)).collect::<Vec<_>>()
    };
    let daily = paid_on(Frequency::Daily);
    assert_eq!(daily.len(), 20);
    assert!(daily.iter().all(|(from, to, amount)| from == to && *amount == 1_000));
    let weekly = [
        ("2026-01-25", "2026-01-25", 1_000),
        ("2026-01-26", "2026-02-01", 7_000),
        ("2026-02-02", "2026-02-08", 7_000),
    ];
    assert_eq!(paid_on(Frequency::Weekly), weekly);
    assert_eq!(paid_on(Frequency::Monthly), [("2026-01-25", "2026-01-31", 7_000)]);
}

#[test]
fn m11_friday_saturday_and_sunday_are_three_payouts_that_all_come_on_tuesday() {
    let mut shop = Shop::new(Market::No, "2026-09-11");
    for day in 11..14 {
        shop.capture(&format!("2026-09-{day:02}T12:00:00+02:00"), "order-1", 1_000);
    }
    shop.close_until("2026-09-14T00:00:00+02:00");
    let found: Vec<_> = shop.payouts.iter().map(|payout| (payout.to, payout.value_date)).collect();
    let tuesday = date("2026-09-15");
    let days = ["2026-09-11", "2026-09-12", "2026-09-13"].map(date);
    assert_eq!(found, days.map(|day| (day, tuesday)));
}

#[test]
fn m12_a_capture_on_monday_is_on_the_account_on_wednesday_or_the_next_banking_day() {
    // Monday, and 30 March 2026: Maundy Thursday, Good Friday and Easter Monday follow; 21 December: Christmas does.
    for (day, value) in
        [("2026-09-07", "2026-09-09"), ("2026-03-30", "2026-04-01"), ("2026-12-21", "2026-12-23")]
    {
        assert_eq!(value_of_capture_on(day, 0), date(value), "{day}");
    }
    for (day, value) in [("2026-03-30", "2026-04-07"), ("2026-12-21", "2026-12-28")] {
        assert_eq!(value_of_capture_on(day, 1), date(value), "{day}, a day later");
    }
}

fn value_of_capture_on(day: &str, delay: u8) -> NaiveDate {
    let mut shop = Shop::new(Market::No, day);
    shop.agreement.payout_delay_days = delay;
    shop.capture(&format!("{day}T12:00:00+01:00"), "order-1", 1_000);
    let end = date(day).succ_opt().expect("a date");
    shop.close_until(&format!("{end}T01:00:00+01:00"));
    let [payout] = &shop.payouts[..] else { panic!("one payout, not {:?}", shop.payouts) };
    payout.value_date
}

#[test]
fn m13_a_mobilepay_unit_is_paid_out_daily_whatever_was_asked_for() {
    for market in [Market::Dk, Market::Fi] {
        for frequency in [Frequency::Weekly, Frequency::Monthly] {
            let mut shop = Shop::new(market, "2026-09-07");
            shop.terms.frequency = frequency;
            shop.capture("2026-09-07T12:00:00Z", "order-1", 1_000);
            shop.close_until("2026-09-08T00:00:00+02:00");
            assert_eq!(shop.paid(), [(2_000_001, "2026-09-07", "2026-09-07", 1_000)]);
            assert_eq!(shop.payouts[0].value_date, date("2026-09-08"));
        }
    }
}
