//! What the query of an operation of this API says. Where a name stands twice, the last one counts.

use axum::extract::{Path, rejection::PathRejection};
use kvitt_proto::settlement::v1::Topic;
use url::form_urlencoded;

use crate::body::Faults;

const PERSONAL: &str = "includeGDPRSensitiveData";

/// `topic`.
pub(crate) const TOPICS: [(&str, Topic); 2] = [("funds", Topic::Funds), ("fees", Topic::Fees)];

/// Where to go on, and whether to tell who paid.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Paging {
    pub(super) cursor: String,
    pub(super) personal: bool,
}

/// What the query says of a page.
pub(super) fn paging(query: &str, faults: &Faults) -> Paging {
    let mut paging = Paging::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "cursor" => paging.cursor = value.into_owned(),
            PERSONAL => paging.personal = flag(&value, faults),
            _ => {}
        }
    }
    paging
}

fn flag(word: &str, faults: &Faults) -> bool {
    match word.to_ascii_lowercase().as_str() {
        "true" => true,
        "" | "false" => false,
        _ => {
            faults.field(PERSONAL, "must be either true or false");
            false
        }
    }
}

/// The topic that a word of the path names; the service behind refuses what is none, if there is such a ledger.
pub(super) fn topic(word: &str) -> Topic {
    TOPICS.iter().find(|(known, _)| *known == word).map_or(Topic::Unspecified, |(_, topic)| *topic)
}

/// The parts of a path, whatever they are: what is no text names no ledger either.
pub(super) fn parts<const N: usize>(path: Result<Path<Vec<String>>, PathRejection>) -> [String; N] {
    let parts = path.map(|Path(parts)| parts).unwrap_or_default();
    parts.try_into().unwrap_or_else(|_| std::array::from_fn(|_| "?".to_owned()))
}

#[cfg(test)]
mod tests {
    use kvitt_proto::refusal::field_violations_of;

    use super::*;

    fn read(query: &str) -> Result<Paging, String> {
        let faults = Faults::default();
        let paging = paging(query, &faults);
        faults.finish().map_err(|status| field_violations_of(&status)[0].field.clone())?;
        Ok(paging)
    }

    #[test]
    fn a_query_says_where_to_go_on_and_whether_to_tell_who_paid() {
        let paging = |cursor: &str, personal| Ok(Paging { cursor: cursor.to_owned(), personal });
        assert_eq!(read(""), paging("", false));
        assert_eq!(read("cursor=a%2Bb&other=1"), paging("a+b", false));
        assert_eq!(read("cursor=a&cursor=b&includeGDPRSensitiveData=True"), paging("b", true));
        assert_eq!(read("includeGDPRSensitiveData=true&includeGDPRSensitiveData="), paging("", false));
        assert_eq!(read("includeGDPRSensitiveData=yes"), Err(PERSONAL.to_owned()));
    }

    #[test]
    fn only_two_words_are_topics() {
        assert_eq!((topic("funds"), topic("fees")), (Topic::Funds, Topic::Fees));
        for word in ["", "Funds", "payouts"] {
            assert_eq!(topic(word), Topic::Unspecified, "{word}");
        }
    }
}
