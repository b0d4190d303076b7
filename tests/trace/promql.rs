//! Which metrics and labels an expression of Prometheus names. It knows no more of the language than that takes.

use std::collections::{BTreeMap, BTreeSet};

/// What an expression names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    /// Metrics, each with the labels by which it is selected.
    pub(crate) metrics: BTreeMap<String, BTreeSet<String>>,
    /// Labels by which something is grouped or joined.
    pub(crate) grouped_by: BTreeSet<String>,
}

/// Words after which labels stand in brackets.
const BEFORE_LABELS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// Words that are neither functions nor metrics.
const OPERATORS: [&str; 5] = ["and", "or", "unless", "bool", "offset"];

/// Reads an expression.
pub(crate) fn named(expression: &str) -> Named {
    let mut named = Named::default();
    let mut rest = expression;
    while let Some(next) = rest.chars().next() {
        if next == '"' {
            rest = after(&rest[1..], '"').1;
        } else if next == '[' {
            rest = after(rest, ']').1;
        } else if next.is_ascii_digit() {
            rest = rest.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric() || letter == '.');
        } else if is_part(next) {
            let (word, behind) = split_word(rest);
            rest = behind.trim_start();
            if BEFORE_LABELS.contains(&word) && rest.starts_with('(') {
                let (inside, behind) = after(&rest[1..], ')');
                named.grouped_by.extend(words(inside));
                rest = behind;
            } else if ["by", "without"].contains(&split_word(rest).0) {
                // An aggregation whose labels stand before what it is over.
            } else if !OPERATORS.contains(&word) && !BEFORE_LABELS.contains(&word) && !rest.starts_with('(') {
                let labels = named.metrics.entry(word.to_owned()).or_default();
                if let Some(inside) = rest.strip_prefix('{') {
                    let (inside, behind) = selected(inside);
                    labels.extend(inside);
                    rest = behind;
                }
            }
        } else {
            rest = &rest[next.len_utf8()..];
        }
    }
    named
}

fn is_part(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == ':'
}

fn split_word(text: &str) -> (&str, &str) {
    text.split_at(text.find(|letter| !is_part(letter)).unwrap_or(text.len()))
}

/// What stands before the first such letter, and what behind it.
fn after(text: &str, letter: char) -> (&str, &str) {
    text.split_once(letter).unwrap_or_else(|| panic!("{text} has no {letter}"))
}

fn words(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty())
}

/// The labels of a selector whose bracket has been opened, and what stands behind it.
fn selected(text: &str) -> (Vec<String>, &str) {
    let (mut labels, mut rest) = (Vec::new(), text);
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        if let Some(behind) = rest.strip_prefix('}') {
            return (labels, behind);
        }
        let (label, behind) = split_word(rest);
        assert!(!label.is_empty(), "no label at {rest}");
        labels.push(label.to_owned());
        rest = after(after(behind, '"').1, '"').1;
    }
}

#[test]
fn an_expression_names_metrics_labels_and_groups() {
    let asked = r#"histogram_quantile(0.99, sum by (le, service) (rate(a_bucket{service=~"$service", code!="5.."}[5m])))
        > on (slo) 14.4 * kvitt:budget:ratio and max(b) >= 2 or (c / ignoring (x) d offset 5m)"#;
    let named = named(asked);
    let metrics: Vec<_> = named.metrics.keys().map(String::as_str).collect();
    assert_eq!(metrics, ["a_bucket", "b", "c", "d", "kvitt:budget:ratio"]);
    assert_eq!(named.metrics["a_bucket"], BTreeSet::from(["service".to_owned(), "code".to_owned()]));
    assert_eq!(named.grouped_by, ["le", "service", "slo", "x"].map(str::to_owned).into());
}
