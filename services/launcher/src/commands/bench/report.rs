//! What the benchmark says in the end: for people, or the same as JSON.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use super::{
    figures::{Figures, Holds, Verdict, Yardstick, mebibytes, median, per},
    ground,
    machine::Machine,
    pgbench,
    plan::Path,
    proof::Proof,
    table,
};

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) command: String,
    pub(crate) machine: Machine,
    pub(crate) postgresql: ground::Description,
    /// Of the tables of `pgbench`.
    pub(crate) scale: u32,
    pub(crate) rounds: Vec<Yardstick>,
    pub(crate) paths: Vec<Row>,
    pub(crate) reads: Vec<Row>,
    pub(crate) payment_peak_kib: Option<u64>,
    pub(crate) audit: Proof,
}

/// A road with a number of callers.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) path: Path,
    pub(crate) callers: usize,
    pub(crate) median: Figures,
    pub(crate) rounds: Vec<Figures>,
    pub(crate) verdicts: Vec<Verdict>,
}

impl Row {
    /// Medians of the rounds, and what they are worth.
    pub(crate) fn of(path: Path, callers: usize, rounds: Vec<Figures>) -> Self {
        let median = Figures::medians(&rounds);
        let verdicts = median.verdicts(path, callers);
        Self { path, callers, median, rounds, verdicts }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}", self.command)?;
        about(f, &self.machine, &self.postgresql)?;
        writeln!(f, "Medians of {} rounds.\n", self.rounds.len())?;
        self.yardsticks(f)?;
        self.speed(f)?;
        self.cost(f)?;
        self.reading(f)?;
        if let Some(kib) = self.payment_peak_kib {
            writeln!(f, "The payment service had at most {:.0} MiB resident.", mebibytes(kib))?;
        }
        write!(f, "{}", self.audit)
    }
}

/// The machine and the server, in three lines.
pub(crate) fn about(
    f: &mut fmt::Formatter<'_>,
    machine: &Machine,
    postgresql: &ground::Description,
) -> fmt::Result {
    let Machine { cores, processor, memory_mib, system, file_system, load_before } = machine;
    writeln!(
        f,
        "{cores} cores of {processor}, {memory_mib} MiB of memory, {system}, data on {file_system}."
    )?;
    writeln!(f, "Load of the machine before: {load_before}.")?;
    writeln!(f, "PostgreSQL {} with {}.", postgresql.version, postgresql.settings.join(", "))
}

