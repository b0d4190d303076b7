use chrono::{NaiveDate, TimeDelta};
use kvitt_proto::merchant::v1::{AccountState, SettlementFrequency, SettlementType};

use super::*;
use crate::{
    fixture::{DK_MSN, FOREIGN_MSN, Fixture, MSN},
    store::payouts::{Payout, State},
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// First and last date, amount and value date.
fn told(payouts: &[Payout]) -> Vec<(String, String, i64, String)> {
    let tell = |one: &Payout| {
        (one.from.to_string(), one.to.to_string(), one.amount_minor, one.value_date.to_string())
    };
    payouts.iter().map(tell).collect()
}

fn row(from: &str, to: &str, amount_minor: i64, value_date: &str) -> (String, String, i64, String) {
    (from.to_owned(), to.to_owned(), amount_minor, value_date.to_owned())
}

#[tokio::test]
async fn m4_m5_m7_the_worked_day_is_posted_as_published() {
    let fixture = Fixture::start().await;
    fixture.agree(MSN, &Agreement { fixed_minor: 400, ..Agreement::default() }).await;
    let captured = [
        ("15:33:00", "purchase-12", 10_000),
        ("17:37:00", "purchase-12", 10_000),
        ("18:12:00", "purchase-14", 20_000),
    ];
    let mut events: Vec<_> = captured
        .iter()
        .map(|(time, reference, minor)| {
            fixture.captured(MSN, reference, *minor, at(&format!("2090-03-06T{time}Z")))
        })
        .collect();
    events.push(fixture.refunded(MSN, "purchase-12", 10_000, at("2090-03-06T22:47:00Z")));
    fixture.follow(&events).await;
    fixture.pass_until(at("2090-03-06T23:00:00Z")).await;
    let posted = fixture.posted(MSN).await;
    let rows: Vec<_> =
        posted.iter().map(|one| (one.entry_type, one.amount_minor, one.funds, one.fees)).collect();
    let expected = [
        (1, 10_000, Some(10_000), None),
        (3, 400, None, Some(-400)),
        (1, 10_000, Some(20_000), None),
        (3, 400, None, Some(-800)),
        (1, 20_000, Some(40_000), None),
        (3, 400, None, Some(-1_200)),
        (2, 10_000, Some(30_000), None),
        // The published row of fees shows other balances, which do not follow from its own entries: a misprint.
        (5, 1_200, Some(28_800), Some(0)),
        (7, 28_800, Some(0), None),
    ];
    assert_eq!(rows, expected);
    for one in &posted[7..] {
        assert_eq!((one.occurred_at, one.ledger_date), (at("2090-03-06T23:00:00Z"), date("2090-03-06")));
    }
    assert_eq!(posted[7].psp_reference, format!("{MSN}01-20900306"));
    let payout = &fixture.payouts(MSN).await[0];
    assert_eq!(posted[8].psp_reference, format!("{MSN}01-{}", payout.number));
    assert_eq!((payout.number, &posted[8].reference), (2_000_001, &payout.reference));
    assert_eq!((payout.amount_minor, payout.state), (28_800, State::Scheduled));
}

#[tokio::test]
async fn m8_m9_a_date_without_a_positive_balance_has_no_payout_and_takes_no_number() {
    let fixture = Fixture::start().await;
    fixture.capture(MSN, "order-00001", 10_000).await;
    fixture.pass_days(1).await;
    fixture.refund(MSN, "order-00001", 10_000).await;
    fixture.pass_days(2).await;
    assert_eq!(fixture.ledger(MSN).await.funds.after_minor, -10_000);
    fixture.capture(MSN, "order-00002", 20_000).await;
    fixture.pass_days(1).await;
    let payouts = fixture.payouts(MSN).await;
    assert_eq!(payouts.iter().map(|one| one.number).collect::<Vec<_>>(), [2_000_001, 2_000_002]);
    let expected = [
        row("2090-03-06", "2090-03-06", 9_600, "2090-03-08"),
        row("2090-03-07", "2090-03-09", 9_200, "2090-03-13"),
    ];
    assert_eq!(told(&payouts), expected);
    assert!(fixture.findings().await.is_empty());
}

#[tokio::test]
async fn m10_weekly_units_are_paid_when_a_sunday_closes_and_monthly_ones_at_the_end_of_a_month() {
    let fixture = Fixture::start().await;
    let pays = |msn: &str, frequency: SettlementFrequency| {
        fixture.change_unit(msn, |unit| unit.settlement_frequency = frequency.into());
    };
    pays(MSN, SettlementFrequency::Weekly);
    pays(FOREIGN_MSN, SettlementFrequency::Monthly);
    for _ in 0..40 {
        for msn in [MSN, FOREIGN_MSN] {
            fixture.capture(msn, "order-00001", 1_000).await;
        }
        fixture.pass_days(1).await;
    }
    let ends = |payouts: &[Payout]| payouts.iter().map(|one| one.to.to_string()).collect::<Vec<_>>();
    let sundays = ["2090-03-12", "2090-03-19", "2090-03-26", "2090-04-02", "2090-04-09"];
    assert_eq!(ends(&fixture.payouts(MSN).await), sundays);
    assert_eq!(ends(&fixture.payouts(FOREIGN_MSN).await), ["2090-03-31"]);
    assert_eq!(fixture.payouts(FOREIGN_MSN).await[0].amount_minor, 26 * 960);
    assert!(fixture.findings().await.is_empty());
}

#[tokio::test]
async fn m11_m12_friday_to_sunday_are_three_payouts_of_tuesday_and_monday_is_one_of_wednesday() {
    let fixture = Fixture::start().await;
    fixture.pass_days(4).await;
    for _ in 0..4 {
        for msn in [MSN, DK_MSN] {
            fixture.capture(msn, "order-00001", 1_000).await;
        }
        fixture.pass_days(1).await;
    }
    let values =
        |payouts: &[Payout]| payouts.iter().map(|one| one.value_date.to_string()).collect::<Vec<_>>();
    let in_norway = ["2090-03-14", "2090-03-14", "2090-03-14", "2090-03-15"];
    assert_eq!(values(&fixture.payouts(MSN).await), in_norway);
    // MobilePay sends a day earlier.
    let in_denmark = ["2090-03-13", "2090-03-13", "2090-03-13", "2090-03-14"];
    assert_eq!(values(&fixture.payouts(DK_MSN).await), in_denmark);
}

#[tokio::test]
async fn m6_a_gross_unit_is_invoiced_once_a_month_and_nothing_is_retained() {
    let fixture = Fixture::start().await;
    fixture.change_unit(MSN, |unit| unit.settlement_type = SettlementType::Gross.into());
    fixture.capture(MSN, "order-00001", 10_000).await;
    fixture.pass_days(1).await;
    assert_eq!(fixture.payouts(MSN).await[0].amount_minor, 10_000);
    fixture.pass_until(at("2090-06-15T00:00:00Z")).await;
    let posted = fixture.posted(MSN).await;
    let fees: Vec<_> = posted.iter().filter(|one| [5, 6].contains(&one.entry_type)).collect();
    assert_eq!(fees.len(), 1, "{fees:?}");
    assert_eq!((fees[0].entry_type, fees[0].amount_minor, fees[0].fees), (6, 400, Some(0)));
    assert_eq!(fees[0].psp_reference, format!("{MSN}01-209003"));
    assert!(fixture.findings().await.is_empty());
}

#[tokio::test]
async fn many_dates_that_are_over_are_closed_at_once_and_each_by_itself() {
    let fixture = Fixture::start().await;
    fixture.capture(MSN, "order-00001", 10_000).await;
    // Nobody has looked for more than a year.
    fixture.wait(TimeDelta::days(400));
    assert_eq!(fixture.app.close_dates(fixture.now()).await.expect("closed"), 400);
    assert_eq!(fixture.app.close_dates(fixture.now()).await.expect("closed"), 0);
    let ledger = fixture.ledger(MSN).await;
    assert_eq!(ledger.first_open(), fixture.today(MSN));
    assert_eq!(told(&fixture.payouts(MSN).await), [row("2090-03-06", "2090-03-06", 9_600, "2090-03-08")]);
    assert!(fixture.findings().await.is_empty());
}

#[tokio::test]
async fn an_account_that_is_not_known_to_be_the_merchants_holds_payouts_back() {
    let fixture = Fixture::start().await;
    let account = |state: AccountState| {
        fixture.change_unit(MSN, |unit| {
            unit.settlement_account.as_mut().expect("an account").state = state.into();
        });
    };
    account(AccountState::Unverified);
    fixture.capture(MSN, "order-00001", 10_000).await;
    fixture.pass_days(2).await;
    assert!(fixture.payouts(MSN).await.is_empty());
    assert_eq!(fixture.ledger(MSN).await.funds.after_minor, 9_600);
    account(AccountState::Verified);
    fixture.pass_days(1).await;
    assert_eq!(told(&fixture.payouts(MSN).await), [row("2090-03-06", "2090-03-08", 9_600, "2090-03-10")]);
}

#[tokio::test]
async fn a_change_of_frequency_holds_from_the_next_settlement_on() {
    let fixture = Fixture::start().await;
    let pays = |frequency: SettlementFrequency| {
        fixture.change_unit(MSN, |unit| unit.settlement_frequency = frequency.into());
    };
    fixture.capture(MSN, "order-00001", 1_000).await;
    fixture.pass_days(1).await;
    pays(SettlementFrequency::Weekly);
    fixture.capture(MSN, "order-00002", 1_000).await;
    fixture.pass_days(2).await;
    assert_eq!(fixture.payouts(MSN).await.len(), 1);
    pays(SettlementFrequency::Daily);
    fixture.pass_days(1).await;
    let expected = [
        row("2090-03-06", "2090-03-06", 960, "2090-03-08"),
        row("2090-03-07", "2090-03-09", 960, "2090-03-13"),
    ];
    assert_eq!(told(&fixture.payouts(MSN).await), expected);
}

#[tokio::test]
async fn a_reserve_stays_and_what_a_report_says_at_its_head_is_kept_as_it_was() {
    let fixture = Fixture::start().await;
    let agreement = Agreement {
        reserve_minor: 3_000,
        payout_delay_days: 2,
        product: "Kasse".to_owned(),
        ..Agreement::default()
    };
    fixture.agree(MSN, &agreement).await;
    fixture.capture(MSN, "order-00001", 10_000).await;
    fixture.pass_days(1).await;
    fixture.change_unit(MSN, |unit| unit.name = "Another shop".to_owned());
    fixture.capture(MSN, "order-00002", 1_000).await;
    fixture.pass_days(1).await;
    let expected = [
        row("2090-03-06", "2090-03-06", 7_000, "2090-03-10"),
        row("2090-03-07", "2090-03-07", 1_000, "2090-03-13"),
    ];
    assert_eq!(told(&fixture.payouts(MSN).await), expected);
    let kept = "SELECT string_agg(concat_ws('|', sales_unit_name, product, gross, organization_name,
        organization_number, address, post_code, city, country_code), ';' ORDER BY payout_number) FROM payouts";
    let owner = "Kasse|f|Kaffe og Kake AS|987654325|Storgata 1, Inngang B|0155|Oslo|NO";
    let expected = format!("Shop {MSN}|{owner};Another shop|{owner}");
    assert_eq!(fixture.scalar::<String>(kept).await, expected);
    assert!(fixture.findings().await.is_empty());
}

