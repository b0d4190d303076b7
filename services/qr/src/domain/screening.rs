//! Screening: whether what a link sells may be sold here.

use super::{
    found::{Found, chars},
    link::Terms,
};

/// What the sandbox does not let pass, so that a rejection can be tried out.
const REJECTED_WORD: &str = "KVITT-REJECT";
const LONGEST_REASON: usize = 200;

/// What is known of a link's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Screening {
    Waits,
    Passed,
    /// Why.
    Rejected(String),
}

impl Screening {
    /// How a new link begins. The sandbox screens it at once; elsewhere the operator does.
    pub(crate) fn of_new(terms: &Terms, sandbox: bool) -> Self {
        let rejected = [&terms.title, &terms.description].iter().any(|text| text.contains(REJECTED_WORD));
        match (sandbox, rejected) {
            (false, _) => Self::Waits,
            (true, false) => Self::Passed,
            (true, true) => Self::Rejected(format!("the content holds {REJECTED_WORD}")),
        }
    }

    /// What the operator found; an empty reason lets the link pass.
    pub(crate) fn found_by_operator(rejection_reason: String, found: &mut Found) -> Self {
        let fits = chars(&rejection_reason, 0, LONGEST_REASON);
        found.check(fits, "rejectionReason", "must be at most 200 characters");
        if rejection_reason.is_empty() { Self::Passed } else { Self::Rejected(rejection_reason) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::link::tests::terms;

    #[test]
    fn the_sandbox_screens_at_once_and_elsewhere_a_link_waits() {
        let rejected = Screening::Rejected("the content holds KVITT-REJECT".to_owned());
        let table = [
            ("Socks", "Warm", Screening::Passed),
            ("KVITT-REJECT", "", rejected.clone()),
            ("Socks", "not KVITT-REJECTED", rejected),
            ("kvitt-reject", "", Screening::Passed),
        ];
        for (title, description, expected) in table {
            let terms = Terms { title: title.to_owned(), description: description.to_owned(), ..terms() };
            assert_eq!(Screening::of_new(&terms, true), expected, "{title}");
            assert_eq!(Screening::of_new(&terms, false), Screening::Waits, "{title}");
        }
    }

    #[test]
    fn an_empty_reason_lets_a_link_pass_and_a_long_one_is_refused() {
        for (reason, passes, valid) in [
            ("", true, true),
            ("No.", false, true),
            (&"é".repeat(200), false, true),
            (&"x".repeat(201), false, false),
        ] {
            let mut found = Found::default();
            let screening = Screening::found_by_operator(reason.to_owned(), &mut found);
            assert_eq!((screening == Screening::Passed, found.is_empty()), (passes, valid), "{reason}");
        }
    }
}