impl Report {
    fn yardsticks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |name: &str, take: fn(&Yardstick) -> &pgbench::Outcome| {
            let of = |figure: &dyn Fn(&pgbench::Outcome) -> f64| {
                median(self.rounds.iter().map(|round| figure(take(round))).collect()).unwrap_or_default()
            };
            let per_transaction = |count: u64, one: &pgbench::Outcome| per(count, one.transactions);
            vec![
                name.to_owned(),
                format!("{:.0}", of(&|one| one.transactions_per_s)),
                format!("{:.2}", of(&|one| one.latency_ms)),
                format!("{:.3}", of(&|one| per_transaction(one.wal_syncs.unsigned_abs(), one))),
                format!("{:.0}", of(&|one| per_transaction(one.wal_bytes.unsigned_abs(), one))),
                format!("{:.0}", of(&|one| per_transaction(one.postgres_us.unwrap_or_default(), one))),
                format!("{:.0}", of(&|one| per_transaction(one.client_us, one))),
            ]
        };
        let rows = [
            row(&format!("tpcb-like, scale {}, 16 clients, prepared", self.scale), |round| &round.tpcb),
            row("one row inserted, 16 clients, prepared", |round| &round.insert),
        ];
        let head = ["pgbench", "tx/s", "mean ms", "syncs/tx", "WAL B/tx", "PG us/tx", "client us/tx"];
        writeln!(f, "{}", table::render(&head, &[0], &rows))
    }

    fn speed(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |row: &Row| {
            let Figures { commands_per_s, p50_ms, p99_ms, to_tpcb, to_insert, .. } = &row.median;
            let extreme = |pick: fn(f64, f64) -> f64, start| {
                row.rounds.iter().map(|figures| figures.to_tpcb).fold(start, pick)
            };
            vec![
                row.path.to_string(),
                row.callers.to_string(),
                format!("{commands_per_s:.0}"),
                format!("{p50_ms:.2}"),
                format!("{p99_ms:.2}"),
                format!("{to_tpcb:.2}"),
                format!("{:.2}-{:.2}", extreme(f64::min, f64::MAX), extreme(f64::max, 0.0)),
                format!("{to_insert:.2}"),
                format!("{:.0}", row.median.failures),
                row.verdicts.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
            ]
        };
        let head = [
            "path",
            "callers",
            "commands/s",
            "p50 ms",
            "p99 ms",
            "x tpcb",
            "rounds",
            "x insert",
            "failed",
            "holds",
        ];
        let rows: Vec<_> = self.paths.iter().map(row).collect();
        writeln!(f, "{}", table::render(&head, &[0, 9], &rows))
    }

    fn cost(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = [
            "path",
            "callers",
            "syncs/cmd",
            "WAL B/cmd",
            "rows/batch",
            "trips/batch",
            "PG us/cmd",
            "payment",
            "wallet",
            "gateway",
            "access",
            "merchant",
            "load",
        ];
        let row = |row: &Row| {
            let figures = &row.median;
            let mut cells = vec![
                row.path.to_string(),
                row.callers.to_string(),
                format!("{:.4}", figures.wal_syncs_per_command),
                format!("{:.0}", figures.wal_bytes_per_command),
                format!("{:.1}", figures.rows_per_batch),
                figures.round_trips_per_batch.map_or("-".to_owned(), |trips| format!("{trips:.2}")),
            ];
            cells.extend(cpu(&figures.cpu_us_per_command));
            cells
        };
        let rows: Vec<_> = self.paths.iter().map(row).collect();
        writeln!(f, "{}", table::render(&head, &[0], &rows))
    }

    fn reading(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.reads.is_empty() {
            return Ok(());
        }
        let head = [
            "reads by",
            "callers",
            "reads/s",
            "p50 ms",
            "p99 ms",
            "PG us/read",
            "payment",
            "wallet",
            "gateway",
            "access",
            "merchant",
            "load",
        ];
        let row = |row: &Row| {
            let figures = &row.median;
            let mut cells = vec![
                row.path.to_string(),
                row.callers.to_string(),
                format!("{:.0}", figures.commands_per_s),
                format!("{:.2}", figures.p50_ms),
                format!("{:.2}", figures.p99_ms),
            ];
            cells.extend(cpu(&figures.cpu_us_per_command));
            cells
        };
        let rows: Vec<_> = self.reads.iter().map(row).collect();
        writeln!(f, "{}", table::render(&head, &[0], &rows))
    }
}

/// Processor time of each process that matters, in the order of the columns.
fn cpu(figures: &BTreeMap<String, f64>) -> [String; 7] {
    ["postgres", "payment", "wallet", "gateway", "access", "merchant", "load"]
        .map(|name| figures.get(name).map_or("-".to_owned(), |us| format!("{us:.0}")))
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, value, floor, aim, holds } = self;
        match (holds, aim) {
            (Holds::Aim, Some(aim)) => write!(f, "{what} past the aim of {aim}"),
            (Holds::Aim, None) | (Holds::Floor, None) => write!(f, "{what} within {floor}"),
            (Holds::Floor, Some(_)) => write!(f, "{what} past the floor of {floor}"),
            (Holds::No, Some(_)) => write!(f, "NOT {what} {floor}"),
            (Holds::No, None) => write!(f, "NOT {what} {floor}: {value:.3}"),
        }
    }
}
