//! Traces, metrics and logs of the whole process.
//!
//! Spans always have a trace id, because every error shows one; they and the metrics leave the process, by OTLP,
//! only when a collector is given. Logs go to standard error.

use std::io::IsTerminal as _;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{Key, KeyValue, global};
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{FilterExt as _, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry};
use uuid::Uuid;

use self::metrics::LogEvents;
use crate::RunError;

pub mod http_metrics;
pub mod http_trace;
mod json;
pub mod metrics;
pub(crate) mod rpc;

pub use http_trace::trace_parent;

/// These would trace the export of traces.
const MUTED: [&str; 5] = ["h2", "hyper", "hyper_util", "tonic", "tower"];

/// The spans that a trace goes through on its way in and out: of an incoming rpc and an HTTP request, of a batch, and of a
/// call.
const ON_THE_WAY: [&str; 4] = ["rpc", "http", "batch", "call"];

/// How logs look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people at a terminal.
    Pretty,
    /// One JSON object a line.
    Json,
}

impl Format {
    /// Pretty on a terminal, JSON elsewhere.
    pub fn for_stderr() -> Self {
        if std::io::stderr().is_terminal() { Self::Pretty } else { Self::Json }
    }
}

/// What to do with traces, metrics and logs.
#[derive(Clone, Debug)]
pub struct TelemetryConfig<'a> {
    /// `service.name` of this process.
    pub service: &'a str,
    /// The OTLP collector, for example `http://127.0.0.1:4317`; nothing is exported without one.
    pub otlp_endpoint: Option<String>,
    /// How logs look.
    pub format: Format,
    /// Which logs are shown, in the syntax of `tracing_subscriber::EnvFilter`. It does not touch traces.
    pub filter: String,
}

/// Holds what has to be told when the process ends.
#[derive(Debug)]
#[must_use = "without shutdown the last spans and metrics are lost"]
pub struct TelemetryGuard {
    traces: SdkTracerProvider,
    meters: Option<SdkMeterProvider>,
}

impl TelemetryGuard {
    /// Sends the metrics as they stand, without waiting for their time.
    pub async fn send_metrics(&self) {
        let meters = self.meters.clone();
        let flushing = tokio::task::spawn_blocking(move || meters.map(|meters| meters.force_flush()));
        if let Ok(Some(Err(error))) = flushing.await {
            tracing::warn!(%error, "the metrics could not be sent");
        }
    }

    /// Sends what has not been sent yet, and ends. A collector that is gone is only worth a word in the log.
    pub async fn shutdown(self) {
        // The exporters block while they flush, and need the runtime's workers meanwhile.
        let flushing = tokio::task::spawn_blocking(move || {
            if let Err(error) = self.traces.shutdown() {
                tracing::warn!(%error, "the last traces could not be sent");
            }
            if let Some(Err(error)) = self.meters.map(|meters| meters.shutdown()) {
                tracing::warn!(%error, "the last metrics could not be sent");
            }
        });
        if let Err(error) = flushing.await {
            tracing::warn!(%error, "telemetry did not end well");
        }
    }
}

/// Sets up telemetry for the process; fails when that has been done before. Call it inside the runtime.
pub fn init(config: TelemetryConfig<'_>) -> Result<TelemetryGuard, RunError> {
    let TelemetryConfig { service, otlp_endpoint, format, filter } = config;
    let resource = resource(service);
    let traces = tracer_provider(resource.clone(), otlp_endpoint.as_deref())?;
    let meters = otlp_endpoint.as_deref().map(|url| meter_provider(resource, url)).transpose()?;

    // Where nobody collects, a trace is only an id that comes in, is told, and goes out.
    let collected = otlp_endpoint.is_some();
    let wanted = filter_fn(move |about| collected || about.is_span() && ON_THE_WAY.contains(&about.name()));
    // Contexts are taken from spans and never from the thread, so they need not follow each poll; and what a span says of
    // itself is in its fields.
    let spans = tracing_opentelemetry::layer()
        .with_tracer(traces.tracer("kvitt"))
        .with_context_activation(false)
        .with_tracked_inactivity(false)
        .with_location(false)
        .with_threads(false)
        .with_filter(muted(Targets::new().with_default(LevelFilter::INFO)).and(wanted));
    let logs = match format {
        Format::Pretty => tracing_subscriber::fmt::layer().with_writer(std::io::stderr).compact().boxed(),
        Format::Json => json::layer(std::io::stderr).boxed(),
    };
    let logs = logs.with_filter(EnvFilter::try_new(filter)?);
    let events = collected.then(|| LogEvents.with_filter(LevelFilter::WARN));
    Registry::default().with(spans).with(logs).with(events).try_init()?;

    global::set_text_map_propagator(TraceContextPropagator::new());
    global::set_tracer_provider(traces.clone());
    if let Some(meters) = &meters {
        global::set_meter_provider(meters.clone());
        metrics::start();
    }
    Ok(TelemetryGuard { traces, meters })
}

fn muted(targets: Targets) -> Targets {
    targets.with_targets(MUTED.map(|target| (target, LevelFilter::OFF)))
}

/// Who this process is. Two of the same service differ by an id, or their counters would be taken for one; the pod's name
/// may be given as that in `OTEL_RESOURCE_ATTRIBUTES`.
fn resource(service: &str) -> Resource {
    const INSTANCE: Key = Key::from_static_str("service.instance.id");
    let builder = || Resource::builder().with_service_name(service.to_owned());
    let given = builder().build();
    if given.get(&INSTANCE).is_some() {
        return given;
    }
    builder().with_attribute(KeyValue::new(INSTANCE, Uuid::new_v4().to_string())).build()
}

fn tracer_provider(resource: Resource, otlp_endpoint: Option<&str>) -> Result<SdkTracerProvider, RunError> {
    let builder = SdkTracerProvider::builder().with_resource(resource);
    let Some(url) = otlp_endpoint else { return Ok(builder.build()) };
    let exporter = SpanExporter::builder().with_tonic().with_endpoint(url).build()?;
    Ok(builder.with_batch_exporter(exporter).build())
}

fn meter_provider(resource: Resource, url: &str) -> Result<SdkMeterProvider, RunError> {
    let exporter = MetricExporter::builder().with_tonic().with_endpoint(url).build()?;
    let reader = PeriodicReader::builder(exporter).with_interval(metrics::EVERY).build();
    Ok(SdkMeterProvider::builder().with_resource(resource).with_reader(reader).build())
}