#[tokio::test]
async fn instances_that_close_at_the_same_time_close_each_date_once() {
    let fixture = Fixture::start().await;
    for msn in [MSN, FOREIGN_MSN, DK_MSN] {
        fixture.capture(msn, "order-00001", 10_000).await;
    }
    fixture.wait(TimeDelta::days(3));
    let closing = (0..6).map(|_| {
        let app = fixture.app.clone();
        tokio::spawn(async move { app.close_dates(app.clock.now()).await.expect("closed") })
    });
    let mut closed = 0;
    for one in closing.collect::<Vec<_>>() {
        closed += one.await.expect("no panic");
    }
    assert_eq!(closed, 9);
    assert_eq!(fixture.scalar::<i64>("SELECT count(*) FROM payouts").await, 3);
    assert!(fixture.findings().await.is_empty());
}

#[tokio::test]
async fn a_unit_that_merchant_does_not_know_keeps_no_other_from_being_closed() {
    let fixture = Fixture::start().await;
    for msn in [MSN, FOREIGN_MSN] {
        fixture.capture(msn, "order-00001", 10_000).await;
    }
    let lost = fixture.peers.script().units.remove(MSN).expect("a unit");
    fixture.wait(TimeDelta::days(1));
    fixture.app.close_dates(fixture.now()).await.expect_err("one could not be closed");
    assert_eq!((fixture.payouts(MSN).await.len(), fixture.payouts(FOREIGN_MSN).await.len()), (0, 1));
    fixture.peers.script().units.insert(MSN.to_owned(), lost);
    assert_eq!(fixture.app.close_dates(fixture.now()).await.expect("closed"), 1);
    assert_eq!(fixture.payouts(MSN).await.len(), 1);
}

