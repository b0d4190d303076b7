//! The outgoing side: how a service calls another one. Every call carries the token of the client it is made for
//! (`authorization`), the service's own (`x-kvitt-service`), the time that is left (`grpc-timeout`) and the trace
//! (`traceparent`); what fails on the way comes back as a refusal with a Reason.

use std::sync::Arc;

use secrecy::SecretString;

use crate::RunError;
use crate::caller::ServiceName;
use crate::verifier::Verifier;

mod endpoint;
mod own_token;
mod peer;

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
}

/// A service's own identity in the mesh; clones share its token and what it knows of others'.
#[derive(Clone, Debug)]
pub struct Mesh {
    own: Arc<OwnToken>,
    verifier: Verifier,
    access: PeerChannel,
}

impl Mesh {
    /// The identity of service `name`. Nothing is connected before it is needed.
    pub fn new(name: ServiceName, config: &MeshConfig) -> Result<Self, RunError> {
        let access = channel(&config.access_url)?;
        let own = OwnToken::new(name, config.service_secret.clone(), access.clone());
        Ok(Self {
            verifier: Verifier::remote(access.clone()),
            access: PeerChannel::new(access, Arc::clone(&own)),
            own,
        })
    }

    /// Verifies tokens with the keys of this mesh's `access`.
    pub fn verifier(&self) -> Verifier {
        self.verifier.clone()
    }

    /// A channel to the service at `url`, for the generated clients: `PaymentServiceClient::new(mesh.peer(url)?)`.
    pub fn peer(&self, url: &str) -> Result<PeerChannel, RunError> {
        Ok(PeerChannel::new(channel(url)?, Arc::clone(&self.own)))
    }

    /// The channel to `access`.
    pub fn access(&self) -> PeerChannel {
        self.access.clone()
    }
}
