//! What every service's `main` does round its `run`: settings, telemetry, sockets, and the signals that end it; and
//! [`Process`], what a process is told beside its service's own settings.

mod health_port;
mod parse;
mod rules;
mod run;
mod telemetry_options;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{ArgMatches, Command, FromArgMatches};

use crate::caller::ServiceName;
use crate::serve::Health;
use crate::tls::{InvalidFiles, PeerName, Tls, TlsFiles};

pub use parse::parse;
pub use rules::{InvalidValue, hex_keys, peer_url, secret, smtp_url, web_url};
pub use run::{Place, run_service};
pub use telemetry_options::TelemetryOptions;

/// The exit code of a process whose settings are wrong.
pub const BAD_SETTINGS: u8 = 64;

/// What is the same in every binary and belongs to the process: how it is connected, and how it starts and ends. It is
/// part of each service's settings, and the certificates have been read when there is one. The default is a process
/// without certificates that migrates its database itself.
#[derive(Clone, Debug, Default)]
pub struct Process {
    tls: Option<Tls>,
    health_listen: Option<SocketAddr>,
    drain_wait: Duration,
    schema_is_awaited: bool,
    health: Health,
}

impl Process {
    /// A process with these certificates.
    pub fn with_tls(tls: Tls) -> Self {
        Self { tls: Some(tls), ..Self::default() }
    }

    /// What connections are made with; None when they are not TLS.
    pub fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    /// Whether the process serves; clones of the process tell the same.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// Whether somebody else migrates the database, and the process waits until that is done.
    pub fn schema_is_awaited(&self) -> bool {
        self.schema_is_awaited
    }

    /// What is wrong with it as the process of a service.
    fn check(&self, name: ServiceName, listen: SocketAddr) -> Result<(), String> {
        if let Some(own) = self.tls.as_ref().map(Tls::own_name)
            && own != PeerName::Service(name)
        {
            return Err(format!(
                "KVITT_TLS_CERT: the certificate must be valid for the name {name}, and is valid for {own}"
            ));
        }
        if self.health_listen == Some(listen) && listen.port() != 0 {
            return Err("KVITT_HEALTH_LISTEN: must be another address than the service's own".to_owned());
        }
        Ok(())
    }
}

/// How a [`Process`] is told what it is.
#[derive(Debug, clap::Args)]
struct ProcessOptions {
    /// Certificate of this process for mutual TLS, with those between it and the authority: a PEM file, valid for the
    /// service's name and for the names in its URL. It may be replaced while the process runs.
    #[arg(long, env = "KVITT_TLS_CERT", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, a PEM file.
    #[arg(long, env = "KVITT_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Certificates of the authorities that the mesh trusts, a PEM file.
    #[arg(long, env = "KVITT_TLS_CA", value_name = "FILE")]
    tls_ca: Option<PathBuf>,
    /// Where to tell by gRPC health, without TLS and to anybody, whether the process serves; nowhere when not set.
    #[arg(long, env = "KVITT_HEALTH_LISTEN", value_name = "ADDRESS")]
    health_listen: Option<SocketAddr>,
    /// How long to go on serving, and say that it does not, after being told to stop: until callers have heard it.
    #[arg(long = "drain-wait", env = "KVITT_DRAIN_WAIT", default_value_t = 0, value_name = "SECONDS",
        value_parser = clap::value_parser!(u64).range(..=MOST_DRAIN_WAIT_SECONDS))]
    drain_wait_seconds: u64,
    /// Whether the process migrates its database, or waits until `kvitt migrate` has done it.
    #[arg(long, env = "KVITT_MIGRATE", action = clap::ArgAction::Set, default_value_t = true,
        value_name = "BOOL")]
    migrate: bool,
}

/// Whoever waits longer than that is killed before it has drained.
const MOST_DRAIN_WAIT_SECONDS: u64 = 300;

impl ProcessOptions {
    fn files(&self) -> Result<Option<TlsFiles>, Incomplete> {
        let all = [("CERT", &self.tls_cert), ("KEY", &self.tls_key), ("CA", &self.tls_ca)];
        let find = |set: bool| all.iter().find(|(_, file)| file.is_some() == set).map(|(name, _)| *name);
        match (&self.tls_cert, &self.tls_key, &self.tls_ca) {
            (Some(cert), Some(key), Some(ca)) => {
                Ok(Some(TlsFiles { cert: cert.clone(), key: key.clone(), ca: ca.clone() }))
            }
            _ => match (find(false), find(true)) {
                (Some(missing), Some(set)) => Err(Incomplete { missing, set }),
                (None | Some(_), None | Some(_)) => Ok(None),
            },
        }
    }
}

/// Some of the three files are named, and not all.
#[derive(Debug, thiserror::Error)]
#[error("KVITT_TLS_{missing}: must be set, since KVITT_TLS_{set} is")]
struct Incomplete {
    missing: &'static str,
    set: &'static str,
}

impl FromArgMatches for Process {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let options = ProcessOptions::from_arg_matches(matches)?;
        let files = options.files().map_err(|error| invalid(&error))?;
        let tls = files.map(Tls::load).transpose().map_err(|error: InvalidFiles| invalid(&error))?;
        Ok(Self {
            tls,
            health_listen: options.health_listen,
            drain_wait: Duration::from_secs(options.drain_wait_seconds),
            schema_is_awaited: !options.migrate,
            health: Health::new(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for Process {
    fn augment_args(command: Command) -> Command {
        ProcessOptions::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        ProcessOptions::augment_args_for_update(command)
    }
}

fn invalid(error: &dyn fmt::Display) -> clap::Error {
    clap::Error::raw(ErrorKind::ValueValidation, error)
}
