//! `kill -9` of every process of the mesh, one after another, while merchants work. `KVITT_KILLS` says how many kills,
//! `KVITT_SEED` repeats a course that was printed.

use std::io::Write as _;
use std::time::{Duration, Instant};

use kvitt_tests::processes::{Member, Processes};
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::chance::Chance;
use crate::compare::{Verdict, balance, settled};
use crate::journal::Journal;
use crate::load::{Load, Unit};
use crate::plan::{Crash, Kills, Step, Victim};

const KILLS: u64 = 60;
/// After so many kills the load stops for a while, and everything is compared.
const KILLS_A_ROUND: u64 = 60;
/// Many, since one whose approval was interrupted waits half a minute for the resolver, and kills come faster.
const CALLERS: usize = 256;
/// A process that does not come past its point in this time is killed where it is.
const POINT_LIMIT: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_there_once_whoever_is_killed() {
    let _alone = crate::alone().await;
    let (kills, seed) = (number("KVITT_KILLS").unwrap_or(KILLS), seed());
    say(&format!("faults: {kills} kills with KVITT_SEED={seed:#x}"));
    let begun = Instant::now();
    let mut faults = Faults::start(seed).await;
    while faults.killed.all < kills {
        let until = kills.min(faults.killed.all + KILLS_A_ROUND);
        faults.round(until).await;
    }
    let summary = faults.finish().await;
    say(&format!("faults: KVITT_SEED={seed:#x}, {} s: {summary}", begun.elapsed().as_secs()));
}

struct Faults {
    seed: u64,
    processes: Processes,
    steps: Chance,
    killed: Kills,
    begun: Instant,
    /// What was done when, for a failure's message.
    course: Vec<String>,
    /// Of each round.
    journals: Vec<Journal>,
    /// What the payer had at the start.
    before: i64,
    /// What they have paid since.
    paid: i64,
    audit: String,
}

impl Faults {
    async fn start(seed: u64) -> Self {
        let processes = Processes::start(&Member::ALL_ONCE).await;
        assert_durable(&processes).await;
        Self {
            seed,
            steps: Chance::new(seed),
            killed: Kills::default(),
            begun: Instant::now(),
            course: Vec::new(),
            journals: Vec::new(),
            before: balance(&processes).await,
            paid: 0,
            audit: String::new(),
            processes,
        }
    }

    /// Kills until so many are killed, stops the load, and compares what it did with the platform.
    async fn round(&mut self, until: u64) {
        let units = units(&self.processes, &[Member::Gateway]).await;
        let number = u64::try_from(self.journals.len()).expect("a length");
        let seed = Chance::branch(self.seed, number).next();
        let mut load = Load::start(&units, CALLERS, &format!("round{number}"), seed);
        while self.killed.all < until {
            let step = Step::of(&mut self.steps);
            load.proceed(step.answers).await;
            tokio::time::sleep(step.delay).await;
            self.take(&step).await;
            self.processes.healthy().await;
            self.note(&format!("{step:?}, and all are healthy again"));
        }
        let journal = load.finish().await;
        self.note(&format!("round {number} has ended"));
        let verdict = Verdict::on(&units, &journal).await;
        assert!(verdict.is_good(), "{verdict}");
        self.paid += verdict.paid;
        let audit = settled(&self.processes, self.before - self.paid).await;
        self.audit = audit.unwrap_or_else(|wrong| panic!("{wrong}"));
        say(&format!("faults: {} kills, round {number} agrees: {}", self.killed.all, self.audit));
        self.journals.push(journal);
    }

    fn note(&mut self, what: &str) {
        self.course.push(format!("{} ms: {what}", self.begun.elapsed().as_millis()));
    }

