//! Follows payment's log and keeps the inboxes true to it: one stream and one cursor for each part of the log.

use std::time::Duration;

use kvitt_postgres::unavailable;
use kvitt_proto::payment::v1::{TailRequest, TailResponse, feed_service_client::FeedServiceClient};
use kvitt_runtime::PeerChannel;
use sqlx::PgPool;
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tracing::{debug, error, info};

use self::event::decode;
use crate::{
    app::apply_events::{Step, apply_events},
    domain::inbox::fold,
    error::Error,
    store::inbox,
};

mod event;
#[cfg(test)]
mod tests;

/// The pause before a lost stream is opened again: the first, and the longest that doubling leads to.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Most parts that are followed.
const MAX_PARTS: i32 = 1024;

/// Follows every part until `shutdown`. Part 0 always exists; the stream itself tells how many there are.
pub(crate) async fn follow(channel: PeerChannel, pool: PgPool, shutdown: CancellationToken) {
    let (parts, mut told) = watch::channel(1);
    let mut followed = 0;
    let mut tasks = JoinSet::new();
    loop {
        let all = (*told.borrow_and_update()).min(MAX_PARTS);
        for part in followed..all {
            info!(part, "following a part of payment's log");
            let feed = FeedServiceClient::new(channel.clone());
            let part = Part { number: part, feed, pool: pool.clone(), parts: parts.clone() };
            tasks.spawn(shutdown.clone().run_until_cancelled_owned(part.follow()));
        }
        followed = followed.max(all);
        if shutdown.run_until_cancelled(told.changed()).await.is_none() {
            break;
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// One part of the log.
struct Part {
    number: i32,
    feed: FeedServiceClient<PeerChannel>,
    pool: PgPool,
    /// How many parts the log is known to have.
    parts: watch::Sender<i32>,
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
    async fn follow(mut self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let mut heard = false;
            let Err(broken) = self.stream(&mut heard).await;
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

    /// Reads one stream from the stored cursor on, until it breaks; `heard` tells whether anything came.
    async fn stream(&mut self, heard: &mut bool) -> Result<std::convert::Infallible, Broken> {
        let mut connection = self.pool.acquire().await.map_err(Error::Store)?;
        let mut cursor = inbox::open_cursor(&mut connection, self.number).await.map_err(Error::Store)?;
        drop(connection);
        let request =
            TailRequest { msn: String::new(), part: self.number, cursor: cursor.clone(), batch_size: 0 };
        let mut batches = self.feed.tail(request).await?.into_inner();
        while let Some(batch) = batches.message().await? {
            *heard = true;
            self.parts.send_if_modified(|known| {
                let more = batch.parts > *known;
                *known = batch.parts.max(*known);
                more
            });
            cursor = self.apply(cursor, batch).await?;
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
        if apply_events(&self.pool, &step, &changes).await? {
            Ok(batch.cursor)
        } else {
            Err(Broken::Overtaken)
        }
    }
}
