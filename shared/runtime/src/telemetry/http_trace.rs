//! W3C trace context over HTTP headers, for gRPC and REST alike.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator as _};
use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{IdGenerator as _, RandomIdGenerator};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Makes the trace context in `headers` the parent of `span`, and records the trace's id in the span's field
/// `trace_id` where it has one. Call it before the span is entered.
pub fn extract(headers: &HeaderMap, span: &Span) {
    let remote = TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers));
    if remote.span().span_context().is_valid() {
        // Without a telemetry layer there is no trace to take part in.
        let _no_layer = span.set_parent(remote);
    }
    let own = span_context(span);
    if own.is_valid() {
        span.record("trace_id", tracing::field::display(own.trace_id()));
    }
}

/// Writes the trace context of `span` into `headers`; nothing when it has none.
pub fn inject(span: &Span, headers: &mut HeaderMap) {
    TraceContextPropagator::new().inject_context(&span.context(), &mut HeadersMut(headers));
}

/// The current span in the form of a `traceparent`, `00-<trace id>-<span id>-01`. Every error shows it, so there is
/// always one: a random one where nothing is traced. It ends as upstream's does, whether or not the trace is sampled.
pub fn trace_parent() -> String {
    let current = span_context(&Span::current());
    if current.is_valid() {
        return format!("00-{}-{}-01", current.trace_id(), current.span_id());
    }
    let random = RandomIdGenerator::default();
    format!("00-{}-{}-01", random.new_trace_id(), random.new_span_id())
}

fn span_context(span: &Span) -> SpanContext {
    span.context().span().span_context().clone()
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct HeadersMut<'a>(&'a mut HeaderMap);

impl Injector for HeadersMut<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TracerProvider as _;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[test]
    fn a_trace_that_its_client_does_not_sample_is_shown_in_the_same_form() {
        let traces = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
        let layer = tracing_opentelemetry::layer().with_tracer(traces.tracer("test"));
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || {
            let trace_id = "a".repeat(32);
            let remote = format!("00-{trace_id}-{}-00", "b".repeat(16)).parse().unwrap();
            let headers = HeaderMap::from_iter([(HeaderName::from_static("traceparent"), remote)]);
            let span = tracing::info_span!("http");
            extract(&headers, &span);
            let parent = span.in_scope(trace_parent);
            assert!(parent.starts_with(&format!("00-{trace_id}-")) && parent.ends_with("-01"), "{parent}");
        });
    }

    #[test]
    fn there_is_always_a_trace_parent_of_the_right_form() {
        let parent = trace_parent();
        let parts: Vec<&str> = parent.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [2, 32, 16, 2], "{parent}");
        assert!(parent.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()), "{parent}");
        assert_ne!(parent, trace_parent());
    }
}
