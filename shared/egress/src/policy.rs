//! What may be reached at all.

/// What an [`Egress`](crate::Egress) may reach. The default is what production runs with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Whether this machine itself may be reached.
    pub loopback: Loopback,
}

/// The sandbox's switch: there a developer's shop often runs on the developer's own machine, without a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loopback {
    /// Only https, and only addresses of the public internet.
    #[default]
    Refused,
    /// http as well, and the addresses 127.0.0.0/8 and ::1. All else that is refused stays refused: private ranges,
    /// link-local addresses and the cloud's metadata at 169.254.169.254.
    #[cfg(feature = "sandbox")]
    Allowed,
}

impl Policy {
    /// Whether the sandbox's switch is on. It is asked here only, so that nobody else needs to know of the feature.
    pub(crate) fn allows_loopback(self) -> bool {
        match self.loopback {
            Loopback::Refused => false,
            #[cfg(feature = "sandbox")]
            Loopback::Allowed => true,
        }
    }
}
