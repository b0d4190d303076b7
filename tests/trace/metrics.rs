//! What `k8s/monitoring` asks for is what the services export, and nothing is exported that nobody looks at.

use std::collections::{BTreeMap, BTreeSet};

use kvitt_postgres::{CONNECTIONS, CONNECTIONS_LIMIT};
use kvitt_runtime::telemetry::metrics;
use kvitt_tests::source::root;
use serde_json::Value;

use crate::collector::{Exported, Values};
use crate::observed::observed;
use crate::promql::{Named, named};

/// Labels that the way to Prometheus adds: who exported it, and the bound of a bucket.
const ADDED: [&str; 3] = ["job", "instance", "le"];

/// Metrics that Prometheus makes itself.
const BUILT_IN: [&str; 1] = ["ALERTS"];

/// Which names Prometheus has for a metric, as the collector's exporter makes them: what is no letter or digit is an
/// underscore, then the unit unless the name has it, and what a counter or the pieces of a histogram end with.
fn names_in_prometheus(name: &str, exported: &Exported) -> Vec<String> {
    let mut words: Vec<&str> =
        name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let unit = match exported.unit.as_str() {
        "s" => Some("seconds"),
        "By" => Some("bytes"),
        counted if counted.is_empty() || counted.starts_with('{') => None,
        other => panic!("nobody has said yet what the exporter makes of the unit {other} of {name}"),
    };
    words.extend(unit.filter(|unit| !words.contains(unit)));
    if exported.values == Values::Counter {
        words.retain(|word| *word != "total");
        words.push("total");
    }
    let name = words.join("_");
    match exported.values {
        Values::Counter | Values::Gauge => vec![name],
        Values::Histogram => ["bucket", "sum", "count"].map(|piece| format!("{name}_{piece}")).into(),
    }
}

#[test]
fn names_become_those_of_prometheus() {
    let of = |name, unit: &str, values| {
        names_in_prometheus(name, &Exported { unit: unit.to_owned(), values, attributes: BTreeSet::new() })
    };
    assert_eq!(of("kvitt.lane.queue", "{command}", Values::Gauge), ["kvitt_lane_queue"]);
    assert_eq!(of("process.cpu.time", "s", Values::Counter), ["process_cpu_time_seconds_total"]);
    assert_eq!(
        of("rpc.server.duration", "s", Values::Histogram),
        ["bucket", "sum", "count"].map(|piece| format!("rpc_server_duration_seconds_{piece}"))
    );
}

/// What the services export: Prometheus' names, each with OpenTelemetry's and the labels.
fn in_prometheus() -> BTreeMap<String, (&'static str, BTreeSet<String>)> {
    let mut known = BTreeMap::new();
    for (name, exported) in &observed().metrics {
        let labels: BTreeSet<String> =
            exported.attributes.iter().map(|attribute| attribute.replace('.', "_")).collect();
        for in_prometheus in names_in_prometheus(name, exported) {
            known.insert(in_prometheus, (name.as_str(), labels.clone()));
        }
    }
    known
}

/// What rules and dashboard ask, each with where; and the names that the rules record.
struct Asked {
    expressions: Vec<(String, String)>,
    recorded: BTreeSet<String>,
}

impl Asked {
    fn read() -> Self {
        let read = |name: &str| {
            let path = root().join("k8s/monitoring").join(name);
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let mut asked = Self { expressions: Vec::new(), recorded: BTreeSet::new() };
        asked.take_rules(&read("rules.yaml"));
        let rules = asked.expressions.len();
        asked.take_panels("dashboard", &serde_json::from_str(&read("dashboard.json")).expect("it is JSON"));
        assert!(rules > 30 && asked.expressions.len() - rules > 30, "{}", asked.expressions.len());
        asked
    }

    /// A rule begins with its name; its expression stands behind `expr:` or in the lines below, further in.
    fn take_rules(&mut self, yaml: &str) {
        let (mut name, mut lines) = (String::new(), yaml.lines().peekable());
        while let Some(line) = lines.next() {
            let (indent, text) = (indent(line), line.trim_start().trim_start_matches("- "));
            if let Some(recorded) = text.strip_prefix("record: ") {
                self.recorded.insert(recorded.to_owned());
                name = recorded.to_owned();
            } else if let Some(alert) = text.strip_prefix("alert: ") {
                name = alert.to_owned();
            } else if let Some(expression) = text.strip_prefix("expr: ") {
                let mut whole = expression.trim_start_matches("|-").to_owned();
                while let Some(more) = lines.next_if(|line| self::indent(line) > indent) {
                    whole = format!("{whole}\n{more}");
                }
                self.expressions.push((name.clone(), whole));
            }
        }
    }

    fn take_panels(&mut self, title: &str, json: &Value) {
        match json {
            Value::Array(all) => all.iter().for_each(|one| self.take_panels(title, one)),
            Value::Object(fields) => {
                let title = fields.get("title").and_then(Value::as_str).unwrap_or(title);
                if let Some(expression) = fields.get("expr").and_then(Value::as_str) {
                    self.expressions.push((title.to_owned(), expression.to_owned()));
                }
                fields.values().for_each(|one| self.take_panels(title, one));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn named(&self) -> impl Iterator<Item = (&str, Named)> {
        self.expressions.iter().map(|(place, expression)| (place.as_str(), named(expression)))
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[test]
fn every_metric_and_label_that_rules_and_dashboard_ask_for_is_exported() {
    let (asked, known) = (Asked::read(), in_prometheus());
    let all_labels: BTreeSet<&str> =
        known.values().flat_map(|(_, labels)| labels).map(String::as_str).collect();
    let mut wrong = Vec::new();
    for (place, named) in asked.named() {
        for (metric, labels) in &named.metrics {
            if asked.recorded.contains(metric) || BUILT_IN.contains(&metric.as_str()) {
                continue;
            }
            let Some((_, exported)) = known.get(metric) else {
                wrong.push(format!("{place}: nobody exports {metric}"));
                continue;
            };
            let unknown =
                labels.iter().filter(|label| !exported.contains(*label) && !ADDED.contains(&label.as_str()));
            wrong.extend(unknown.map(|label| format!("{place}: {metric} has no {label}")));
        }
        let unknown = named.grouped_by.iter().map(String::as_str);
        let unknown = unknown.filter(|label| {
            !all_labels.contains(label) && !ADDED.contains(label) && !["slo"].contains(label)
        });
        wrong.extend(unknown.map(|label| format!("{place}: nothing has a label {label}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_metric_that_is_exported_is_in_the_list_and_on_the_dashboard_or_in_a_rule() {
    let (asked, known) = (Asked::read(), in_prometheus());
    let looked_at: BTreeSet<&str> = asked
        .named()
        .flat_map(|(_, named)| named.metrics.into_keys())
        .filter_map(|metric| known.get(&metric))
        .map(|(name, _)| *name)
        .collect();
    let exported: BTreeSet<&str> = observed().metrics.keys().map(String::as_str).collect();
    let listed = metrics::ALL.iter().map(|metric| metric.name);
    let listed: BTreeSet<&str> = listed.chain([CONNECTIONS, CONNECTIONS_LIMIT]).collect();
    assert_eq!(exported, listed, "the list in telemetry::metrics is not what is exported");
    let unseen: Vec<_> = exported.difference(&looked_at).collect();
    assert!(unseen.is_empty(), "nobody looks at {unseen:?}");
}
