//! Who makes a request. The layer of [`crate::serve()`] proves it and leaves it in the request's extensions; a use
//! case asks [`crate::Authority`] what the caller may do.

use std::fmt;
use std::str::FromStr;

use kvitt_primitives::{ClientId, UserId};
use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal;
use tonic::Status;

/// A proven caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    /// On whose behalf the request is made.
    pub principal: Principal,
    /// The service of the mesh that forwards it, proven by `x-kvitt-service`; `None` when the principal calls
    /// directly.
    pub via: Option<ServiceName>,
}

/// On whose behalf a request is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// An API client: keys of a sales unit, a partner, an accounting system.
    Client(ClientId),
    /// A portal user.
    User(UserId),
    /// A service of the mesh, for work of its own.
    Service(ServiceName),
}

/// The services of the mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ServiceName {
    /// Keys and tokens.
    Access,
    /// Merchants and sales units.
    Merchant,
    /// Payments and their log.
    Payment,
    /// Payers and the acquirer.
    Wallet,
    /// What merchants tell payers about their orders.
    OrderManagement,
    /// Sessions of Checkout.
    Checkout,
    /// Who is told of what happens.
    Webhook,
    /// Codes and payment links.
    Qr,
    /// What is paid out.
    Settlement,
    /// The REST edge.
    Gateway,
    /// The operator: seeds and inspects.
    Launcher,
}

impl Caller {
    /// The caller of `request`; TOKEN_MISSING when the layers left none.
    pub fn of<T>(request: &tonic::Request<T>) -> Result<&Self, Status> {
        request
            .extensions()
            .get::<Self>()
            .ok_or_else(|| refusal::status(Reason::TokenMissing, "the request carries no access token"))
    }

    /// The caller that the layers left in an HTTP request's extensions.
    pub fn of_extensions(extensions: &http::Extensions) -> Option<&Self> {
        extensions.get::<Self>()
    }

    /// The mesh service at the other end of the wire: the one that forwards, or the principal when that is a
    /// service.
    pub fn service(&self) -> Option<ServiceName> {
        match (self.via, self.principal) {
            (Some(via), _) => Some(via),
            (None, Principal::Service(name)) => Some(name),
            (None, Principal::Client(_) | Principal::User(_)) => None,
        }
    }

    /// Passes only when the mesh service at the other end is one of `allowed`; PERMISSION_DENIED otherwise.
    pub fn is_service(&self, allowed: &[ServiceName]) -> Result<(), Status> {
        match self.service() {
            Some(name) if allowed.contains(&name) => Ok(()),
            Some(_) | None => Err(refusal::status(
                Reason::PermissionDenied,
                "only certain services of the mesh may call this",
            )),
        }
    }
}

impl ServiceName {
    /// Every service.
    pub const ALL: [Self; 11] = [
        Self::Access,
        Self::Merchant,
        Self::Payment,
        Self::Wallet,
        Self::OrderManagement,
        Self::Checkout,
        Self::Webhook,
        Self::Qr,
        Self::Settlement,
        Self::Gateway,
        Self::Launcher,
    ];

    /// The name as tokens, configuration and traces spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Merchant => "merchant",
            Self::Payment => "payment",
            Self::Wallet => "wallet",
            Self::OrderManagement => "ordermanagement",
            Self::Checkout => "checkout",
            Self::Webhook => "webhook",
            Self::Qr => "qr",
            Self::Settlement => "settlement",
            Self::Gateway => "gateway",
            Self::Launcher => "launcher",
        }
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ServiceName {
    type Err = UnknownService;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|service| service.as_str() == name).ok_or(UnknownService)
    }
}

/// The name is not that of a service of the mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no service of the mesh has this name")]
pub struct UnknownService;
