//! From counts to figures, and whether they are what was wanted.
#![expect(
    clippy::float_arithmetic,
    reason = "figures for people to compare; no amount of money is among them"
)]

use std::collections::{BTreeMap, BTreeSet};

use kvitt_payment::bench::Written;
use serde::Serialize;

use super::{generator::Observed, pgbench, plan::Path};

/// One measured run.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) observed: Observed,
    /// Of the whole run with its warm-up and what followed from it, as `written` and `observed.outcome.all_commands`.
    pub(crate) wal_syncs: i64,
    pub(crate) wal_bytes: i64,
    pub(crate) written: Written,
}

/// What `pgbench` gave in one round.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Yardstick {
    pub(crate) tpcb: pgbench::Outcome,
    pub(crate) insert: pgbench::Outcome,
}

/// The figures of one run, or medians of several.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Figures {
    pub(crate) commands_per_s: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) p99_to_p50: f64,
    /// Against the transactions of `pgbench` in the same round: the built-in benchmark, and one row inserted.
    pub(crate) to_tpcb: f64,
    pub(crate) to_insert: f64,
    pub(crate) wal_syncs_per_command: f64,
    pub(crate) wal_bytes_per_command: f64,
    pub(crate) rows_per_batch: f64,
    /// Of the engine in process.
    pub(crate) round_trips_per_batch: Option<f64>,
    pub(crate) cpu_us_per_command: BTreeMap<String, f64>,
    pub(crate) failures: f64,
}

/// A figure against what was wanted of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Verdict {
    pub(crate) what: &'static str,
    pub(crate) value: f64,
    /// At least this, or at most for what should be small.
    pub(crate) floor: f64,
    pub(crate) aim: Option<f64>,
    pub(crate) holds: Holds,
}

/// How far a figure has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Holds {
    Aim,
    Floor,
    No,
}

impl Figures {
    pub(crate) fn of(run: &Run, yardstick: Option<&Yardstick>) -> Self {
        let outcome = &run.observed.outcome;
        let rate = per(outcome.commands, outcome.window_us) * 1e6;
        let (p50, p99) = (per(outcome.p50_us, 1000), per(outcome.p99_us, 1000));
        let against = |transactions_per_s: f64| {
            if transactions_per_s > 0.0 { rate / transactions_per_s } else { 0.0 }
        };
        let cost = run.observed.cost.iter();
        Self {
            commands_per_s: rate,
            p50_ms: p50,
            p99_ms: p99,
            p99_to_p50: if p50 > 0.0 { p99 / p50 } else { 0.0 },
            to_tpcb: yardstick.map_or(0.0, |known| against(known.tpcb.transactions_per_s)),
            to_insert: yardstick.map_or(0.0, |known| against(known.insert.transactions_per_s)),
            wal_syncs_per_command: per(run.wal_syncs.unsigned_abs(), outcome.all_commands),
            wal_bytes_per_command: per(run.wal_bytes.unsigned_abs(), outcome.all_commands),
            rows_per_batch: per(run.written.rows.unsigned_abs(), run.written.batches.unsigned_abs()),
            round_trips_per_batch: outcome.lanes.map(|lanes| per(lanes.statements, lanes.batches)),
            cpu_us_per_command: cost.map(|(name, us)| (name.clone(), per(*us, outcome.commands))).collect(),
            failures: per(outcome.failures, 1),
        }
    }

    /// The median of each figure by itself.
    pub(crate) fn medians(rounds: &[Self]) -> Self {
        let of = |take: fn(&Self) -> f64| median(rounds.iter().map(take).collect()).unwrap_or_default();
        let names: BTreeSet<&String> =
            rounds.iter().flat_map(|figures| figures.cpu_us_per_command.keys()).collect();
        let cpu = |name: &String| {
            let of_name = |figures: &Self| figures.cpu_us_per_command.get(name).copied();
            Some((name.clone(), median(rounds.iter().filter_map(of_name).collect())?))
        };
        Self {
            commands_per_s: of(|figures| figures.commands_per_s),
            p50_ms: of(|figures| figures.p50_ms),
            p99_ms: of(|figures| figures.p99_ms),
            p99_to_p50: of(|figures| figures.p99_to_p50),
            to_tpcb: of(|figures| figures.to_tpcb),
            to_insert: of(|figures| figures.to_insert),
            wal_syncs_per_command: of(|figures| figures.wal_syncs_per_command),
            wal_bytes_per_command: of(|figures| figures.wal_bytes_per_command),
            rows_per_batch: of(|figures| figures.rows_per_batch),
            round_trips_per_batch: median(
                rounds.iter().filter_map(|one| one.round_trips_per_batch).collect(),
            ),
            cpu_us_per_command: names.into_iter().filter_map(cpu).collect(),
            // One failure in one round must show.
            failures: rounds.iter().map(|figures| figures.failures).sum(),
        }
    }

