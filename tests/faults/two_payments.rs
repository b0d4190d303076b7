//! Two `payment` processes write the same parts of the same log. One owner of a part is for speed only: nothing may be
//! lost or done twice, not even when one of them is killed in the middle.

use kvitt_tests::processes::{Member, Processes};

use crate::compare::{Verdict, balance, settled};
use crate::load::Load;
use crate::processes::{assert_durable, say, seed, units};

const CALLERS: usize = 64;
/// Answers before, between and after the kills.
const ANSWERS: u64 = 500;

#[tokio::test(flavor = "multi_thread")]
async fn two_payment_processes_on_the_same_lanes_keep_exact_sums_even_when_one_is_killed() {
    let _alone = crate::alone().await;
    let seed = seed();
    say(&format!("two payment processes: KVITT_SEED={seed:#x}"));
    let mut processes = Processes::start(&Member::PAYMENT_TWICE).await;
    assert_durable(&processes).await;
    let before = balance(&processes).await;
    // Every request takes either road, so that one payment is written by both.
    let units = units(&processes, &[Member::Gateway, Member::SecondGateway]).await;
    let mut load = Load::start(&units, CALLERS, "twice", seed);
    load.proceed(ANSWERS).await;
    for member in [Member::SecondPayment, Member::Payment, Member::SecondPayment] {
        processes.kill(&[member]).await;
        // The other one goes on alone.
        load.proceed(ANSWERS / 10).await;
        processes.restart(member, None);
        processes.healthy().await;
        load.proceed(ANSWERS).await;
    }
    let journal = load.finish().await;
    let verdict = Verdict::on(&units, &journal).await;
    assert!(verdict.is_good(), "KVITT_SEED={seed:#x}\n{verdict}");
    let audit = settled(&processes, before - verdict.paid).await;
    let audit = audit.unwrap_or_else(|wrong| panic!("KVITT_SEED={seed:#x}\n{wrong}\n{}", processes.logs()));
    processes.stop().await;
    let count = journal.count();
    say(&format!(
        "two payment processes: KVITT_SEED={seed:#x}; {} commands on {} payments, {} repeated; audit: {audit}",
        count.commands, verdict.payments, count.repeated
    ));
}