#[tokio::test]
async fn a_ledger_that_is_not_what_was_posted_is_seen_when_a_date_closes() {
    let fixture = Fixture::start().await;
    fixture.capture(MSN, "order-00001", 10_000).await;
    fixture.capture(FOREIGN_MSN, "order-00001", 10_000).await;
    fixture.pass_days(1).await;
    let msns = [crate::fixture::msn(MSN), crate::fixture::msn(FOREIGN_MSN)];
    let mut connection = fixture.app.pool.acquire().await.expect("a connection");
    for (change, back, what) in [
        ("last_number = last_number + 1", "last_number = last_number - 1", "numbers"),
        ("funds_balance_minor = 1", "funds_balance_minor = 0", "funds"),
        ("fees_seq = fees_seq + 1", "fees_seq = fees_seq - 1", "fees"),
        ("payouts_balance_minor = 0", "payouts_balance_minor = 9600", "payouts"),
    ] {
        let update = |set: &str| format!("UPDATE ledgers SET {set} WHERE msn = '{MSN}'");
        let run = async |sql: String| {
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&fixture.app.pool).await.expect("changed");
        };
        run(update(change)).await;
        let uneven = ledgers::uneven(&mut connection, &msns).await.expect("looked");
        assert_eq!(uneven, [(MSN.to_owned(), what.to_owned())]);
        run(update(back)).await;
    }
    assert!(ledgers::uneven(&mut connection, &msns).await.expect("looked").is_empty());
}
