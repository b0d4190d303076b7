//! What is wrong with a request.

/// Broken rules: the path of the field, as a REST client knows it, and the rule it breaks.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Found(pub(crate) Vec<(String, String)>);

impl Found {
    /// Notes the rule when it does not hold.
    pub(crate) fn check(&mut self, holds: bool, path: impl Into<String>, rule: impl Into<String>) {
        if !holds {
            self.0.push((path.into(), rule.into()));
        }
    }

    /// Whether something is wrong with the field, or with a part of it.
    pub(crate) fn names(&self, field: &str) -> bool {
        let of_field = |path: &str| {
            path.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.0.iter().any(|(path, _)| of_field(path))
    }

    /// Whether nothing is.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether the text has that many characters, none of which PostgreSQL would not take.
pub(super) fn chars(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.chars().count()) && !text.contains('\0')
}
