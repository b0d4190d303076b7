//! Why there is no connection, and who has been told: a peer that tries again and again is one line of the log.

use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_rustls::rustls::{AlertDescription, CertificateError, Error};

/// Why a connection was refused, at this end or at the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the peer has no certificate")]
    NoCertificate,
    #[error("the peer's certificate is signed by nobody that this mesh trusts")]
    UnknownAuthority,
    #[error("the peer's certificate has expired")]
    Expired,
    #[error("the peer's certificate is not valid yet")]
    NotYet,
    #[error("the peer's certificate is valid for no service of the mesh")]
    NoName,
    #[error("the peer's certificate is valid for several services of the mesh")]
    SeveralNames,
    #[error("the peer's certificate is not valid for the host of its URL")]
    OtherHost,
    #[error("the peer's certificate cannot be used")]
    NotUsable,
    #[error("the peer refused the certificate of this process")]
    OwnRefused,
    #[error("the peer does not speak TLS as the mesh does")]
    NotTls,
    #[error("the peer took too long to prove itself")]
    TooSlow,
    #[error("the peer ended the connection before it had proven itself")]
    Ended,
}

impl Refusal {
    /// What a failed handshake, or a failure on a connection, means.
    pub(crate) fn of(error: &io::Error) -> Self {
        let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
        match tls {
            Some(error) => Self::of_tls(error),
            None => Self::Ended,
        }
    }

    fn of_tls(error: &Error) -> Self {
        match error {
            Error::NoCertificatesPresented => Self::NoCertificate,
            Error::InvalidCertificate(of) => Self::of_certificate(of),
            Error::AlertReceived(AlertDescription::CloseNotify) => Self::Ended,
            Error::AlertReceived(_) => Self::OwnRefused,
            _ => Self::NotTls,
        }
    }

    fn of_certificate(error: &CertificateError) -> Self {
        match error {
            // An authority may call itself what another one is called; it signs with another key all the same.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::UnknownAuthority,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYet,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Self::OtherHost
            }
            _ => Self::NotUsable,
        }
    }
}

/// How many refusals are remembered; the oldest is forgotten first.
const MOST_REMEMBERED: usize = 256;

/// What still goes on after this time is logged again.
const TOLD_FOR: Duration = Duration::from_secs(3600);

/// Which refusals have been logged.
#[derive(Debug, Default)]
pub(super) struct Told {
    remembered: Mutex<VecDeque<Remembered>>,
}

#[derive(Debug)]
struct Remembered {
    who: String,
    why: Refusal,
    at: Instant,
}

impl Told {
    /// Whether nobody has heard of this for long; from now on somebody has.
    pub(super) fn is_new(&self, who: &str, why: Refusal, now: Instant) -> bool {
        let mut remembered = self.remembered();
        remembered.retain(|one| now.saturating_duration_since(one.at) < TOLD_FOR);
        if remembered.iter().any(|one| one.who == who && one.why == why) {
            return false;
        }
        if remembered.len() == MOST_REMEMBERED {
            remembered.pop_front();
        }
        remembered.push_back(Remembered { who: who.to_owned(), why, at: now });
        true
    }

    pub(super) fn clear(&self) {
        self.remembered().clear();
    }

    fn remembered(&self) -> MutexGuard<'_, VecDeque<Remembered>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_new_once_for_each_peer_and_reason() {
        let (told, now) = (Told::default(), Instant::now());
        assert!(told.is_new("a", Refusal::Expired, now));
        assert!(!told.is_new("a", Refusal::Expired, now));
        assert!(told.is_new("a", Refusal::NoCertificate, now) && told.is_new("b", Refusal::Expired, now));
        assert!(!told.is_new("a", Refusal::Expired, now + TOLD_FOR - Duration::from_secs(1)));
        assert!(told.is_new("a", Refusal::Expired, now + TOLD_FOR), "it still goes on");
        told.clear();
        assert!(
            told.is_new("a", Refusal::Expired, now + TOLD_FOR),
            "with new certificates it is another matter"
        );
    }

    #[test]
    fn no_crowd_of_peers_takes_more_than_its_room() {
        let (told, now) = (Told::default(), Instant::now());
        for peer in 0..2 * MOST_REMEMBERED {
            assert!(told.is_new(&peer.to_string(), Refusal::NotTls, now));
        }
        assert_eq!(told.remembered().len(), MOST_REMEMBERED);
        assert!(told.is_new("0", Refusal::NotTls, now), "the oldest is forgotten");
    }
}
