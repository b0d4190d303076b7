//! The rounds: `pgbench`, then every road with every number of callers, again and again.

use std::collections::BTreeMap;

use super::{
    Bench, Ground,
    figures::{Figures, Yardstick},
    machine::Machine,
    pgbench::{Kind, Pgbench},
    plan::{Path, Window, Work},
    proof::Proof,
    report::{Report, Row},
    stage::Stage,
};

/// Callers who fill the tables, and callers who read.
const FILLERS: usize = 512;
const READERS: usize = 64;

type Measured = BTreeMap<(Path, usize), Vec<Figures>>;

/// Measures and prints; false when the audit found something.
pub(crate) async fn run(bench: &Bench) -> anyhow::Result<bool> {
    let ground = Ground::open(bench.server.clone()).await?;
    let (machine, postgresql) = (Machine::describe(ground.data()), ground.description().await?);
    eprintln!("filling the tables of pgbench");
    let pgbench = Pgbench::prepare(&ground, bench.scale).await?;
    let mut stage = Stage::set(ground, &bench.paths, bench.parts, bench.units).await?;
    fill(bench, &mut stage).await?;

    let (mut yardsticks, mut commands, mut reads) = (Vec::new(), Measured::new(), Measured::new());
    for round in 1..=bench.rounds {
        eprintln!("round {round} of {}", bench.rounds);
        let yardstick = Yardstick {
            tpcb: pgbench.measure(&stage.ground, Kind::Tpcb, bench.seconds).await?,
            insert: pgbench.measure(&stage.ground, Kind::Insert, bench.seconds).await?,
        };
        let (tpcb, insert) = (yardstick.tpcb.transactions_per_s, yardstick.insert.transactions_per_s);
        eprintln!("  pgbench: {tpcb:.0} tx/s tpcb-like, {insert:.0} rows/s");
        for path in &bench.paths {
            for callers in &bench.callers {
                let run = (*path, usize::from(*callers));
                let figures = measure(bench, &mut stage, run, Some(&yardstick)).await?;
                commands.entry(run).or_default().push(figures);
            }
        }
        for path in bench.paths.iter().filter(|path| **path != Path::Engine) {
            let run = (*path, READERS);
            reads.entry(run).or_default().push(measure(bench, &mut stage, run, None).await?);
        }
        yardsticks.push(yardstick);
    }

    eprintln!("auditing");
    let audit = Proof::of(&stage.ground, stage.has_mesh(), true).await?;
    let clean = audit.findings == 0;
    let rows = |measured: Measured| -> Vec<Row> {
        measured.into_iter().map(|((path, callers), rounds)| Row::of(path, callers, rounds)).collect()
    };
    let report = Report {
        command: std::env::args().collect::<Vec<_>>().join(" "),
        machine,
        postgresql,
        scale: bench.scale,
        rounds: yardsticks,
        paths: rows(commands),
        reads: rows(reads),
        payment_peak_kib: stage.peak_kib(),
        audit,
    };
    stage.strike().await?.close().await?;
    if bench.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(clean)
}

/// Payments that are there before: an empty table is faster than any that was ever used.
async fn fill(bench: &Bench, stage: &mut Stage) -> anyhow::Result<()> {
    if bench.preload == 0 {
        return Ok(());
    }
    let mut paths = vec![];
    paths.extend(bench.paths.contains(&Path::Engine).then_some(Path::Engine));
    paths.extend(stage.has_mesh().then_some(Path::Grpc));
    for path in paths {
        eprintln!("making {} payments over {path}", bench.preload);
        stage.play(path, FILLERS, Work::Count { payments: bench.preload }).await?;
    }
    Ok(())
}

/// One run: commands against the yardstick of their round, reads against none.
async fn measure(
    bench: &Bench,
    stage: &mut Stage,
    (path, callers): (Path, usize),
    yardstick: Option<&Yardstick>,
) -> anyhow::Result<Figures> {
    let window = Window { warmup_ms: bench.warmup * 1000, measured_ms: bench.seconds * 1000 };
    let work = if yardstick.is_some() { Work::Lives(window) } else { Work::Reads(window) };
    let figures = Figures::of(&stage.play(path, callers, work).await?, yardstick);
    let Figures { commands_per_s, p50_ms, p99_ms, to_tpcb, wal_syncs_per_command, .. } = &figures;
    let what = if yardstick.is_some() { "commands" } else { "reads" };
    eprintln!(
        "  {path:<6} {callers:>4} callers: {commands_per_s:>6.0} {what}/s, p50 {p50_ms:.2} ms, p99 {p99_ms:.2} ms, \
         {to_tpcb:.2} x tpcb, {wal_syncs_per_command:.4} syncs each"
    );
    Ok(figures)
}
