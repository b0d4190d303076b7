//! `kvitt clock`: what time it is in a running sandbox, and how to move it.

use std::{
    collections::BTreeMap,
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use chrono::{DateTime, SecondsFormat, Utc};
use kvitt_launcher::secrets::Secrets;
use kvitt_primitives::Span;
use kvitt_proto::{
    refusal,
    sandbox::v1::{
        AdvanceClockRequest, GetClockRequest, advance_clock_request::Target,
        clock_service_client::ClockServiceClient,
    },
    time,
};
use kvitt_runtime::{Mesh, MeshConfig, PeerChannel, ServiceName};
use tokio::net::TcpStream;
use tonic::{Request, Status};

/// Moving time does all that becomes due on the way; `access` gives up a little earlier by itself.
const ADVANCE_LIMIT: Duration = Duration::from_secs(600);

/// The options of `kvitt clock`.
#[derive(Debug, clap::Args)]
#[command(mut_arg("log", |log| log.default_value("warn")))]
#[command(after_help = "\
Without a subcommand it says what time it is. Only business time is moved: expiries, deadlines, guarantees, the times of \
events. Tokens and signatures live in wall-clock time.

  kvitt clock advance 181d
  kvitt clock advance 1d12h
  kvitt clock advance --to 2027-01-01T00:00:00Z

Time stops at each instant at which something is due until that is done, and never goes back. A stopped platform goes on \
from the time at which it was.")]
pub(crate) struct Clock {
    /// Folder with the state of the running installation.
    #[arg(long, env = "KVITT_DATA", value_name = "DIR", default_value = ".kvitt", global = true)]
    data: PathBuf,
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    pub(crate) telemetry: kvitt_runtime::main::TelemetryOptions,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Moves time forward, at most ten years.
    Advance(Advance),
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Advance {
    /// By so much, in weeks, days, hours, minutes and seconds: 181d, 1d12h.
    #[arg(value_name = "LENGTH")]
    by: Option<Span>,
    /// To this instant: 2027-01-01T00:00:00Z.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    to: Option<DateTime<Utc>>,
}

pub(crate) async fn run(clock: Clock) -> anyhow::Result<()> {
    let mut access = connect(&clock.data).await?;
    let Some(Action::Advance(Advance { by, to })) = clock.action else {
        let told = access.get_clock(GetClockRequest {}).await.map_err(|refused| explain(&refused))?;
        let told = told.into_inner();
        println!("{}", line(told.now, told.offset)?);
        return Ok(());
    };
    let target = match (by, to) {
        (Some(by), _) => Some(Target::By(by.length().try_into().map_err(|_| anyhow!(Span::RULE))?)),
        (None, to) => to.map(|to| Target::To(time::to_proto(to))),
    };
    let mut request = Request::new(AdvanceClockRequest { target });
    request.set_timeout(ADVANCE_LIMIT);
    let told = access.advance_clock(request).await.map_err(|refused| explain(&refused))?.into_inner();
    let line = line(told.now, told.offset)?;
    println!("{line}; due instants on the way: {}", told.instants);
    Ok(())
}

/// The clock of the platform that runs on a data folder.
async fn connect(data: &Path) -> anyhow::Result<ClockServiceClient<PeerChannel>> {
    let stopped =
        || format!("no platform runs on {}; start it, or name another folder with --data", data.display());
    let env = match fs::read_to_string(data.join("env")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => bail!(stopped()),
        read => read.with_context(|| format!("could not read {}", data.join("env").display()))?,
    };
    let address =
        address(&env).with_context(|| format!("{} names no access service", data.join("env").display()))?;
    // What a killed platform leaves behind names a port that nobody listens on.
    drop(TcpStream::connect(address).await.map_err(|_refused| anyhow!(stopped()))?);
    let secrets = data.join("secrets.json");
    let secret = Secrets::load(&secrets).with_context(|| format!("could not read {}", secrets.display()))?;
    let secret = secret.find_service(ServiceName::Launcher).context("the operator has no secret there")?;
    let config = MeshConfig { access_url: format!("http://{address}"), service_secret: secret };
    let mesh = Mesh::new(ServiceName::Launcher, &config).map_err(anyhow::Error::from_boxed)?;
    Ok(ClockServiceClient::new(mesh.access()))
}

fn address(env: &str) -> Option<SocketAddr> {
    let pairs: BTreeMap<_, _> = env.lines().filter_map(|line| line.split_once('=')).collect();
    pairs.get("GRPC_ACCESS")?.parse().ok()
}

fn instant(text: &str) -> Result<DateTime<Utc>, &'static str> {
    let parsed =
        DateTime::parse_from_rfc3339(text).map_err(|_| "must be an instant such as 2027-01-01T00:00:00Z")?;
    Ok(parsed.with_timezone(&Utc))
}

/// What was refused, in one line.
fn explain(refused: &Status) -> anyhow::Error {
    match refusal::field_violations_of(refused).first() {
        Some(violation) => anyhow!("the target {}", violation.description),
        None => anyhow!("{}", refused.message()),
    }
}

fn line(
    now: Option<prost_types::Timestamp>,
    offset: Option<prost_types::Duration>,
) -> anyhow::Result<String> {
    let now = now.and_then(|now| time::from_proto(now, "now").ok()).context("the answer lacks the time")?;
    let offset = offset.and_then(|offset| Duration::try_from(offset).ok()).unwrap_or_default();
    let now = now.to_rfc3339_opts(SecondsFormat::Millis, true);
    Ok(format!("{now}, {} ahead of the wall clock", Span::new(offset)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_among_the_other_lines() {
        let env = "BASE_URL=http://127.0.0.1:8080\nGRPC_ACCESS=127.0.0.1:5001\nMSN=300001\n";
        assert_eq!(address(env), Some(([127, 0, 0, 1], 5001).into()));
        for env in ["", "GRPC_ACCESS", "GRPC_ACCESS=", "GRPC_ACCESS=nowhere"] {
            assert_eq!(address(env), None, "{env}");
        }
    }

    #[test]
    fn an_instant_needs_its_zone() {
        assert!(instant("2027-01-01T00:00:00Z").is_ok() && instant("2027-01-01T00:00:00+01:00").is_ok());
        assert!(instant("2027-01-01").is_err() && instant("2027-01-01T00:00:00").is_err());
    }

    #[tokio::test]
    async fn a_folder_without_a_running_platform_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let told = || async { connect(folder.path()).await.map(drop).unwrap_err().to_string() };
        let stopped = format!("no platform runs on {}", folder.path().display());
        assert!(told().await.starts_with(&stopped));
        fs::write(folder.path().join("env"), "GRPC_ACCESS=127.0.0.1:1\n").unwrap();
        assert!(told().await.starts_with(&stopped));
        fs::write(folder.path().join("env"), "MSN=300001\n").unwrap();
        assert!(told().await.ends_with("names no access service"));
    }
}
