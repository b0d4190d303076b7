//! `kvitt clock`: what time it is in a running sandbox, and how to move it.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, anyhow};
use chrono::{DateTime, SecondsFormat, Utc};
use kvitt_primitives::Span;
use kvitt_proto::{
    refusal,
    sandbox::v1::{
        AdvanceClockRequest, GetClockRequest, advance_clock_request::Target,
        clock_service_client::ClockServiceClient,
    },
    time,
};
use tonic::{Request, Status};

use super::running;

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
    let (mesh, _) = running::find(&clock.data).await?;
    let mut access = ClockServiceClient::new(mesh.access());
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
    fn an_instant_needs_its_zone() {
        assert!(instant("2027-01-01T00:00:00Z").is_ok() && instant("2027-01-01T00:00:00+01:00").is_ok());
        assert!(instant("2027-01-01").is_err() && instant("2027-01-01T00:00:00").is_err());
    }
}
