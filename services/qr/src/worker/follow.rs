//! What the events of payment's log mean here: what came of the payments that were begun by links.

use kvitt_feed::Consumer;
use kvitt_proto::payment::v1::FeedEvent;
use sqlx::PgConnection;
use tonic::Status;

use crate::app::App;

/// Counts what came of links.
#[derive(Clone)]
pub(crate) struct Following {
    pub(crate) app: App,
}

impl Consumer for Following {
    type Known = ();
    type Effect = ();

    async fn prepare(&self, _events: &[FeedEvent]) -> Result<(), Status> {
        Ok(())
    }

    async fn apply(
        &self,
        _tx: &mut PgConnection,
        _events: &[FeedEvent],
        _known: &(),
    ) -> Result<(), sqlx::Error> {
        Ok(())
    }
}
