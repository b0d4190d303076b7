//! The load generator from outside: started with a plan, watched while it works.

use std::process::Stdio;

use anyhow::{Context as _, bail};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::Command,
};

use super::{
    plan::{Outcome, Plan, Said},
    proc::{self, Cost, Watched},
};

/// The name under which the generator's own cost is told.
pub(crate) const LOAD: &str = "load";

/// What was done, and what it cost while it was measured.
#[derive(Clone, Debug)]
pub(crate) struct Observed {
    pub(crate) outcome: Outcome,
    /// Processor time by process, within the window.
    pub(crate) cost: Cost,
    /// Payments made, and the KiB that were resident then in the process that has the engine.
    pub(crate) memory: Vec<(u64, u64)>,
}

/// Starts a generator, gives it its plan, and watches. `engine` is the process that has the engine, unless it is the
/// generator itself.
pub(crate) async fn observe(plan: &Plan, watched: &Watched, engine: Option<u32>) -> anyhow::Result<Observed> {
    let mut command = Command::new(std::env::current_exe().context("could not find this program")?);
    command.arg("bench-load").stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().context("could not start the load generator")?;
    let load = child.id().context("the load generator ended at once")?;
    let mut input = child.stdin.take().context("stdin was asked for as a pipe")?;
    let output = child.stdout.take().context("stdout was asked for as a pipe")?;
    input.write_all(&serde_json::to_vec(plan)?).await.context("the load generator takes no plan")?;
    drop(input);

    let mut watched = watched.clone();
    watched.others.push((LOAD.to_owned(), load));
    let (mut before, mut cost, mut memory, mut done) = (Cost::new(), Cost::new(), Vec::new(), None);
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line).with_context(|| format!("the load generator said {line}"))? {
            Said::Begun => before = watched.cost(),
            Said::Over => cost = proc::spent(&before, &watched.cost()),
            Said::Progress(payments) => {
                memory.extend(proc::memory_kib(engine.unwrap_or(load), "VmRSS").map(|kib| (payments, kib)));
            }
            Said::Done(outcome) => done = Some(outcome),
        }
    }
    let status = child.wait().await?;
    let Some(outcome) = done.filter(|_| status.success()) else {
        bail!("the load generator ended without an outcome ({status})");
    };
    Ok(Observed { outcome, cost, memory })
}
