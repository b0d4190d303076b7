//! Which peers may call an rpc: the table that the contract writes beside its rpcs (`kvitt.mesh.v1.callers`), asked before
//! the rpc's own rules. Whoever is at the other end of the wire says so with a token, and with a certificate where the
//! connection has one; the two have to agree.
//!
//! To let somebody else call an rpc: name the peer in the rpc's option, in its `.proto`.

use http::Extensions;
use kvitt_proto::error::v1::Reason;
use kvitt_proto::mesh::v1::Peer;
use kvitt_proto::{refusal, rpcs};
use tonic::Status;

use crate::caller::{Caller, Principal, ServiceName};
use crate::tls::PeerName;

/// Passes when the contract lists the caller at `path`, and the connection is the caller's own. What is not in the contract
/// passes: nobody serves it.
pub(super) fn check(path: &str, connection: &Extensions, caller: &Caller) -> Result<(), Status> {
    let peer = caller.service().map_or(PeerName::Client, PeerName::Service);
    if let Some(proven) = PeerName::of_extensions(connection).filter(|proven| *proven != peer) {
        return Err(denied(format!("the connection is that of {proven}, and the token that of {peer}")));
    }
    // Services act in their own name or in that of clients and users, never in another service's.
    if let Principal::Service(name) = caller.principal
        && PeerName::Service(name) != peer
    {
        return Err(denied(format!("{peer} shows the token of {name}")));
    }
    listed(path, peer)
}

/// The same at a path that needs no token: whoever proves nothing passes.
pub(super) fn check_open(path: &str, connection: &Extensions, caller: Option<&Caller>) -> Result<(), Status> {
    match (caller, PeerName::of_extensions(connection)) {
        (Some(caller), _) => check(path, connection, caller),
        (None, Some(peer)) => listed(path, peer),
        (None, None) => Ok(()),
    }
}

fn listed(path: &str, peer: PeerName) -> Result<(), Status> {
    match rpcs::find(path) {
        Some(rpc) if !rpc.callers.contains(&entry(peer)) => {
            Err(denied(format!("{} may not be called by {peer}", path.trim_start_matches('/'))))
        }
        Some(_) | None => Ok(()),
    }
}

fn denied(detail: String) -> Status {
    refusal::status(Reason::PermissionDenied, detail)
}

/// The contract's word for whoever is there.
fn entry(peer: PeerName) -> Peer {
    match peer {
        PeerName::Client => Peer::Client,
        PeerName::Service(ServiceName::Access) => Peer::Access,
        PeerName::Service(ServiceName::Merchant) => Peer::Merchant,
        PeerName::Service(ServiceName::Payment) => Peer::Payment,
        PeerName::Service(ServiceName::Wallet) => Peer::Wallet,
        PeerName::Service(ServiceName::OrderManagement) => Peer::Ordermanagement,
        PeerName::Service(ServiceName::Checkout) => Peer::Checkout,
        PeerName::Service(ServiceName::Webhook) => Peer::Webhook,
        PeerName::Service(ServiceName::Qr) => Peer::Qr,
        PeerName::Service(ServiceName::Settlement) => Peer::Settlement,
        PeerName::Service(ServiceName::Gateway) => Peer::Gateway,
        PeerName::Service(ServiceName::Launcher) => Peer::Launcher,
    }
}

#[cfg(test)]
mod tests {
    use kvitt_primitives::ClientId;
    use kvitt_proto::refusal::reason_of;
    use uuid::Uuid;

    use super::*;

    const CAPTURE: &str = "/kvitt.payment.v1.PaymentService/CapturePayment";
    const APPROVE: &str = "/kvitt.payment.v1.PaymentService/ApprovePayment";
    const SERVICE_TOKEN: &str = "/kvitt.access.v1.TokenService/IssueServiceToken";

    fn client() -> Principal {
        Principal::Client(ClientId::from_uuid(Uuid::nil()))
    }

    fn direct() -> Caller {
        Caller { principal: client(), via: None }
    }

    fn forwarded(via: ServiceName) -> Caller {
        Caller { principal: client(), via: Some(via) }
    }