    async fn take(&mut self, step: &Step) {
        match step.victim {
            Victim::Service(member) => {
                self.processes.kill(&[member]).await;
                self.killed.count(step.victim);
                if let Some(crash) = &step.crash {
                    self.crash(member, crash).await;
                }
                self.processes.restart(member, None);
            }
            Victim::Postgres => {
                self.processes.kill_postgres().await;
                self.killed.count(step.victim);
                self.processes.restart_postgres().await;
                assert_durable(&self.processes).await;
            }
            Victim::Everything => {
                self.processes.kill(&Member::ALL_ONCE).await;
                self.processes.kill_postgres().await;
                self.killed.count(step.victim);
                self.processes.restart_postgres().await;
                for member in Member::ALL_ONCE {
                    self.processes.restart(member, None);
                }
            }
        }
    }

    /// Starts the member so that it ends at a point, and waits until it has.
    async fn crash(&mut self, member: Member, crash: &Crash) {
        let Crash { point, passing } = crash;
        self.processes.restart(member, Some(&format!("{point}:{passing}")));
        match self.processes.ended(member, POINT_LIMIT).await {
            Some(status) => {
                assert_eq!(status.code(), None, "{member:?} ended in order, and not at {point}");
                self.killed.count_point(Victim::Service(member), point);
            }
            None => {
                self.processes.kill(&[member]).await;
                self.killed.count(Victim::Service(member));
            }
        }
    }

    /// Once more everything from the first round on, after all that has happened since.
    async fn finish(mut self) -> String {
        let units = units(&self.processes, &[Member::Gateway]).await;
        let mut all = Verdict::default();
        let [mut commands, mut repeated, mut confirmed] = [0; 3];
        for journal in &self.journals {
            all.add(Verdict::on(&units, journal).await);
            let count = journal.count();
            commands += count.commands;
            repeated += count.repeated;
            confirmed += count.confirmed;
        }
        assert!(all.is_good(), "at the end\n{all}");
        assert_eq!(balance(&self.processes).await, self.before - self.paid, "the payer has what is left");
        self.processes.stop().await;
        format!(
            "{}; {commands} commands on {} payments, {repeated} repeated for want of an answer and {confirmed} after \
             one; lost {}, doubled {}; audit: {}",
            self.killed,
            all.payments,
            all.lost.len(),
            all.doubled.len(),
            self.audit
        )
    }
}

impl Drop for Faults {
    /// A failure tells the whole course, whoever noticed it.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let course = self.course.join("\n");
            say(&format!("KVITT_SEED={:#x}\n{course}\n{}", self.seed, self.processes.logs()));
        }
    }
}

/// The systems of three units, in front of these gateways; their payments are in different parts of the log.
pub(crate) async fn units(processes: &Processes, gateways: &[Member]) -> Vec<Unit> {
    let mut units = Vec::new();
    for name in ["full", "plain", "second"] {
        let mut unit = Unit::new();
        for gateway in gateways {
            unit.push(processes.shop(*gateway, name).await);
        }
        units.push(unit);
    }
    units
}

/// A test of crashes is worth nothing on a server that may forget.
pub(crate) async fn assert_durable(processes: &Processes) {
    let mut server = PgConnection::connect_with(&processes.database("postgres")).await.expect("it answers");
    for show in ["SHOW fsync", "SHOW synchronous_commit", "SHOW full_page_writes"] {
        let value: String =
            sqlx::query_scalar(show).fetch_one(&mut server).await.expect("a setting can be shown");
        assert_eq!(value, "on", "{show}");
    }
    server.close().await.expect("a connection can be closed");
}

/// A course that was printed, or a new one.
pub(crate) fn seed() -> u64 {
    number("KVITT_SEED").unwrap_or_else(|| Uuid::new_v4().as_u64_pair().0)
}

/// A number of the environment, decimal or with 0x.
pub(crate) fn number(name: &str) -> Option<u64> {
    let text = std::env::var_os(name)?.into_string().expect("it is text");
    let number = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    Some(number.unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Shown even where the output of tests that pass is not.
pub(crate) fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("there is a standard error");
}
