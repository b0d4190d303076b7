//! `kvitt bench --record-day`: a whole day of a country, as fast as it can, and then the audit.

use std::fmt;

use serde::Serialize;

use super::{
    Bench, Ground,
    figures::{Run, day_speed, mebibytes},
    ground,
    machine::Machine,
    plan::{Path, Work},
    proof::Proof,
    report::about,
    stage::Stage,
};

/// How often the memory is shown.
const SHOWN: usize = 10;

/// How the day went.
#[derive(Debug, Serialize)]
struct Report {
    command: String,
    machine: Machine,
    postgresql: ground::Description,
    path: Path,
    callers: usize,
    payments: u64,
    commands: u64,
    seconds: f64,
    payments_per_s: f64,
    commands_per_s: f64,
    times_faster_than_the_day: f64,
    p50_us: u64,
    p99_us: u64,
    failures: u64,
    /// Payments made so far, and KiB resident then in the process that has the engine.
    memory: Vec<(u64, u64)>,
    audit: Proof,
}

/// Lives the day and prints how it went; false when the audit found something or not all was done.
pub(crate) async fn run(bench: &Bench) -> anyhow::Result<bool> {
    let path = bench.paths.first().copied().unwrap_or(Path::Engine);
    let callers = bench.callers.last().copied().map_or(512, usize::from);
    let ground = Ground::open(bench.server.clone()).await?;
    let (machine, postgresql) = (Machine::describe(ground.data()), ground.description().await?);
    let mut stage = Stage::set(ground, &[path], bench.parts, bench.units).await?;
    eprintln!("living {} payments over {path} with {callers} callers", bench.payments);
    let run = stage.play(path, callers, Work::Day { payments: bench.payments }).await?;
    eprintln!("auditing");
    let audit = Proof::of(&stage.ground, path != Path::Engine, path == Path::Engine).await?;
    stage.strike().await?.close().await?;

    let Run { observed, .. } = run;
    let outcome = observed.outcome;
    let [seconds, payments_per_s, commands_per_s, times_faster_than_the_day] =
        day_speed(outcome.payments, outcome.commands, outcome.window_us);
    let report = Report {
        command: std::env::args().collect::<Vec<_>>().join(" "),
        machine,
        postgresql,
        path,
        callers,
        payments: outcome.payments,
        commands: outcome.commands,
        seconds,
        payments_per_s,
        commands_per_s,
        times_faster_than_the_day,
        p50_us: outcome.p50_us,
        p99_us: outcome.p99_us,
        failures: outcome.failures,
        memory: observed.memory,
        audit,
    };
    if bench.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(report.audit.findings == 0 && report.failures == 0 && report.payments == bench.payments)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, path, callers, payments, commands, seconds, failures, .. } = self;
        let Self { payments_per_s, commands_per_s, times_faster_than_the_day, p50_us, p99_us, .. } = self;
        writeln!(f, "\n{command}")?;
        about(f, &self.machine, &self.postgresql)?;
        writeln!(
            f,
            "\nThe day of {payments} payments over {path} with {callers} callers took {seconds:.0} s: \
             {times_faster_than_the_day:.0} times faster than the day itself."
        )?;
        writeln!(
            f,
            "{commands} commands, {failures} not done; {payments_per_s:.0} payments/s, {commands_per_s:.0} commands/s, \
             p50 {p50_us} us, p99 {p99_us} us."
        )?;
        writeln!(f, "Memory of the process with the engine:")?;
        let every = self.memory.len().div_ceil(SHOWN).max(1);
        for (payments, kib) in self.memory.iter().step_by(every) {
            writeln!(f, "  after {payments:>9} payments {:>6.0} MiB", mebibytes(*kib))?;
        }
        write!(f, "{}", self.audit)
    }
}
