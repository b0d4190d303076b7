//! `kill -9` of the service that keeps the ledgers: while it posts, while it closes dates, while the bank pays out, and of
//! PostgreSQL and everybody else. What is paid out in the end is held beside the journal of the merchants. `KVITT_KILLS` says how
//! many kills while it posts, `KVITT_SEED` repeats a course.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use kvitt_proto::sandbox::v1::{AdvanceClockRequest, advance_clock_request::Target};
use kvitt_proto::settlement::v1::{ListPayoutsRequest, PayoutState};
use kvitt_tests::processes::{Member, Processes};
use kvitt_tests::{Mesh, Shop};
use tonic::Status;

use crate::chance::Chance;
use crate::compare::Verdict;
use crate::journal::Journal;
use crate::load::{Load, Unit};
use crate::processes::{assert_durable, number, say, seed, units};

const KILLS: u64 = 12;
const CALLERS: usize = 32;
/// Answers between two kills, at most.
const MOST_ANSWERS: u64 = 60;
/// A process that does not come past its point in this time is killed where it is.
const POINT_LIMIT: Duration = Duration::from_secs(5);
/// A date, its payout and the bank come within an advance of the clock.
const PAYING_LIMIT: Duration = Duration::from_secs(60);
/// How long the mesh may need until time can be moved again.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);
const DAY: i64 = 86_400;
/// Of every capture, in hundredths of a percent: what the demo's units have agreed to.
const BASIS_POINTS: i64 = 299;
const POSTING: [&str; 2] = ["settlement.post.before", "settlement.post.after"];
/// On the way to the money, in the order in which they come.
const PAYING: [&str; 4] =
    ["settlement.close.before", "settlement.close.after", "settlement.bank.before", "settlement.bank.after"];

#[tokio::test(flavor = "multi_thread")]
async fn what_was_captured_is_paid_out_once_whoever_is_killed() {
    let _alone = crate::alone().await;
    let (kills, seed) = (number("KVITT_KILLS").unwrap_or(KILLS), seed());
    say(&format!("settlement: {kills} kills with KVITT_SEED={seed:#x}"));
    let begun = Instant::now();
    let mut processes = Processes::start(&Member::ALL_ONCE).await;
    assert_durable(&processes).await;
    let units = units(&processes, &[Member::Gateway]).await;
    let mut killed = 0;
    let journal = post(&mut processes, &units, (seed, kills), &mut killed).await;
    let more = pay_out(&mut processes, &units, &mut killed).await;
    let (captured, paid) = compare(&processes, &units, (&journal, &more)).await;
    let audit = processes.audited().await.unwrap_or_else(|wrong| panic!("KVITT_SEED={seed:#x}: {wrong}"));
    processes.stop().await;
    say(&format!(
        "settlement: KVITT_SEED={seed:#x}, {} s: {killed} kills; {captured} minor units captured and not refunded, {paid} paid out, 0 \
         lost, 0 doubled; audit: {audit}",
        begun.elapsed().as_secs(),
    ));
}

/// Lets merchants work while the ledgers are killed, now and then with the server or everybody.
async fn post(
    processes: &mut Processes,
    units: &[Unit],
    (seed, kills): (u64, u64),
    killed: &mut u64,
) -> Journal {
    let mut chance = Chance::new(seed);
    let mut load = Load::start(units, CALLERS, "settled", seed);
    for number in 0..kills {
        load.proceed(1 + chance.below(MOST_ANSWERS)).await;
        processes.kill(&[Member::Settlement]).await;
        *killed += 1;
        match number % 6 {
            5 => {
                processes.kill_postgres().await;
                *killed += 1;
                processes.restart_postgres().await;
                processes.restart(Member::Settlement, None);
            }
            _ => {
                let point = chance.pick(&POSTING);
                let crash = format!("{point}:{}", 1 + chance.below(8));
                crash_at(processes, &crash).await;
                *killed += 1;
                processes.restart(Member::Settlement, None);
            }
        }
        processes.healthy().await;
    }
    let journal = load.finish().await;
    let verdict = Verdict::on(units, &journal).await;
    assert!(verdict.is_good(), "KVITT_SEED={seed:#x}\n{verdict}");
    journal
}

/// Starts the service so that it ends at a point, and waits until it has.
async fn crash_at(processes: &mut Processes, crash: &str) {
    processes.restart(Member::Settlement, Some(crash));
    match processes.ended(Member::Settlement, POINT_LIMIT).await {
        Some(status) => assert_eq!(status.code(), None, "it ended in order, and not at {crash}"),
        None => processes.kill(&[Member::Settlement]).await,
    }
}

