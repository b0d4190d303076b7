//! Follows payment's log and keeps the inboxes true to it: one stream and one cursor for each part of the log. When the
//! number of parts is grown a new generation of parts begins; it is opened when every earlier one has been read to its
//! end, so that everything of a sales unit is seen in order.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use kvitt_proto::payment::v1::{ListPartsRequest, LogPart, feed_service_client::FeedServiceClient};
use kvitt_runtime::{
    PeerChannel, ServiceName,
    telemetry::metrics::{Lag, Looks},
};
use sqlx::PgPool;
use tokio::{sync::watch, task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tracing::{debug, info};

use self::part::Part;

mod event;
mod part;
#[cfg(test)]
mod tests;

/// The pause before what failed is tried again: the first, and the longest that doubling leads to.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often the parts are listed even if none has ended.
const LIST_EVERY: Duration = Duration::from_secs(60);

/// Most parts that are followed.
const MAX_PARTS: usize = 1024;

/// How far a part has been dealt with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Reached {
    position: i64,
    /// It is closed, and this is its end.
    ended: bool,
}

/// How far each part has been dealt with; parts not opened are not in it.
type Progress = BTreeMap<i32, Reached>;

/// Follows the log; clones share how far it has come.
#[derive(Clone)]
pub(crate) struct Follower {
    feed: FeedServiceClient<PeerChannel>,
    pool: PgPool,
    progress: watch::Sender<Progress>,
}

impl Follower {
    /// A follower of the log behind the channel, which has read nothing.
    pub(crate) fn new(channel: PeerChannel, pool: PgPool) -> Self {
        Self { feed: FeedServiceClient::new(channel), pool, progress: watch::Sender::default() }
    }

    /// Follows every part until `shutdown`.
    pub(crate) async fn follow(self, shutdown: CancellationToken) {
        let (mut tasks, mut opened) = (JoinSet::new(), BTreeSet::new());
        let opening = async {
            loop {
                let mut progress = self.progress.subscribe();
                let reached = progress.borrow_and_update().clone();
                for part in openable(&self.list_patiently().await, &reached) {
                    if opened.insert(part) {
                        info!(part, "following a part of payment's log");
                        let part = Part::new(part, self.clone());
                        tasks.spawn(shutdown.clone().run_until_cancelled_owned(part.follow()));
                    }
                }
                let before = ended(&reached);
                let another_ended = progress.wait_for(|reached| ended(reached) > before);
                // Whether one ended or the time is over, the parts are listed again.
                drop(timeout(LIST_EVERY, another_ended).await);
            }
        };
        let working = async { tokio::join!(opening, self.look(&shutdown)) };
        let _stopped: Option<((), ())> = shutdown.run_until_cancelled(working).await;
        while tasks.join_next().await.is_some() {}
    }

    /// Waits until everything that is in the log now has been dealt with.
    #[cfg(feature = "sandbox")]
    pub(crate) async fn catch_up(&self) -> Result<(), Status> {
        let parts = self.list().await?;
        let dealt_with = |reached: &Progress| {
            let position = |part: &LogPart| reached.get(&part.part).map_or(0, |reached| reached.position);
            parts.iter().all(|part| position(part) >= part.last_position)
        };
        // The sender lives in `self`, so the wait does not fail.
        self.progress
            .subscribe()
            .wait_for(dealt_with)
            .await
            .map(drop)
            .map_err(|_| Status::internal("unreachable"))
    }

    /// Tells now and then how far it is behind, as long as anybody wants to know.
    async fn look(&self, shutdown: &CancellationToken) {
        let consumer = ServiceName::Wallet.as_str();
        let (mut lag, mut looks) = (Lag::new(consumer), Looks::until(shutdown.clone()));
        while looks.next().await {
            let Ok(parts) = self.list().await else {
                lag.forget();
                continue;
            };
            let progress = self.progress.borrow();
            for part in parts {
                let reached = progress.get(&part.part).map_or(0, |reached| reached.position);
                lag.note(part.part, part.last_position, reached);
            }
        }
    }

    async fn list_patiently(&self) -> Vec<LogPart> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.list().await {
                Ok(parts) => return parts,
                Err(status) => debug!(%status, "the parts of payment's log cannot be listed"),
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    async fn list(&self) -> Result<Vec<LogPart>, Status> {
        let mut parts = self.feed.clone().list_parts(ListPartsRequest {}).await?.into_inner().parts;
        parts.truncate(MAX_PARTS);
        Ok(parts)
    }

    /// Notes how far a part has been dealt with. Never back: a stream may begin before what is known.
    fn note(&self, part: i32, position: i64, ended: bool) {
        self.progress.send_modify(|progress| {
            let reached = progress.entry(part).or_default();
            reached.position = reached.position.max(position);
            reached.ended |= ended;
        });
    }
}

fn ended(progress: &Progress) -> usize {
    progress.values().filter(|reached| reached.ended).count()
}

/// The parts up to the first generation that has not ended as a whole.
fn openable(parts: &[LogPart], progress: &Progress) -> Vec<i32> {
    let has_ended = |part: i32| progress.get(&part).is_some_and(|reached| reached.ended);
    let unended = parts.iter().filter(|part| !has_ended(part.part));
    let open_up_to = unended.map(|part| part.generation).min().unwrap_or(i32::MAX);
    parts.iter().filter(|part| part.generation <= open_up_to).map(|part| part.part).collect()
}
