//! Who is killed when: a course of steps that depends on a seed alone.

use std::collections::BTreeMap;
use std::time::Duration;

use kvitt_runtime::crash::POINTS;
use kvitt_tests::processes::Member;

use crate::chance::Chance;

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Victim {
    Service(Member),
    /// The postmaster.
    Postgres,
    /// The postmaster and every service at once, as when a machine loses its power.
    Everything,
}

/// Those who write money come up more often than the others.
const VICTIMS: [Victim; 11] = [
    Victim::Service(Member::Access),
    Victim::Service(Member::Merchant),
    Victim::Service(Member::Payment),
    Victim::Service(Member::Payment),
    Victim::Service(Member::Payment),
    Victim::Service(Member::Wallet),
    Victim::Service(Member::Wallet),
    Victim::Service(Member::Gateway),
    Victim::Service(Member::Settlement),
    Victim::Postgres,
    Victim::Everything,
];

/// Passings of a point before the one that ends the process, at most.
const MOST_PASSINGS: u64 = 30;
/// Answers between two kills, at most.
const MOST_ANSWERS: u64 = 60;

/// One kill, and what comes of it.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) victim: Victim,
    /// So many commands are answered first.
    pub(crate) answers: u64,
    /// And so much time passes.
    pub(crate) delay: Duration,
    /// The victim is started again to crash here: that is another kill.
    pub(crate) crash: Option<Crash>,
}

/// The passing of a point at which a process ends.
#[derive(Clone, Debug)]
pub(crate) struct Crash {
    pub(crate) point: &'static str,
    pub(crate) passing: u64,
}

impl Step {
    pub(crate) fn of(chance: &mut Chance) -> Self {
        let victim = chance.pick(&VICTIMS);
        let points: Vec<&str> = POINTS.into_iter().filter(|point| lies_in(point, victim)).collect();
        let crash = (!points.is_empty() && chance.once_in(2))
            .then(|| Crash { point: chance.pick(&points), passing: 1 + chance.below(MOST_PASSINGS) });
        let answers = 1 + chance.below(MOST_ANSWERS);
        Self { victim, answers, delay: chance.moment() / 4, crash }
    }
}

fn lies_in(point: &str, victim: Victim) -> bool {
    let Victim::Service(member) = victim else { return false };
    point.split('.').next() == Some(member.service()) && !waits_for_a_day(point)
}

/// Whether it is passed at the end of a day only; `settlement` crashes there.
fn waits_for_a_day(point: &str) -> bool {
    point.starts_with("settlement.close") || point.starts_with("settlement.bank")
}

/// How often it hit whom, and where.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kills {
    by_victim: BTreeMap<String, u64>,
    by_point: BTreeMap<&'static str, u64>,
    pub(crate) all: u64,
}

impl Kills {
    pub(crate) fn count(&mut self, victim: Victim) {
        let name = match victim {
            Victim::Service(member) => member.service(),
            Victim::Postgres => "postgres",
            Victim::Everything => "everything at once",
        };
        *self.by_victim.entry(name.to_owned()).or_default() += 1;
        self.all += 1;
    }

    pub(crate) fn count_point(&mut self, victim: Victim, point: &'static str) {
        self.count(victim);
        *self.by_point.entry(point).or_default() += 1;
    }
}

impl std::fmt::Display for Kills {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let listed = |pairs: Vec<String>| pairs.join(", ");
        let victims = self.by_victim.iter().map(|(name, times)| format!("{name} {times}")).collect();
        let points = self.by_point.iter().map(|(name, times)| format!("{name} {times}")).collect();
        write!(f, "{} kills: {}; of these at points: {}", self.all, listed(victims), listed(points))
    }
}

#[test]
fn every_victim_and_every_point_comes_up() {
    let mut chance = Chance::new(1);
    let steps: Vec<Step> = (0..1_000).map(|_| Step::of(&mut chance)).collect();
    for victim in VICTIMS {
        assert!(steps.iter().any(|step| step.victim == victim), "{victim:?}");
    }
    for point in POINTS.into_iter().filter(|point| !waits_for_a_day(point)) {
        let hit = |step: &Step| step.crash.as_ref().is_some_and(|crash| crash.point == point);
        assert!(steps.iter().any(hit), "{point} lies in no victim");
    }
}
