use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::TimeDelta;
use kvitt_runtime::sandbox::Settled;
use kvitt_testing::{TestDatabase, eventually};

use super::*;
use crate::domain::clock::Target;

/// What was done, by whom, and when its clock said it was.
type Log = Arc<Mutex<Vec<(ServiceName, DateTime<Utc>)>>>;

/// When a follower has something to do.
type Diary = Arc<Mutex<BTreeSet<DateTime<Utc>>>>;

const PAYMENT: ServiceName = ServiceName::Payment;
const WALLET: ServiceName = ServiceName::Wallet;

struct Bench {
    keeper: Timekeeper,
    log: Log,
    begun_at: DateTime<Utc>,
    database: TestDatabase,
}

impl Bench {
    async fn new() -> Self {
        let database = TestDatabase::create("access", &crate::MIGRATIONS).await;
        let keeper = on(&database);
        keeper.start().await.unwrap();
        let (begun_at, _) = keeper.now().unwrap();
        Self { keeper, log: Log::default(), begun_at, database }
    }

    fn hour(&self, number: i64) -> DateTime<Utc> {
        self.begun_at + TimeDelta::hours(number)
    }

    fn diary(&self, hours: &[i64]) -> Diary {
        Arc::new(Mutex::new(hours.iter().map(|number| self.hour(*number)).collect()))
    }

    /// A follower that does by itself what a test says; it leaves when that answers nothing.
    fn follow(
        &self,
        name: ServiceName,
        mut settle: impl FnMut(DateTime<Utc>) -> Option<Settled> + Send + 'static,
    ) {
        let (membership, mut sayings) = self.keeper.join(name).unwrap();
        let clock = self.keeper.clock.clone();
        tokio::spawn(async move {
            while let Some(saying) = sayings.recv().await {
                let now = saying.time.held_at.unwrap_or_else(|| clock.now());
                if saying.settle {
                    let Some(settled) = settle(now) else { return };
                    membership.answer(saying.sequence, settled);
                }
            }
        });
    }

    /// A follower that does what stands in its diary and then `also`.
    fn keep_diary(&self, name: ServiceName, diary: Diary, also: impl Fn(DateTime<Utc>) + Send + 'static) {
        let log = Arc::clone(&self.log);
        self.follow(name, move |now| {
            let mut due = diary.lock().unwrap();
            let later = due.split_off(&(now + TimeDelta::microseconds(1)));
            let worked = !due.is_empty();
            *due = later;
            let next_due_at = due.first().copied();
            drop(due);
            if worked {
                log.lock().unwrap().push((name, now));
                also(now);
            }
            Some(Settled { worked, failed: false, next_due_at })
        });
    }

    async fn advance(&self, hours: u64) -> Result<advance::Advanced, Error> {
        self.keeper.advance(Target::By(Duration::from_secs(hours * 3600))).await
    }

    fn done(&self) -> Vec<(ServiceName, DateTime<Utc>)> {
        let mut done = self.log.lock().unwrap().clone();
        done.sort_by_key(|(name, at)| (*at, *name));
        done
    }

    fn is_held(&self) -> bool {
        self.keeper.followers.time().unwrap().held_at.is_some()
    }
}

/// An instance with a clock of its own.
fn on(database: &TestDatabase) -> Timekeeper {
    Timekeeper::new(database.pool().clone(), Clock::system(), CancellationToken::new())
}

#[tokio::test]
async fn everybody_is_stopped_at_exactly_what_is_due_in_the_order_of_time() {
    let bench = Bench::new().await;
    let wallets = bench.diary(&[2, 3, 9]);
    bench.keep_diary(PAYMENT, bench.diary(&[1, 3]), |_| {});
    bench.keep_diary(WALLET, Arc::clone(&wallets), |_| {});
    let advanced = bench.advance(4).await.unwrap();
    let expected = [(PAYMENT, 1), (WALLET, 2), (PAYMENT, 3), (WALLET, 3)];
    assert_eq!(bench.done(), expected.map(|(name, number)| (name, bench.hour(number))));
    assert_eq!(advanced.instants, 3);
    assert!(advanced.now >= bench.hour(4) && advanced.now < bench.hour(5), "{}", advanced.now);
    assert_eq!(*wallets.lock().unwrap(), BTreeSet::from([bench.hour(9)]));
    assert!(!bench.is_held());
}

