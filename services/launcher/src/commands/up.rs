//! `kvitt up`: everything, until Ctrl-C.

use std::{
    io::{self, Write as _},
    net::{Ipv4Addr, TcpListener},
    time::Instant,
};

use anyhow::Context;
use clap::ArgAction;
use kvitt_launcher::{EnvFile, Options, Platform, StartError};
use kvitt_postgres::server::Existing;
use kvitt_runtime::Clock;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{
    installation::{DATABASE_PREFIX, Installation, Place},
    screen,
};

/// The options of `kvitt up`.
#[derive(Debug, clap::Args)]
pub(crate) struct Up {
    /// Port of the API on 127.0.0.1; 0 takes any free one.
    #[arg(long, env = "KVITT_PORT", value_name = "PORT", default_value_t = 8080)]
    port: u16,
    /// Begin anew: everything in the data folder, and every database of Kvitt, is removed first.
    #[arg(long)]
    fresh: bool,
    /// Limit how often an operation may be called, as upstream does.
    #[arg(long, env = "KVITT_RATE_LIMITS", action = ArgAction::Set, default_value_t = true)]
    rate_limits: bool,
    /// Approve Express payments by force too, with the default shipping option; upstream refuses that.
    #[arg(long, env = "KVITT_FORCE_APPROVE_EXPRESS")]
    force_approve_express: bool,
    #[command(flatten)]
    place: Place,
}

pub(crate) async fn run(up: Up) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut told = Told::listen()?;
    let platform = tokio::select! {
        // Dropping what has started so far ends it, the server by its watcher.
        () = told.wait() => return Ok(()),
        started = start(up, begun) => started?,
    };
    until_told(platform, told).await
}

/// The platform, and the lock on its data, which is given back last.
async fn start(up: Up, begun: Instant) -> anyhow::Result<(Platform, Installation)> {
    let installation = Installation::open(up.place)?;
    let env_file = EnvFile::begin(installation.data()).context("could not remove the former env file")?;
    port_is_free(up.port)?;
    let existing = if up.fresh { Existing::Discard } else { Existing::Keep };
    let options = Options {
        databases: installation.databases(existing).await?,
        database_prefix: DATABASE_PREFIX.to_owned(),
        data_dir: installation.data().to_owned(),
        gateway_port: up.port,
        token_life_seconds: kvitt_access::TOKEN_LIFE_SECONDS,
        rate_limits: up.rate_limits,
        force_approve_express: up.force_approve_express,
        clock: Clock::system(),
    };
    let platform = Platform::start(options).await?;
    env_file.write(&platform).context("could not write the env file")?;
    let screen = screen::Screen {
        platform: &platform,
        env_file: env_file.path(),
        wanted_server_folder: &installation.server_folder(),
        took: begun.elapsed(),
    };
    // Whoever closed our output does not want to read it.
    write!(io::stdout(), "{screen}").and_then(|()| io::stdout().flush()).ok();
    Ok((platform, installation))
}

/// Tells before a server is started in vain; the platform finds out for itself.
fn port_is_free(port: u16) -> Result<(), StartError> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(StartError::PortInUse(port)),
        Ok(_) | Err(_) => Ok(()),
    }
}

async fn until_told(started: (Platform, Installation), mut told: Told) -> anyhow::Result<()> {
    let (mut platform, _installation) = started;
    let ended = tokio::select! {
        () = told.wait() => None,
        ended = platform.ended() => Some(ended),
    };
    tracing::info!("stopping");
    let stopped = tokio::select! {
        stopped = platform.stop() => stopped,
        () = told.wait() => anyhow::bail!("told twice to stop; requests at hand were cut off"),
    };
    match ended {
        // One part's end ends all; what the others say of it is in the log.
        Some(ended) => Err(ended.into()),
        None => stopped.map_err(anyhow::Error::from_boxed),
    }
}

/// The signals that ask a process to end.
pub(crate) struct Told {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Told {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for one of them.
    pub(crate) async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}
