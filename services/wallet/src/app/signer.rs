//! Who signs what is sent to PSPs: `access`, which alone holds the secrets.

use kvitt_primitives::ClientId;
use kvitt_proto::{
    access::v1::{SignCallbackRequest, key_service_client::KeyServiceClient},
    error::v1::Reason,
    refusal::reason_of,
};
use kvitt_runtime::{PeerChannel, wall_now};

use crate::{
    domain::approval::Refusal,
    error::Error,
    shops::{Signature, Unsigned},
};

/// A client of `access`.
#[derive(Clone)]
pub(crate) struct Signer {
    client: KeyServiceClient<PeerChannel>,
}

impl Signer {
    /// Asks the service behind the channel.
    pub(crate) fn new(channel: PeerChannel) -> Self {
        Self { client: KeyServiceClient::new(channel) }
    }

    /// Signs with the client's secret. Without one nobody can be asked for the money.
    pub(crate) async fn sign(&self, client_id: ClientId, callback: &Unsigned) -> Result<Signature, Error> {
        let date = kvitt_signing::date(wall_now());
        let content_sha256 = kvitt_signing::content_sha256(&callback.body);
        let request = SignCallbackRequest {
            client_id: client_id.to_string(),
            method: "POST".to_owned(),
            host: callback.destination.host.clone(),
            path_and_query: callback.destination.path_and_query.clone(),
            date: date.clone(),
            content_sha256: content_sha256.clone(),
        };
        match self.client.clone().sign_callback(request).await {
            Ok(signed) => {
                let authorization = signed.into_inner().authorization;
                Ok(Signature { date, content_sha256, authorization })
            }
            Err(status) if reason_of(&status) == Some(Reason::NotFound) => {
                tracing::warn!(%client_id, "a card callback cannot be signed: the client's secret is not kept");
                Err(Refusal::Declined.into())
            }
            Err(status) => Err(Error::Peer(status)),
        }
    }
}