    fn alone(name: ServiceName) -> Caller {
        Caller { principal: Principal::Service(name), via: None }
    }

    /// A connection without TLS.
    fn plain() -> Extensions {
        Extensions::new()
    }

    /// One that this peer's certificate was shown on.
    fn proven(peer: PeerName) -> Extensions {
        let mut extensions = Extensions::new();
        extensions.insert(Some(peer));
        extensions
    }

    #[test]
    fn whoever_is_at_the_other_end_of_the_wire_counts_whoever_it_speaks_for() {
        for caller in [direct(), forwarded(ServiceName::Gateway), alone(ServiceName::Gateway)] {
            check(CAPTURE, &plain(), &caller).unwrap();
            check(APPROVE, &plain(), &caller).unwrap_err();
        }
        for caller in [forwarded(ServiceName::Wallet), alone(ServiceName::Wallet)] {
            check(APPROVE, &plain(), &caller).unwrap();
            check(CAPTURE, &plain(), &caller).unwrap_err();
        }
    }

    #[test]
    fn a_refusal_names_the_rpc_and_the_caller() {
        let refused = check(CAPTURE, &plain(), &forwarded(ServiceName::Qr)).unwrap_err();
        assert_eq!(reason_of(&refused), Some(Reason::PermissionDenied));
        assert_eq!(
            refused.message(),
            "kvitt.payment.v1.PaymentService/CapturePayment may not be called by qr"
        );
    }

    #[test]
    fn every_peer_is_what_the_contract_calls_it() {
        let services = ServiceName::ALL.into_iter().map(PeerName::Service);
        for peer in services.chain([PeerName::Client]) {
            let word = entry(peer).as_str_name().trim_start_matches("PEER_");
            assert_eq!(word, peer.as_str().to_uppercase());
        }
    }

    #[test]
    fn the_certificate_and_the_token_have_to_be_of_the_same_peer() {
        let gateway = PeerName::Service(ServiceName::Gateway);
        let table = [
            (gateway, forwarded(ServiceName::Gateway), true),
            (gateway, alone(ServiceName::Gateway), true),
            (PeerName::Client, direct(), true),
            // A token that somebody has got hold of.
            (PeerName::Service(ServiceName::Qr), forwarded(ServiceName::Gateway), false),
            (PeerName::Client, forwarded(ServiceName::Gateway), false),
            (PeerName::Client, alone(ServiceName::Gateway), false),
            // A service that does not say so.
            (gateway, direct(), false),
        ];
        for (peer, caller, passes) in table {
            let checked = check(CAPTURE, &proven(peer), &caller);
            assert_eq!(checked.is_ok(), passes, "{peer} {caller:?} {checked:?}");
        }
    }

    #[test]
    fn no_service_speaks_for_another_one() {
        let posing =
            Caller { principal: Principal::Service(ServiceName::Launcher), via: Some(ServiceName::Gateway) };
        let refused = check(CAPTURE, &plain(), &posing).unwrap_err();
        assert_eq!(refused.message(), "gateway shows the token of launcher");
    }

    #[test]
    fn at_an_open_path_only_those_who_prove_something_are_looked_at() {
        let merchant = PeerName::Service(ServiceName::Merchant);
        check_open(SERVICE_TOKEN, &plain(), None).unwrap();
        check_open(SERVICE_TOKEN, &proven(merchant), None).unwrap();
        check_open(SERVICE_TOKEN, &plain(), Some(&alone(ServiceName::Merchant))).unwrap();
        check_open(SERVICE_TOKEN, &plain(), Some(&direct())).unwrap_err();
        check_open(SERVICE_TOKEN, &proven(PeerName::Client), None).unwrap_err();
        check_open(SERVICE_TOKEN, &proven(merchant), Some(&alone(ServiceName::Payment))).unwrap_err();
    }

    #[test]
    fn what_the_contract_does_not_know_is_refused_by_others() {
        check("/kvitt.payment.v1.PaymentService/Unknown", &plain(), &direct()).unwrap();
    }
}
