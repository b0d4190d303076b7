//! The metric of a REST request, in the words of OpenTelemetry's conventions.

use std::sync::OnceLock;
use std::time::Instant;

use http::{Method, StatusCode};
use opentelemetry::KeyValue;
use opentelemetry::metrics::Histogram;

use super::metrics::HTTP_DURATION;

/// What the conventions call a method that is none of HTTP's, so that strangers cannot make up new series.
const OTHER_METHOD: &str = "_OTHER";

/// Measures one incoming request from its head to the head of its answer.
#[derive(Debug)]
pub struct Timing {
    started_at: Instant,
}

impl Timing {
    /// The head of the request is there.
    pub fn start() -> Self {
        Self { started_at: Instant::now() }
    }

    /// Counts the request as answered with `status`. `route` is the pattern of the path, where it has one.
    pub fn end(&self, method: &Method, route: Option<&'static str>, status: StatusCode) {
        let mut attributes = vec![
            KeyValue::new("http.request.method", known(method)),
            KeyValue::new("http.response.status_code", i64::from(status.as_u16())),
        ];
        attributes.extend(route.map(|route| KeyValue::new("http.route", route)));
        durations().record(self.started_at.elapsed().as_secs_f64(), &attributes);
    }
}

fn known(method: &Method) -> String {
    let methods = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::CONNECT,
        Method::OPTIONS,
        Method::TRACE,
        Method::PATCH,
    ];
    if methods.contains(method) { method.to_string() } else { OTHER_METHOD.to_owned() }
}

/// The instrument is made when the first request is answered, which is after telemetry was set up.
fn durations() -> &'static Histogram<f64> {
    static DURATIONS: OnceLock<Histogram<f64>> = OnceLock::new();
    DURATIONS.get_or_init(|| HTTP_DURATION.seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_that_is_none_of_https_makes_no_series_of_its_own() {
        assert_eq!(known(&Method::PATCH), "PATCH");
        assert_eq!(known(&Method::from_bytes(b"BREW").unwrap()), "_OTHER");
    }
}