#[tokio::test]
async fn what_is_due_already_is_done_in_the_present() {
    let bench = Bench::new().await;
    bench.keep_diary(PAYMENT, bench.diary(&[-3, -1]), |_| {});
    let advanced = bench.advance(1).await.unwrap();
    assert_eq!(advanced.instants, 0);
    let done = bench.done();
    assert_eq!(done.len(), 1);
    assert!(done[0].1 >= bench.begun_at && done[0].1 < bench.hour(1));
}

#[tokio::test]
async fn work_that_one_makes_for_another_is_done_before_time_goes_on() {
    let bench = Bench::new().await;
    let wallets = bench.diary(&[]);
    let for_wallet = Arc::clone(&wallets);
    let payments = bench.diary(&[1]);
    let for_payment = Arc::clone(&payments);
    bench.keep_diary(PAYMENT, payments, move |now| {
        for_wallet.lock().unwrap().insert(now);
        for_wallet.lock().unwrap().insert(now + TimeDelta::hours(1));
    });
    let (second, once) = (bench.hour(2), AtomicBool::new(true));
    bench.keep_diary(WALLET, wallets, move |now| {
        if now == second && once.swap(false, Ordering::Relaxed) {
            for_payment.lock().unwrap().insert(now);
        }
    });
    bench.advance(3).await.unwrap();
    let done = bench.done();
    let of = |name| done.iter().filter(|(who, _)| *who == name).map(|(_, at)| *at).collect::<Vec<_>>();
    assert_eq!(of(PAYMENT), [bench.hour(1), bench.hour(2)]);
    // Payment made work for the third hour too, which is not passed by.
    assert_eq!(
        of(WALLET),
        [bench.hour(1), bench.hour(2), bench.hour(2), bench.hour(3)],
        "each as often as it had work"
    );
}

#[tokio::test]
async fn whoever_leaves_is_not_waited_for() {
    let bench = Bench::new().await;
    let first = bench.hour(1);
    bench.follow(WALLET, move |now| {
        let next_due_at = Some(first);
        (now < first).then_some(Settled { worked: false, failed: false, next_due_at })
    });
    bench.keep_diary(PAYMENT, bench.diary(&[1, 2]), |_| {});
    let advanced = bench.advance(3).await.unwrap();
    assert_eq!(bench.done(), [(PAYMENT, bench.hour(1)), (PAYMENT, bench.hour(2))]);
    assert_eq!(advanced.instants, 2);
}

#[tokio::test]
async fn what_cannot_be_done_ends_the_move_at_the_instant_that_was_reached() {
    let bench = Bench::new().await;
    let second = bench.hour(2);
    bench.keep_diary(PAYMENT, bench.diary(&[1, 2, 3]), |_| {});
    bench
        .follow(WALLET, move |now| Some(Settled { worked: false, failed: now >= second, next_due_at: None }));
    let error = bench.advance(4).await.unwrap_err();
    assert!(matches!(&error, Error::Undone(who) if *who == [WALLET]), "{error}");
    assert_eq!(bench.done(), [(PAYMENT, bench.hour(1)), (PAYMENT, bench.hour(2))]);
    let (now, _) = bench.keeper.now().unwrap();
    assert!(now >= bench.hour(2) && now < bench.hour(3) && !bench.is_held(), "{now}");
}

#[tokio::test]
async fn a_failure_that_passes_is_waited_for() {
    let bench = Bench::new().await;
    let mut failures = 3;
    bench.follow(WALLET, move |_| {
        failures -= i32::from(failures > 0);
        Some(Settled { worked: false, failed: failures > 0, next_due_at: None })
    });
    bench.keep_diary(PAYMENT, bench.diary(&[1]), |_| {});
    bench.advance(2).await.unwrap();
    assert_eq!(bench.done(), [(PAYMENT, bench.hour(1))]);
}

#[tokio::test]
async fn what_stays_due_and_is_not_done_is_no_endless_loop() {
    let bench = Bench::new().await;
    let first = bench.hour(1);
    bench.follow(WALLET, move |_| Some(Settled { worked: false, failed: false, next_due_at: Some(first) }));
    let error = bench.advance(2).await.unwrap_err();
    assert!(matches!(&error, Error::Undone(who) if *who == [WALLET]), "{error}");
}

