//! What the contract says of each rpc beside its messages: who may call it, and whether the mesh may send it twice. The table is
//! generated from the options of the rpcs.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::mesh::v1::Peer;

/// The facts about one rpc.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rpc {
    /// As it stands in a request, for example `/kvitt.payment.v1.PaymentService/GetPayment`.
    pub path: &'static str,
    /// Who may call it.
    pub callers: &'static [Peer],
    /// Whether a call that broke on the way may be sent again: it changes nothing, or is the same call under its key.
    pub repeatable: bool,
    /// Whether the answer is a stream.
    pub streams: bool,
}

const TABLE: &[Rpc] = &include!(concat!(env!("OUT_DIR"), "/rpcs.rs"));

/// Every rpc of the contract, in the order of its files.
pub fn all() -> &'static [Rpc] {
    TABLE
}

/// The rpc at `path`; `None` for what is not of the contract, such as health and reflection.
pub fn find(path: &str) -> Option<&'static Rpc> {
    static BY_PATH: LazyLock<HashMap<&str, &Rpc>> =
        LazyLock::new(|| TABLE.iter().map(|rpc| (rpc.path, rpc)).collect());
    BY_PATH.get(path).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rpc_lists_its_callers_each_once() {
        for rpc in all() {
            assert!(!rpc.callers.is_empty(), "{} lists no callers", rpc.path);
            for (place, peer) in rpc.callers.iter().enumerate() {
                assert_ne!(*peer, Peer::Unspecified, "{}", rpc.path);
                assert!(!rpc.callers[..place].contains(peer), "{} lists {peer:?} twice", rpc.path);
            }
        }
    }

    #[test]
    fn an_rpc_is_found_by_its_path_and_nothing_else_is() {
        let capture = find("/kvitt.payment.v1.PaymentService/CapturePayment").unwrap();
        assert!(capture.callers.contains(&Peer::Gateway) && !capture.callers.contains(&Peer::Wallet));
        assert_eq!(find("/grpc.health.v1.Health/Check"), None);
    }
}
