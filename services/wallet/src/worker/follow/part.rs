//! One part of the log: its stream, its cursor, and what its events do.

use kvitt_postgres::unavailable;
use kvitt_proto::payment::v1::{TailRequest, TailResponse};
use tonic::Code;
use tracing::{debug, error, info};

use super::{FIRST_PAUSE, Follower, LONGEST_PAUSE, event::decode};
use crate::{
    app::apply_events::{Step, apply_events},
    domain::inbox::fold,
    error::Error,
    store::inbox,
};

/// One part of the log.
pub(super) struct Part {
    number: i32,
    follower: Follower,
}

/// Why a stream has to be opened again.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Store(#[from] Error),
    #[error("the stream broke: {}", .0.message())]
    Stream(#[from] tonic::Status),
    #[error("the stream ended")]
    Ended,
    #[error("another instance leads")]
    Overtaken,
}

impl Broken {
    /// Whether it is expected to pass by itself: a peer or the database that restarts, or another instance.
    fn is_passing(&self) -> bool {
        match self {
            Self::Store(Error::Store(source)) => unavailable(source),
            Self::Store(_) => false,
            Self::Stream(status) => {
                matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled)
            }
            Self::Ended | Self::Overtaken => true,
        }
    }
}

impl Part {
    pub(super) fn new(number: i32, follower: Follower) -> Self {
        Self { number, follower }
    }

    /// Follows the part to its end, which comes when it is closed.
    pub(super) async fn follow(mut self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let mut heard = false;
            let Err(broken) = self.stream(&mut heard).await else {
                info!(part = self.number, "a part of payment's log has ended");
                return;
            };
            if broken.is_passing() {
                debug!(part = self.number, reason = %broken, "the stream will be opened again");
            } else {
                error!(part = self.number, reason = %broken, "the inbox does not follow payment's log");
            }
            if heard && !matches!(broken, Broken::Store(_) | Broken::Overtaken) {
                pause = FIRST_PAUSE;
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    /// Reads one stream from the stored cursor on, until the part ends or the stream breaks; `heard` tells whether
    /// anything came.
    async fn stream(&mut self, heard: &mut bool) -> Result<(), Broken> {
        let mut connection = self.follower.pool.acquire().await.map_err(Error::Store)?;
        let mut cursor = inbox::open_cursor(&mut connection, self.number).await.map_err(Error::Store)?;
        drop(connection);
        let request =
            TailRequest { msn: String::new(), part: self.number, cursor: cursor.clone(), batch_size: 0 };
        let mut batches = self.follower.feed.tail(request).await?.into_inner();
        while let Some(batch) = batches.message().await? {
            *heard = true;
            let (position, ended) = (batch.position, batch.ended);
            cursor = self.apply(cursor, batch).await?;
            self.follower.note(self.number, position, ended);
            if ended {
                return Ok(());
            }
        }
        Err(Broken::Ended)
    }

    /// Applies a batch and answers the cursor after it.
    async fn apply(&self, cursor: String, batch: TailResponse) -> Result<String, Broken> {
        if batch.cursor == cursor || (batch.cursor.is_empty() && batch.events.is_empty()) {
            return Ok(cursor);
        }
        let changes = fold(batch.events.into_iter().filter_map(|event| {
            decode(event).unwrap_or_else(|missing| {
                error!(
                    part = self.number,
                    missing, "an event of payment's log is incomplete and is passed over"
                );
                None
            })
        }));
        let step = Step { part: self.number, old: &cursor, new: &batch.cursor };
        if apply_events(&self.follower.pool, &step, &changes).await? {
            Ok(batch.cursor)
        } else {
            Err(Broken::Overtaken)
        }
    }
}