#[tokio::test]
async fn time_does_not_go_on_without_its_followers_when_the_service_stops() {
    let bench = Bench::new().await;
    let (first, stop) = (bench.hour(1), bench.keeper.shutdown.clone());
    bench.follow(WALLET, move |now| {
        if now >= first {
            stop.cancel();
            return None;
        }
        Some(Settled { worked: false, failed: false, next_due_at: Some(first) })
    });
    let error = bench.advance(2).await.unwrap_err();
    assert!(matches!(error, Error::Stopping), "{error}");
    let (now, _) = bench.keeper.now().unwrap();
    assert!(now >= bench.hour(1) && now < bench.hour(2), "{now}");
}

#[tokio::test]
async fn a_move_whose_caller_leaves_goes_on_to_its_end() {
    let bench = Bench::new().await;
    let (leave, mut left) = tokio::sync::mpsc::unbounded_channel();
    bench.follow(PAYMENT, move |_| {
        leave.send(()).unwrap();
        Some(Settled::default())
    });
    tokio::select! {
        biased;
        // The follower tells before it answers, and is looked at first.
        _ = left.recv() => {}
        _ = bench.advance(5) => panic!("the caller was to leave before the end"),
    }
    eventually!(bench.keeper.now().unwrap().0 >= bench.hour(5));
}

#[tokio::test]
async fn two_who_move_time_take_turns() {
    let bench = Bench::new().await;
    bench.keep_diary(PAYMENT, bench.diary(&[1, 3]), |_| {});
    let (first, second) = tokio::join!(bench.advance(2), bench.advance(2));
    assert_eq!((first.unwrap().instants, second.unwrap().instants), (1, 1));
    assert!(bench.keeper.now().unwrap().0 >= bench.hour(4));
}

#[tokio::test]
async fn time_goes_on_after_a_restart_also_after_one_in_the_middle_of_a_step() {
    let bench = Bench::new().await;
    assert!(matches!(on(&bench.database).now(), Err(Error::NotStarted)));
    let (first, database) = (bench.hour(1), bench.database.pool().clone());
    let (seen, mut sees) = tokio::sync::mpsc::unbounded_channel();
    bench.follow(PAYMENT, move |now| {
        if now == first {
            let database = database.clone();
            let looking = async move { store::load(&database).await.unwrap() };
            seen.send(tokio::spawn(looking)).unwrap();
        }
        Some(Settled { worked: false, failed: false, next_due_at: (now < first).then_some(first) })
    });
    let advanced = bench.advance(2).await.unwrap();
    // While the first hour was the present, a restart would have gone on from there.
    let stored_us = sees.recv().await.unwrap().await.unwrap();
    assert!(wall_now() + TimeDelta::microseconds(stored_us) >= first);

    let restarted = on(&bench.database);
    restarted.start().await.unwrap();
    let (now, offset_us) = restarted.now().unwrap();
    assert!(now >= advanced.now);
    assert_eq!(offset_us, advanced.offset_us);
    assert!(crate::business_now(bench.database.pool()).await.unwrap() >= now);
}

#[tokio::test]
async fn a_database_that_is_gone_leaves_time_where_it_is() {
    let bench = Bench::new().await;
    bench.keep_diary(PAYMENT, bench.diary(&[1]), |_| {});
    bench.database.pool().close().await;
    assert!(matches!(bench.advance(2).await, Err(Error::Database(_))));
    assert!(bench.done().is_empty());
    assert!(bench.keeper.now().unwrap().0 < bench.hour(1));
}

#[tokio::test]
async fn whoever_does_not_listen_is_dropped() {
    let bench = Bench::new().await;
    let (_membership, mut sayings) = bench.keeper.join(PAYMENT).unwrap();
    for offset_us in 0..100 {
        bench.keeper.followers.set(Time { offset_us, held_at: None });
    }
    assert!(bench.keeper.followers.ask().is_empty());
    let mut heard = Vec::new();
    while let Some(saying) = sayings.recv().await {
        heard.push(saying.sequence);
    }
    assert_eq!(heard, Vec::from_iter(1..=16), "what it was told, and then the end");
}
