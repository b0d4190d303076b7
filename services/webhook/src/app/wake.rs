//! How the sender of a process learns at once of what is new. Only for speed: it looks for itself now and then.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;

use crate::domain::EndpointId;

/// Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wake {
    told: Arc<Mutex<HashSet<EndpointId>>>,
    notify: Arc<Notify>,
}

impl Wake {
    /// There is something to send to these.
    pub(crate) fn tell(&self, endpoints: impl IntoIterator<Item = EndpointId>) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).extend(endpoints);
        self.notify.notify_one();
    }

    /// Of whom that was said since last time.
    pub(crate) fn take(&self) -> HashSet<EndpointId> {
        std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until something is told.
    pub(crate) async fn told(&self) {
        self.notify.notified().await;
    }
}
