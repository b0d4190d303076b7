//! One part of the log: its stream, its cursor, and the effect of its events.

use kvitt_postgres::{transaction, unavailable};
use kvitt_proto::payment::v1::{TailRequest, TailResponse};
use tonic::Code;
use tracing::{debug, error, info};

use crate::{Consumer, FIRST_PAUSE, Follower, LONGEST_PAUSE, store};

/// One part of the log.
pub(crate) struct Part<C> {
    number: i32,
    follower: Follower<C>,
}

/// Why a stream has to be opened again.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the database did not do what it was asked")]
    Store(#[from] sqlx::Error),
    #[error("the stream broke, or somebody who was asked did not answer: {}", .0.message())]
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
            Self::Store(error) => unavailable(error),
            Self::Stream(status) => {
                matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled)
            }
            Self::Ended | Self::Overtaken => true,
        }
    }

    fn log(&self, part: i32) {
        let reason = self as &dyn std::error::Error;
        if self.is_passing() {
            debug!(part, reason, "the stream will be opened again");
        } else {
            error!(part, reason, "payment's log cannot be followed");
        }
    }
}

impl<C: Consumer> Part<C> {
    pub(crate) fn new(number: i32, follower: Follower<C>) -> Self {
        Self { number, follower }
    }

    /// Follows the part to its end, which comes when it is closed.
    pub(crate) async fn follow(mut self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let mut heard = false;
            let Err(broken) = self.stream(&mut heard).await else {
                info!(part = self.number, "a part of payment's log has ended");
                return;
            };
            broken.log(self.number);
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
        let mut connection = self.follower.pool.acquire().await?;
        let mut cursor = store::open_cursor(&mut connection, self.number).await?;
        drop(connection);
        let request =
            TailRequest { msn: String::new(), part: self.number, cursor: cursor.clone(), batch_size: 0 };
        let mut batches = self.follower.feed.tail(request).await?.into_inner();
        while let Some(batch) = batches.message().await? {
            *heard = true;
            cursor = self.apply(cursor, &batch).await?;
            self.follower.note(self.number, batch.position, batch.ended);
            if batch.ended {
                return Ok(());
            }
        }
        Err(Broken::Ended)
    }

    /// Applies a batch and answers the cursor after it.
    async fn apply(&self, cursor: String, batch: &TailResponse) -> Result<String, Broken> {
        // The first response of a stream only tells where it begins.
        if batch.cursor == cursor || (batch.cursor.is_empty() && batch.events.is_empty()) {
            return Ok(cursor);
        }
        let Follower { pool, consumer, .. } = &self.follower;
        let known = match batch.events.as_slice() {
            [] => None,
            events => Some(consumer.prepare(events).await?),
        };
        // None when another instance was faster.
        let effect = transaction!(pool, "follow_feed", async |tx| -> Result<
            Option<Option<C::Effect>>,
            sqlx::Error,
        > {
            if !store::move_cursor(tx, self.number, (&cursor, &batch.cursor)).await? {
                return Ok(None);
            }
            consumer.reached(tx, self.number, batch.position).await?;
            Ok(Some(match &known {
                Some(known) => Some(consumer.apply(tx, &batch.events, known).await?),
                None => None,
            }))
        })?;
        if let Some(effect) = effect.ok_or(Broken::Overtaken)? {
            consumer.applied(effect);
        }
        Ok(batch.cursor.clone())
    }
}