/// Moves time over the closing of a date and the bank's day, with a crash at every point on the way; each time something has
/// been captured before, so that every point is come to. Answers the references of that.
async fn pay_out(processes: &mut Processes, units: &[Unit], killed: &mut u64) -> Vec<String> {
    let mut captured = Vec::new();
    for point in PAYING {
        let mut shop = units[0][0].clone();
        shop.renew_token().await;
        let reference = shop.authorized(10_000).await;
        shop.capture(&reference, 10_000).await.is(200);
        captured.push(reference);
        processes.kill(&[Member::Settlement]).await;
        processes.restart(Member::Settlement, Some(&format!("{point}:1")));
        processes.healthy().await;
        let operator = processes.operator().await;
        // Whoever leaves is not waited for, so this comes to its end.
        let moving = tokio::spawn(async move { drop(advance(&operator).await) });
        let ended = processes.ended(Member::Settlement, PAYING_LIMIT).await;
        let status = ended.unwrap_or_else(|| panic!("it never came to {point}\n{}", processes.logs()));
        assert_eq!(status.code(), None, "it ended in order, and not at {point}");
        *killed += 1;
        processes.restart(Member::Settlement, None);
        processes.healthy().await;
        moving.await.expect("nobody panics");
    }
    let begun = Instant::now();
    let operator = processes.operator().await;
    while let Err(status) = advance(&operator).await {
        assert!(begun.elapsed() < PATIENCE, "time cannot be moved: {status}");
        tokio::time::sleep(PAUSE).await;
    }
    captured
}

/// Moves time on, over every weekend and holiday that there is.
async fn advance(operator: &Mesh) -> Result<(), Status> {
    let by = prost_types::Duration { seconds: 10 * DAY, nanos: 0 };
    operator.clock().advance_clock(AdvanceClockRequest { target: Some(Target::By(by)) }).await.map(drop)
}

/// What the journal's payments leave for each unit, and what was paid out to it; both are the same. Answers what was captured
/// and not refunded, and what was paid out.
async fn compare(
    processes: &Processes,
    units: &[Unit],
    (journal, more): (&Journal, &[String]),
) -> (i64, i64) {
    let mut expected = BTreeMap::<usize, [i64; 2]>::new();
    let of_journal = journal.payments().into_iter().map(|(reference, intents)| (reference, intents[0].unit));
    for (reference, unit) in of_journal.chain(more.iter().map(|reference| (reference.clone(), 0))) {
        let [kept, fees] = left_of(&units[unit][0], &reference).await;
        let sums = expected.entry(unit).or_default();
        sums[0] += kept;
        sums[1] += fees;
    }
    let operator = processes.operator().await;
    let (mut captured, mut paid) = (0, 0);
    for (unit, [kept, fees]) in expected {
        let msn = units[unit][0].keys.msn.clone();
        let request = ListPayoutsRequest { msn: msn.clone(), page_size: 1000, page_token: String::new() };
        let payouts = operator.ledgers().list_payouts(request).await.expect("payouts can be listed");
        let payouts = payouts.into_inner().payouts;
        let of = |state: PayoutState| {
            let these = payouts.iter().filter(move |payout| payout.state() == state);
            these.filter_map(|payout| payout.amount.as_ref()).map(|amount| amount.amount_minor).sum::<i64>()
        };
        assert_eq!(of(PayoutState::Executed), kept - fees, "{msn}: {payouts:?}");
        assert_eq!(of(PayoutState::Scheduled), 0, "{msn}: {payouts:?}");
        let mut numbers: Vec<_> = payouts.iter().map(|payout| payout.payout_number).collect();
        numbers.sort_unstable();
        assert!(numbers.iter().copied().eq((2_000_001..).take(numbers.len())), "{msn}: {numbers:?}");
        captured += kept;
        paid += of(PayoutState::Executed);
    }
    (captured, paid)
}

/// What a payment leaves of its captures, and what they cost.
async fn left_of(shop: &Shop, reference: &str) -> [i64; 2] {
    let [_, captured, _, refunded] = shop.sums(reference).await;
    let events = shop.events(reference).await;
    let captures = events.iter().filter(|event| event["name"] == "CAPTURED");
    let fee = |minor: i64| half_even(minor * BASIS_POINTS, 10_000);
    let fees = captures.filter_map(|event| event["amount"]["value"].as_i64()).map(fee).sum();
    [captured - refunded, fees]
}

/// The nearest whole number, of two equally near ones the even.
fn half_even(number: i64, by: i64) -> i64 {
    let (whole, rest) = (number / by, number % by);
    let up = 2 * rest > by || (2 * rest == by && whole % 2 == 1);
    whole + i64::from(up)
}

#[test]
fn a_half_goes_to_the_even_one() {
    assert_eq!(
        [(25, 10), (35, 10), (26, 10), (24, 10)].map(|(number, by)| half_even(number, by)),
        [2, 4, 3, 2]
    );
}
