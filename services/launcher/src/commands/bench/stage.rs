//! What the runs are played on: the mesh and the engine's database, and what is asked of both before and after each.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use kvitt_payment::bench::{self, Bench, Positions, Written};
use kvitt_runtime::ServiceName;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::sleep;

use super::{
    figures::Run,
    generator,
    ground::Ground,
    mesh::{Mesh, SERVICES},
    plan::{EngineAt, MeshAt, Path, Plan, Unit, Work},
    proc::Watched,
    seed,
};

/// What a run has set going in other services must be over before the next one is measured, within this time.
const QUIET_LIMIT: Duration = Duration::from_secs(120);
/// PostgreSQL never rests entirely: so little in so long a time counts as nothing.
const CALM: Duration = Duration::from_millis(250);
const CALM_BYTES: i64 = 64 * 1024;
/// Autovacuum may write for longer than this; that is part of the game.
const CALM_LIMIT: Duration = Duration::from_secs(10);

/// Everything that is measured.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) ground: Ground,
    engine: EngineAt,
    mesh: Option<Troupe>,
    bare_units: Vec<Unit>,
    runs: u32,
}

/// The mesh with those who use it.
#[derive(Debug)]
struct Troupe {
    mesh: Mesh,
    at: MeshAt,
    units: Vec<Unit>,
    payment: SecretString,
}

impl Stage {
    /// Prepares what the roads need.
    pub(crate) async fn set(ground: Ground, paths: &[Path], parts: u16, units: u32) -> anyhow::Result<Self> {
        let engine = ground.create_database("engine").await?;
        Bench::open(&engine, parts).await.map_err(anyhow::Error::from_boxed)?.close().await;
        let engine = EngineAt { database_url: engine.expose_secret().to_owned(), parts };
        let mesh = if paths.iter().any(|path| *path != Path::Engine) {
            eprintln!("starting the services, and making {units} sales units and their payers");
            let mesh = Mesh::start(&ground, parts, &SERVICES).await?;
            let (at, units) = seed::seed(&mesh, units).await?;
            Some(Troupe { at, units, payment: ground.database_url("payment")?, mesh })
        } else {
            None
        };
        Ok(Self { ground, engine, mesh, bare_units: seed::bare_units(units), runs: 0 })
    }

    /// Plays a plan and counts what it caused.
    pub(crate) async fn play(&mut self, path: Path, callers: usize, work: Work) -> anyhow::Result<Run> {
        self.runs += 1;
        let run = format!("run{:03}", self.runs);
        let troupe = self.mesh.as_ref().filter(|_| path != Path::Engine);
        let plan = Plan {
            path,
            callers,
            work,
            run,
            engine: (path == Path::Engine).then(|| self.engine.clone()),
            mesh: troupe.map(|troupe| troupe.at.clone()),
            units: troupe.map_or_else(|| self.bare_units.clone(), |troupe| troupe.units.clone()),
        };
        self.calm().await?;
        let (from, wal) = (self.positions(path).await?, self.ground.wal().await?);
        let engine = troupe.and_then(|troupe| troupe.mesh.process(ServiceName::Payment));
        let observed = generator::observe(&plan, &self.watched(), engine).await;
        let observed = observed.with_context(|| format!("{path} with {callers} callers"))?;
        self.quiet(path).await?;
        let (written, after) = (self.written(path, &from).await?, self.ground.wal().await?);
        let outcome = &observed.outcome;
        if let Some(failure) = &outcome.first_failure {
            eprintln!("  {} commands were not done; the first: {failure}", outcome.failures);
        }
        anyhow::ensure!(
            outcome.failures * 100 <= outcome.all_commands,
            "more than one of a hundred commands was not done, so the figures would mean nothing"
        );
        Ok(Run { wal_syncs: after.syncs - wal.syncs, wal_bytes: after.bytes - wal.bytes, written, observed })
    }

    /// KiB that the payment service had resident at most.
    pub(crate) fn peak_kib(&self) -> Option<u64> {
        super::proc::memory_kib(self.mesh.as_ref()?.mesh.process(ServiceName::Payment)?, "VmHWM")
    }

    /// Whether there is a mesh.
    pub(crate) fn has_mesh(&self) -> bool {
        self.mesh.is_some()
    }

    /// Stops the mesh, and gives the ground back.
    pub(crate) async fn strike(self) -> anyhow::Result<Ground> {
        if let Some(troupe) = self.mesh {
            troupe.mesh.stop().await?;
        }
        Ok(self.ground)
    }

    fn watched(&self) -> Watched {
        match &self.mesh {
            Some(troupe) => troupe.mesh.watched(&self.ground),
            None => Watched { postmaster: self.ground.postmaster(), others: Vec::new() },
        }
    }

    /// The database that the payments of a road are in.
    fn payments(&self, path: Path) -> SecretString {
        match &self.mesh {
            Some(troupe) if path != Path::Engine => troupe.payment.clone(),
            _ => SecretString::from(self.engine.database_url.as_str()),
        }
    }

    async fn positions(&self, path: Path) -> anyhow::Result<Positions> {
        let pool = kvitt_postgres::connect(&self.payments(path), 1)?;
        let positions = bench::positions(&pool).await?;
        pool.close().await;
        Ok(positions)
    }

    async fn written(&self, path: Path, from: &Positions) -> anyhow::Result<Written> {
        let pool = kvitt_postgres::connect(&self.payments(path), 1)?;
        let written = bench::written(&pool, from, &bench::positions(&pool).await?).await?;
        pool.close().await;
        Ok(written)
    }

    /// Waits for what follows from a run: clearing, and the wallet's inbox.
    async fn quiet(&self, path: Path) -> anyhow::Result<()> {
        let begun = Instant::now();
        if path == Path::Engine {
            // Its connections must have ended, so that all they did has been counted.
            while self.ground.connections("engine").await? > 0 && begun.elapsed() < QUIET_LIMIT {
                sleep(CALM / 10).await;
            }
            return Ok(());
        }
        let pool = kvitt_postgres::connect(&self.payments(path), 1)?;
        while bench::uncleared(&pool).await? > 0 {
            anyhow::ensure!(begun.elapsed() < QUIET_LIMIT, "clearing does not catch up");
            sleep(CALM).await;
        }
        pool.close().await;
        self.calm().await
    }

    /// Waits until hardly anything is written any more.
    async fn calm(&self) -> anyhow::Result<()> {
        let begun = Instant::now();
        let mut before = self.ground.wal().await?.bytes;
        while begun.elapsed() < CALM_LIMIT {
            sleep(CALM).await;
            let now = self.ground.wal().await?.bytes;
            if now - before < CALM_BYTES {
                break;
            }
            before = now;
        }
        Ok(())
    }
}
