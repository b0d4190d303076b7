//! What the load generator is told, and what it says: JSON over its standard input and output, since it is a process of
//! its own.

use std::{fmt, net::SocketAddr};

use serde::{Deserialize, Serialize};

/// The road of the commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Path {
    /// The engine in the load generator's own process, with an acquirer in memory.
    Engine,
    /// A client over gRPC.
    Grpc,
    /// A client over the REST edge.
    Rest,
}

impl Path {
    /// As it is spelled.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Grpc => "grpc",
            Self::Rest => "rest",
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) path: Path,
    pub(crate) callers: usize,
    pub(crate) work: Work,
    /// Begins every reference; no two plans on one database have the same.
    pub(crate) run: String,
    /// For the engine.
    pub(crate) engine: Option<EngineAt>,
    /// For the other roads.
    pub(crate) mesh: Option<MeshAt>,
    pub(crate) units: Vec<Unit>,
}

/// How long, or how much.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Work {
    /// Lives, for a time.
    Lives(Window),
    /// Reads of payments that were made before the window, for a time.
    Reads(Window),
    /// So many lives.
    Count {
        /// How many.
        payments: u64,
    },
    /// A record day of so many payments.
    Day {
        /// How many.
        payments: u64,
    },
}

/// What counts, and what comes before it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Window {
    pub(crate) warmup_ms: u64,
    pub(crate) measured_ms: u64,
}

/// A database for the engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct EngineAt {
    pub(crate) database_url: String,
    pub(crate) parts: u16,
}

/// The mesh.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MeshAt {
    pub(crate) gateway: SocketAddr,
    pub(crate) payment: SocketAddr,
    pub(crate) wallet: SocketAddr,
    /// The payers' phone numbers.
    pub(crate) phones: Vec<String>,
}

/// A sales unit, with the secrets of its system.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Unit {
    pub(crate) msn: String,
    pub(crate) token: String,
    pub(crate) subscription_key: String,
}

/// What the generator says, one line each.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Said {
    /// What is measured begins.
    Begun,
    /// So many payments have been made.
    Progress(u64),
    /// What is measured has ended; a few lives may still be finished.
    Over,
    /// All has ended.
    Done(Outcome),
}

/// What was done.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// Commands answered within the window.
    pub(crate) commands: u64,
    /// Its length.
    pub(crate) window_us: u64,
    /// Commands answered at all, in warming up and finishing too.
    pub(crate) all_commands: u64,
    /// Payments created at all.
    pub(crate) payments: u64,
    /// Half of the window's commands took no longer.
    pub(crate) p50_us: u64,
    /// 99 of 100 took no longer.
    pub(crate) p99_us: u64,
    /// None took longer.
    pub(crate) max_us: u64,
    /// Commands that were not done, and what the first of them was told.
    pub(crate) failures: u64,
    pub(crate) first_failure: Option<String>,
    /// What the lanes of an engine in this process have counted.
    pub(crate) lanes: Option<Lanes>,
}

/// Counts of an engine's lanes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lanes {
    pub(crate) batches: u64,
    pub(crate) commands: u64,
    pub(crate) statements: u64,
}
