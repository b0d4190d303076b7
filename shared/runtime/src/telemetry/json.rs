//! Logs as JSON, one object a line.

use std::error::Error;
use std::fmt;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::format::{Format, FormatEvent, FormatFields, Json, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

/// Writes what happens, with the fields beside the message, and with the span it happened in.
pub(super) fn layer<S, W>(writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    let format = tracing_subscriber::fmt::format().json().flatten_event(true).with_span_list(false);
    tracing_subscriber::fmt::layer()
        .fmt_fields(JsonFields::new())
        .event_format(WithSources(format))
        .with_writer(writer)
}

/// The library's format, and what it leaves out there: why an error came to be. As elsewhere, the causes of `error` are the
/// list `error.sources`, the nearest first.
struct WithSources(Format<Json>);

impl<S, N> FormatEvent<S, N> for WithSources
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut sources = Sources::default();
        event.record(&mut sources);
        if sources.0.is_empty() {
            return self.0.format_event(context, writer, event);
        }
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        let object = line.trim_end().strip_suffix('}').ok_or(fmt::Error)?;
        let sources = Value::Object(sources.0).to_string();
        let sources = sources.strip_prefix('{').ok_or(fmt::Error)?;
        writeln!(writer, "{object},{sources}")
    }
}

/// The causes of the errors among an event's fields.
#[derive(Default)]
struct Sources(Map<String, Value>);

impl Visit for Sources {
    fn record_error(&mut self, field: &Field, error: &(dyn Error + 'static)) {
        let sources: Vec<_> = std::iter::successors(error.source(), |&source| source.source())
            .map(|source| Value::String(source.to_string()))
            .collect();
        if !sources.is_empty() {
            self.0.insert(format!("{field}.sources"), Value::Array(sources));
        }
    }

    fn record_debug(&mut self, _field: &Field, _value: &dyn fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use serde_json::json;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Because(&'static str, #[source] Option<Box<Because>>);

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is written while `logging`.
    fn lines(logging: impl FnOnce()) -> Vec<Value> {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::registry().with(layer(move || writer.clone()));
        tracing::subscriber::with_default(subscriber, logging);
        let written = written.0.lock().unwrap();
        let written = std::str::from_utf8(&written).unwrap();
        written.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn an_error_says_why_it_came_to_be() {
        let error = Because(
            "not \"kept\"",
            Some(Because("no database", Some(Because("refused", None).into())).into()),
        );
        let lines = lines(|| {
            let _in = tracing::info_span!("batch", lane = 3).entered();
            tracing::error!(error = &error as &dyn Error, part = 7, "nothing was done");
        });
        let [line] = lines.as_slice() else { panic!("one line: {lines:?}") };
        assert_eq!(line["message"], "nothing was done");
        assert_eq!(line["error"], "not \"kept\"");
        assert_eq!(line["error.sources"], json!(["no database", "refused"]));
        assert_eq!(line["part"], 7);
        assert_eq!(line["span"], json!({"name": "batch", "lane": 3}));
        assert_eq!(line["level"], "ERROR");
    }

    #[test]
    fn what_has_no_cause_is_as_it_was() {
        let error = Because("refused", None);
        let lines = lines(|| {
            tracing::info!(port = 1, "listening");
            tracing::warn!(error = &error as &dyn Error, "nothing was done");
        });
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.get("error.sources").is_none()), "{lines:?}");
        assert_eq!(lines[1]["error"], "refused");
    }
}