    /// What was wanted of this road with so many callers, if anything was.
    pub(crate) fn verdicts(&self, path: Path, callers: usize) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        let speed = match (path, callers) {
            (Path::Engine, 64) => Some((3.0, 4.0)),
            (Path::Engine, 512) => Some((4.5, 6.0)),
            (Path::Grpc, 64) => Some((2.0, 2.5)),
            (Path::Grpc, 512) => Some((4.0, 4.5)),
            (Path::Rest, 64) => Some((1.5, 2.0)),
            (Path::Rest, 512) => Some((2.5, 3.0)),
            _ => None,
        };
        if let Some((floor, aim)) = speed {
            let holds = if self.to_tpcb >= aim {
                Holds::Aim
            } else if self.to_tpcb >= floor {
                Holds::Floor
            } else {
                Holds::No
            };
            verdicts.push(Verdict { what: "x tpcb", value: self.to_tpcb, floor, aim: Some(aim), holds });
        }
        let mut at_most = |what, value, most| {
            let holds = if value <= most { Holds::Floor } else { Holds::No };
            verdicts.push(Verdict { what, value, floor: most, aim: None, holds });
        };
        match callers {
            64 => {
                at_most("WAL syncs", self.wal_syncs_per_command, 0.06);
                at_most("p99/p50", self.p99_to_p50, 3.0);
            }
            512 => at_most("WAL syncs", self.wal_syncs_per_command, 0.01),
            _ => {}
        }
        verdicts
    }
}

/// Payments a second, and how many times faster than the day itself it was.
pub(crate) fn day_speed(payments: u64, commands: u64, window_us: u64) -> [f64; 4] {
    const DAY_US: u64 = 86_400_000_000;
    let seconds = per(window_us, 1_000_000);
    [seconds, per(payments, window_us) * 1e6, per(commands, window_us) * 1e6, per(DAY_US, window_us)]
}

/// A kibibyte count in mebibytes, as people read it.
pub(crate) fn mebibytes(kib: u64) -> f64 {
    per(kib, 1024)
}

/// The middle one, or the mean of the two in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 { Some(upper) } else { Some((values[middle - 1] + upper) / 2.0) }
}

/// Counts stay far below where a float would round them.
pub(crate) fn per(count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}

#[cfg(test)]
mod tests {
    use super::{
        super::plan::{Lanes, Outcome},
        *,
    };

    #[test]
    fn the_median_is_the_middle_one_or_the_mean_of_two() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    fn run() -> Run {
        let outcome = Outcome {
            commands: 10_000,
            window_us: 2_000_000,
            all_commands: 20_000,
            p50_us: 8_000,
            p99_us: 20_000,
            lanes: Some(Lanes { batches: 100, commands: 5_000, statements: 200 }),
            ..Outcome::default()
        };
        let cost = [("postgres".to_owned(), 1_000_000)].into();
        let observed = Observed { outcome, cost, memory: Vec::new() };
        Run {
            observed,
            wal_syncs: 600,
            wal_bytes: 40_000_000,
            written: Written { rows: 30_000, batches: 600 },
        }
    }

    #[test]
    fn figures_are_counts_against_their_own_denominators() {
        let outcome = |transactions_per_s| pgbench::Outcome { transactions_per_s, ..Default::default() };
        let yardstick = Yardstick { tpcb: outcome(1000.0), insert: outcome(4000.0) };
        let figures = Figures::of(&run(), Some(&yardstick));
        assert_eq!((figures.commands_per_s, figures.to_tpcb, figures.to_insert), (5000.0, 5.0, 1.25));
        assert_eq!((figures.p50_ms, figures.p99_ms, figures.p99_to_p50), (8.0, 20.0, 2.5));
        assert_eq!((figures.wal_syncs_per_command, figures.wal_bytes_per_command), (0.03, 2000.0));
        assert_eq!((figures.rows_per_batch, figures.round_trips_per_batch), (50.0, Some(2.0)));
        assert_eq!(figures.cpu_us_per_command["postgres"], 100.0);
    }

    #[test]
    fn medians_are_taken_of_each_figure_by_itself() {
        let figures = |speed, syncs, failures| Figures {
            commands_per_s: speed,
            wal_syncs_per_command: syncs,
            failures,
            ..Figures::default()
        };
        let medians =
            Figures::medians(&[figures(1.0, 0.3, 0.0), figures(3.0, 0.1, 1.0), figures(2.0, 0.2, 0.0)]);
        assert_eq!(
            (medians.commands_per_s, medians.wal_syncs_per_command, medians.failures),
            (2.0, 0.2, 1.0)
        );
    }

    #[test]
    fn a_floor_an_aim_and_neither_are_told_apart() {
        let holds = |to_tpcb| {
            let figures =
                Figures { to_tpcb, p99_to_p50: 3.1, wal_syncs_per_command: 0.06, ..Figures::default() };
            let verdicts = figures.verdicts(Path::Grpc, 64);
            verdicts.iter().map(|verdict| verdict.holds).collect::<Vec<_>>()
        };
        assert_eq!(holds(2.5), [Holds::Aim, Holds::Floor, Holds::No]);
        assert_eq!(holds(2.4), [Holds::Floor, Holds::Floor, Holds::No]);
        assert_eq!(holds(1.9), [Holds::No, Holds::Floor, Holds::No]);
        assert_eq!(Figures::default().verdicts(Path::Grpc, 16), []);
    }
}
