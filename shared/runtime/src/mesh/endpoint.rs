//! How connections to another service are kept.

use super::balance::Channel;
use crate::RunError;

/// A channel to `url`, or to several with commas between, that connects when it is first used, and again when a connection
/// is lost. It adds nothing to requests: for calls inside the mesh use [`crate::Mesh::peer`].
pub fn channel(url: &str) -> Result<Channel, RunError> {
    Ok(Channel::new(url, None)?)
}
