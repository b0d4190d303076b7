//! One part of the log: its stream, its cursor, and the effect of its events.

use kvitt_postgres::{transaction, unavailable};
use kvitt_proto::payment::v1::{TailRequest, TailResponse};
use kvitt_runtime::serve::catch_panic;
use tokio::{sync::mpsc, task::JoinSet};
use tonic::{Code, Status, Streaming};
use tracing::{debug, error, info};

use crate::{Consumer, FIRST_PAUSE, Follower, LONGEST_PAUSE, store};

/// Batches that are read ahead of what is being applied.
const MOST_AHEAD: usize = 4;
/// Events that are applied at once, and a batch more, if so many have been read: whoever is far behind needs fewer transactions.
const MOST_AT_ONCE: usize = 2_000;

/// What has been read, in order; a failure is the last.
type Batches = mpsc::Receiver<Result<TailResponse, Status>>;

/// One part of the log.
pub(crate) struct Part<C> {
    number: i32,
    follower: Follower<C>,
    /// What was applied last could not be: the next batch is applied alone, so that what can be applied before it is.
    careful: bool,
}

/// Why a stream has to be opened again.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the database did not do what it was asked")]
    Store(#[from] sqlx::Error),
    #[error("the stream broke, or somebody who was asked did not answer: {}", .0.message())]
    Stream(#[from] Status),
    #[error("the stream ended")]
    Ended,
    #[error("another instance leads")]
    Overtaken,
    /// By a fault of the service; it must not end the part in silence.
    #[error("dealing with an event panicked")]
    Panicked,
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
            Self::Panicked => false,
        }
    }

    /// Whether it came of what was applied: the next batch is applied alone, and not at once.
    fn is_of_effect(&self) -> bool {
        matches!(self, Self::Store(_) | Self::Panicked)
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
        Self { number, follower, careful: false }
    }

    /// Follows the part to its end, which comes when it is closed.
    pub(crate) async fn follow(mut self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let mut heard = false;
            let streamed = catch_panic(self.stream(&mut heard)).await;
            let Err(broken) = streamed.unwrap_or(Err(Broken::Panicked)) else {
                info!(part = self.number, "a part of payment's log has ended");
                return;
            };
            broken.log(self.number);
            self.careful = broken.is_of_effect();
            if heard && !broken.is_of_effect() && !matches!(broken, Broken::Overtaken) {
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
        let (_reading, mut batches) = read(self.follower.feed.tail(request).await?.into_inner());
        while let Some(batch) = batches.recv().await {
            let (batch, failure) = if self.careful { (batch?, None) } else { gather(batch?, &mut batches) };
            *heard = true;
            cursor = self.apply(cursor, &batch).await?;
            self.careful &= batch.events.is_empty();
            self.follower.note(self.number, batch.position, batch.ended);
            if batch.ended {
                return Ok(());
            }
            failure.map_or(Ok(()), Err)?;
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

/// Reads a stream, as long as the set is kept.
fn read(mut stream: Streaming<TailResponse>) -> (JoinSet<()>, Batches) {
    let (ahead, batches) = mpsc::channel(MOST_AHEAD);
    let mut reading = JoinSet::new();
    reading.spawn(async move {
        while let Some(batch) = stream.message().await.transpose() {
            let failed = batch.is_err();
            if ahead.send(batch).await.is_err() || failed {
                return;
            }
        }
    });
    (reading, batches)
}

/// A batch with those behind it that have been read, as one; and the failure that came after them.
fn gather(mut gathered: TailResponse, batches: &mut Batches) -> (TailResponse, Option<Status>) {
    while gathered.events.len() < MOST_AT_ONCE && !gathered.ended {
        match batches.try_recv() {
            Ok(Ok(next)) => {
                let mut events = gathered.events;
                events.extend(next.events);
                gathered = TailResponse { events, ..next };
            }
            Ok(Err(status)) => return (gathered, Some(status)),
            Err(_none) => break,
        }
    }
    (gathered, None)
}

#[cfg(test)]
mod tests {
    use kvitt_proto::payment::v1::FeedEvent;

    use super::*;

    fn batch(events: usize, position: i64, ended: bool) -> TailResponse {
        let events = vec![FeedEvent::default(); events];
        TailResponse { events, position, cursor: position.to_string(), ended, ..TailResponse::default() }
    }

    /// What is gathered of these: events, position, whether it has ended, and whether a failure came after it.
    fn gathered(read: Vec<Result<TailResponse, Status>>) -> Vec<(usize, i64, bool, bool)> {
        let (ahead, mut batches) = mpsc::channel(read.len());
        read.into_iter().for_each(|batch| ahead.try_send(batch).unwrap());
        let mut all = Vec::new();
        while let Ok(Ok(first)) = batches.try_recv() {
            let (TailResponse { events, position, cursor, ended, .. }, failure) = gather(first, &mut batches);
            assert_eq!(cursor, position.to_string());
            all.push((events.len(), position, ended, failure.is_some()));
        }
        all
    }

    #[test]
    fn what_was_read_meanwhile_is_applied_at_once_up_to_a_bound() {
        assert_eq!(gathered(vec![Ok(batch(3, 7, false))]), [(3, 7, false, false)]);
        let many = (1..=6).map(|n| Ok(batch(500, n * 1_000, n == 6))).collect();
        assert_eq!(gathered(many), [(2_000, 4_000, false, false), (1_000, 6_000, true, false)]);
        let broken = vec![Ok(batch(1, 1, false)), Ok(batch(2, 3, false)), Err(Status::unavailable("gone"))];
        assert_eq!(gathered(broken), [(3, 3, false, true)], "what came before a failure is applied");
    }
}
