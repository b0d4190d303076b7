//! The settings of logs and traces.

use tracing_subscriber::EnvFilter;

use super::rules;
use crate::telemetry::{Format, TelemetryConfig};

/// The settings of logs and traces, the same for every binary.
#[derive(Clone, Debug, clap::Args)]
pub struct TelemetryOptions {
    /// OTLP collector for traces and metrics, for example <http://127.0.0.1:4317>; without it nothing is exported.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL", value_parser = rules::collector_url)]
    pub otlp_endpoint: Option<String>,
    /// How logs look; pretty on a terminal and JSON elsewhere when not set.
    #[arg(long, env = "KVITT_LOG_FORMAT", value_enum)]
    pub log_format: Option<Format>,
    /// Which logs are shown, for example `info,kvitt_payment=debug`.
    #[arg(long, env = "KVITT_LOG", default_value = "info", value_name = "FILTER", value_parser = filter)]
    pub log: String,
}

impl TelemetryOptions {
    /// What [`crate::telemetry::init`] takes, for a process called `service`.
    pub fn config(self, service: &str) -> TelemetryConfig<'_> {
        TelemetryConfig {
            service,
            otlp_endpoint: self.otlp_endpoint.filter(|url| !url.is_empty()),
            format: self.log_format.unwrap_or_else(Format::for_stderr),
            filter: self.log,
        }
    }
}

fn filter(text: &str) -> Result<String, tracing_subscriber::filter::ParseError> {
    EnvFilter::try_new(text).map(|_| text.to_owned())
}
