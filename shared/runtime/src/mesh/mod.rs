//! The outgoing side: how a service calls another one. Every call carries the token of the client it is made for
//! (`authorization`), the service's own (`x-kvitt-service`), the time that is left (`grpc-timeout`) and the trace
//! (`traceparent`); what fails on the way comes back as a refusal with a Reason.

use std::net::SocketAddr;
use std::sync::Arc;

use secrecy::SecretString;

use crate::RunError;
use crate::caller::ServiceName;
use crate::process::Process;
use crate::serve::Service;
use crate::verifier::Verifier;

mod balance;
mod endpoint;
mod own_token;
mod peer;

pub use balance::{Answer, Channel};
pub use endpoint::channel;
pub use peer::{DEFAULT_DEADLINE, PeerChannel};

use own_token::OwnToken;

/// How a service proves itself to the mesh.
#[derive(Clone, Debug)]
pub struct MeshConfig {
    /// Where `access` listens, for example `http://127.0.0.1:5001`.
    pub access_url: String,
    /// The secret this service shares with `access`.
    pub service_secret: SecretString,
    /// What connections are made with.
    pub process: Process,
}

/// A service's own identity in the mesh; clones share its token and what it knows of others'.
#[derive(Clone, Debug)]
pub struct Mesh {
    own: Arc<OwnToken>,
    verifier: Verifier,
    access: PeerChannel,
    process: Process,
}

impl Mesh {
    /// The identity of service `name`. Nothing is connected before it is needed.
    pub fn new(name: ServiceName, config: &MeshConfig) -> Result<Self, RunError> {
        Ok(Self::at(name, Channel::new(&config.access_url, config.process.tls())?, config))
    }

    /// The identity of `access` itself, which listens at `own` and asks nobody else.
    pub fn of_access(own: SocketAddr, config: &MeshConfig) -> Result<Self, RunError> {
        let access = Channel::to_itself(own, ServiceName::Access, config.process.tls())?;
        Ok(Self::at(ServiceName::Access, access, config))
    }

    fn at(name: ServiceName, access: Channel, config: &MeshConfig) -> Self {
        let own = OwnToken::new(name, config.service_secret.clone(), access.clone());
        Self {
            verifier: Verifier::remote(access.clone()),
            access: PeerChannel::new(access, Arc::clone(&own)),
            own,
            process: config.process.clone(),
        }
    }

    /// What [`crate::serve()`] needs to know about the service that has this identity and whose rpcs all need a token.
    pub fn service(&self) -> Service {
        let process = self.process.clone();
        Service { name: self.own.name(), verifier: self.verifier(), open_prefixes: &[], process }
    }

    /// Verifies tokens with the keys of this mesh's `access`.
    pub fn verifier(&self) -> Verifier {
        self.verifier.clone()
    }

    /// A channel to the service at `url`, for the generated clients: `PaymentServiceClient::new(mesh.peer(url)?)`.
    pub fn peer(&self, url: &str) -> Result<PeerChannel, RunError> {
        Ok(PeerChannel::new(self.channel(url)?, Arc::clone(&self.own)))
    }

    /// A channel to the service at `url` that adds nothing to requests.
    pub fn channel(&self, url: &str) -> Result<Channel, RunError> {
        Ok(Channel::new(url, self.process.tls())?)
    }

    /// The channel to `access`.
    pub fn access(&self) -> PeerChannel {
        self.access.clone()
    }
}
