//! Which partner a caller is.

use kvitt_primitives::PartnerId;
use kvitt_runtime::{
    Authority, Caller, Principal,
    authority::{matrix::KeyKind, not_permitted},
};
use tonic::Status;

/// The partner behind a partner's keys or a partner's management keys; PERMISSION_DENIED for everybody else.
pub(crate) async fn partner_of(authority: &Authority, caller: &Caller) -> Result<PartnerId, Status> {
    let Principal::Client(client) = caller.principal else { return Err(not_permitted()) };
    let client = authority.client(client).await?;
    match (client.kind, client.partner_id) {
        (Some(KeyKind::Partner | KeyKind::Management), Some(partner)) => Ok(partner),
        _ => Err(not_permitted()),
    }
}
