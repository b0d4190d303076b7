//! Follows payment's log for a service that keeps something of its own true to it: one stream and one cursor for each part
//! of the log, moved in the transaction of the effect, so that every event has its effect exactly once. When the number of
//! parts is grown a new generation of parts begins; it is opened when every earlier one has been read to its end, so that
//! everything of a sales unit is seen in order.
//!
//! To let a service follow: `ServiceName` among those that may in `kvitt_runtime::authority::may_alone`, the table
//! `feed_cursors` in a migration like that of `services/ordermanagement`, [`STATEMENTS`] in the test that prepares them,
//! a [`Consumer`] that says what events do, and [`Follower::follow`] among the service's workers. In the sandbox its
//! `settle` waits for [`Follower::catch_up`].

mod part;
mod store;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use kvitt_proto::payment::v1::{
    FeedEvent, ListPartsRequest, LogPart, feed_service_client::FeedServiceClient,
};
use kvitt_runtime::{
    PeerChannel, ServiceName,
    telemetry::metrics::{Lag, Looks},
};
use sqlx::{PgConnection, PgPool};
use tokio::{sync::watch, task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tracing::{debug, info};

pub use store::STATEMENTS;

use part::Part;

/// The pause before what failed is tried again: the first, and the longest that doubling leads to.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often the parts are listed even if none has ended.
const LIST_EVERY: Duration = Duration::from_secs(60);

/// Most parts that are followed.
const MOST_PARTS: usize = 1024;

/// What events do in the database of the service that follows.
pub trait Consumer: Clone + Send + Sync + 'static {
    /// The service that follows, as metrics name it.
    const SERVICE: ServiceName;

    /// What has to be asked of others before the effect.
    type Known: Send + Sync;

    /// Asks it. An error stops the part until it goes away, so only what is expected to pass is one.
    fn prepare(&self, events: &[FeedEvent]) -> impl Future<Output = Result<Self::Known, Status>> + Send;

    /// What is to be remembered of an effect until it is durable.
    type Effect: Send;

    /// The effect of these events, in their order. It may run again after a failure, so it must have no effect outside
    /// `tx`. An event that it cannot deal with is passed over and logged: an error stops the part until it goes away.
    fn apply(
        &self,
        tx: &mut PgConnection,
        events: &[FeedEvent],
        known: &Self::Known,
    ) -> impl Future<Output = Result<Self::Effect, sqlx::Error>> + Send;

    /// Hears in the transaction of the effect which position of the part it reaches to. Nothing is done with it, unless a
    /// service wants to say later how much it has seen.
    fn reached(
        &self,
        _tx: &mut PgConnection,
        _part: i32,
        _position: i64,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send {
        async { Ok(()) }
    }

    /// Hears that an effect is durable. A process that ends before has done it all the same, so nothing may depend on this.
    fn applied(&self, _effect: Self::Effect) {}
}

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
#[derive(Clone, Debug)]
pub struct Follower<C> {
    feed: FeedServiceClient<PeerChannel>,
    pool: PgPool,
    consumer: C,
    progress: watch::Sender<Progress>,
}

impl<C: Consumer> Follower<C> {
    /// A follower of the log behind the channel, which has read nothing. `pool` leads to the service's own database.
    pub fn new(payment: PeerChannel, pool: PgPool, consumer: C) -> Self {
        Self { feed: FeedServiceClient::new(payment), pool, consumer, progress: watch::Sender::default() }
    }

    /// Follows every part until `shutdown`.
    pub async fn follow(self, shutdown: CancellationToken) {
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

    /// Waits until everything that is in the log now has been dealt with; the error is that of listing it.
    pub async fn catch_up(&self) -> Result<(), Status> {
        let parts = self.list().await?;
        let dealt_with = |reached: &Progress| {
            let position = |part: &LogPart| reached.get(&part.part).map_or(0, |reached| reached.position);
            parts.iter().all(|part| position(part) >= part.last_position)
        };
        let mut progress = self.progress.subscribe();
        // The sender lives in `self`, so the wait does not fail.
        drop(progress.wait_for(dealt_with).await);
        Ok(())
    }

    /// Tells now and then how far it is behind, as long as anybody wants to know.
    async fn look(&self, shutdown: &CancellationToken) {
        let (mut lag, mut looks) = (Lag::new(C::SERVICE.as_str()), Looks::until(shutdown.clone()));
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
        parts.truncate(MOST_PARTS);
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

#[cfg(test)]
mod tests;
