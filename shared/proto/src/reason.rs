//! What goes with each [`Reason`]: the table is generated from the options in reason.proto.

use crate::error::v1::Reason;

/// The facts about one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// The reason.
    pub reason: Reason,
    /// Its name on the wire, `ErrorInfo.reason`.
    pub name: &'static str,
    /// When several reasons apply, the lowest rank is answered.
    pub rank: u32,
    /// Upstream's error code, or empty.
    pub code: &'static str,
    /// Upstream's title.
    pub title: &'static str,
    /// The status of the REST answer.
    pub http_status: u16,
    /// The code of the gRPC answer.
    pub grpc_code: tonic::Code,
}

const TABLE: &[Info] = &include!(concat!(env!("OUT_DIR"), "/reasons.rs"));

/// Every reason, by number.
pub fn all() -> &'static [Info] {
    TABLE
}

/// The facts about a reason; those of INTERNAL for the unspecified one, which is never sent.
pub fn info(reason: Reason) -> &'static Info {
    let known = if reason == Reason::Unspecified { Reason::Internal } else { reason };
    TABLE.iter().find(|info| info.reason == known).expect("the table is generated from the enum")
}

/// The facts about the reason with this name on the wire.
pub fn by_name(name: &str) -> Option<&'static Info> {
    TABLE.iter().find(|info| info.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_reason_has_its_own_rank_a_title_and_an_error_status() {
        let ranks: HashSet<_> = all().iter().map(|info| info.rank).collect();
        assert_eq!(ranks.len(), all().len());
        for info in all() {
            assert!(!info.title.is_empty() && (400..600).contains(&info.http_status), "{info:?}");
            assert_ne!(info.grpc_code, tonic::Code::Ok, "{info:?}");
        }
    }

    #[test]
    fn a_number_of_four_digits_or_more_stands_for_an_upstream_code() {
        for info in all() {
            assert_eq!(info.reason as i32 >= 1000, !info.code.is_empty(), "{info:?}");
        }
    }
}
