//! Whether what the benchmark wrote adds up.

use std::fmt;

use anyhow::Context as _;
use kvitt_launcher::audit::Summary;
use kvitt_payment::audit::Snapshot;
use kvitt_runtime::Clock;
use secrecy::SecretString;
use serde::Serialize;

use super::ground::Ground;

/// So many findings are shown.
const SHOWN: u64 = 20;
/// For the walk, and for the snapshots taken before and after.
const CONNECTIONS: u32 = 2;

/// What the audit said.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Proof {
    /// Of the payments that went through the mesh, both sides.
    pub(crate) mesh: Option<String>,
    /// Of the payments that the engine in process made; their acquirer was in memory, so there is one side.
    pub(crate) engine: Option<String>,
    pub(crate) findings: u64,
}

impl Proof {
    /// Audits the databases that were used.
    pub(crate) async fn of(ground: &Ground, mesh: bool, engine: bool) -> anyhow::Result<Self> {
        let mut proof = Self::default();
        if mesh {
            let summary = both_sides(ground).await.context("could not audit the mesh")?;
            proof.findings += summary.findings;
            proof.mesh = Some(summary.to_string());
        }
        if engine {
            let url = ground.database_url("engine")?;
            let summary = one_side(&url).await.context("could not audit the engine")?;
            proof.findings += summary.findings;
            let Summary { payments, events, findings, .. } = summary;
            proof.engine = Some(format!("{payments} payments, {events} events checked: {findings} findings"));
        }
        Ok(proof)
    }
}

async fn both_sides(ground: &Ground) -> anyhow::Result<Summary> {
    let payment = kvitt_postgres::connect(&ground.database_url("payment")?, CONNECTIONS)?;
    let wallet = kvitt_postgres::connect(&ground.database_url("wallet")?, CONNECTIONS)?;
    let mut shown = 0;
    let summary = kvitt_launcher::audit::audit(&payment, &wallet, Clock::system().now(), |finding| {
        show(&mut shown, &finding);
    });
    let summary = summary.await?;
    payment.close().await;
    wallet.close().await;
    Ok(summary)
}

async fn one_side(url: &SecretString) -> anyhow::Result<Summary> {
    let pool = kvitt_postgres::connect(url, CONNECTIONS)?;
    let mut summary = Summary::default();
    let mut snapshot = Snapshot::take(&pool).await?;
    let mut audit = snapshot.audit(Clock::system().now()).await?;
    while let Some(page) = audit.next().await? {
        summary.payments += page.payments;
        summary.events += page.events;
        for finding in page.findings {
            show(&mut summary.findings, &finding);
        }
    }
    drop(audit);
    drop(snapshot);
    pool.close().await;
    Ok(summary)
}

fn show(count: &mut u64, finding: &dyn fmt::Display) {
    *count += 1;
    if *count <= SHOWN {
        eprintln!("  {finding}");
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(mesh) = &self.mesh {
            writeln!(f, "Audit: {mesh}")?;
        }
        if let Some(engine) = &self.engine {
            writeln!(f, "Audit of the engine in process: {engine}")?;
        }
        Ok(())
    }
}
