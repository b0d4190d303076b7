//! Answers of another service, remembered until that service says that something has changed.
//!
//! A service that is asked often, the [`Source`], counts its changes. Each of its answers says at which revision it was
//! read, and whoever remembers answers asks what has changed after the newest revision it knows of, and forgets that.
//! One such question stands for every answer at hand, so an answer that never changes is asked for once, and none is
//! given that was outdated for longer than [`MAX_AGE`] when it was asked for. Nothing is asked while nobody wants an
//! answer.
//!
//! To remember the answers of one more service: a [`Source`] that holds its [`Answers`], in a [`Remembered`].

use std::fmt;
use std::hash::Hash;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use moka::future::Cache;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;
use tonic::Status;

use crate::context::{self, Context};

/// The oldest knowledge of a source's changes that is relied on, counted from the moment it was asked for.
pub const MAX_AGE: Duration = Duration::from_secs(2);

/// Knowledge that is older than this is renewed while it is relied on.
const RENEW_AGE: Duration = Duration::from_millis(500);

/// At least this long passes between a failed question about changes and the next one that nobody waits for.
const RENEW_GAP: Duration = Duration::from_millis(250);

/// How long asking a source may take, whoever asks: one question serves all who wait for it.
const ASK_LIMIT: Duration = Duration::from_secs(5);

/// A service whose answers are remembered, together with the [`Answers`].
pub trait Source: Send + Sync + 'static {
    /// What the source knows a changed thing by.
    type Key: Send;

    /// Asks what has changed after a revision; after 0 when none is known.
    fn changes(&self, after_revision: i64)
    -> impl Future<Output = Result<Changes<Self::Key>, Status>> + Send;

    /// Forgets every answer that says anything about what has changed.
    fn forget(&self, changed: Changed<Self::Key>) -> impl Future<Output = ()> + Send;
}

/// What a source says has changed.
#[derive(Clone, Debug)]
pub struct Changes<K> {
    /// The source's newest revision.
    pub revision: i64,
    /// What has changed up to it.
    pub changed: Changed<K>,
}

/// The part of a source's answers that may be outdated.
#[derive(Clone, Debug)]
pub enum Changed<K> {
    /// Those about these things.
    These(Vec<K>),
    /// Any.
    All,
}

/// An answer, and the source's revision at which it was read.
#[derive(Clone, Debug)]
pub struct Answer<V> {
    /// What the source said.
    pub value: V,
    /// When it was true.
    pub revision: i64,
}

/// Answers of one kind, by what was asked; clones share them.
pub struct Answers<K, V> {
    held: Cache<K, Arc<Held<V>>>,
}

/// An answer at hand.
struct Held<V> {
    answer: Answer<V>,
    /// Whether nothing had changed since it was read, as far as was known when it was already among the answers: from
    /// then on every change that becomes known takes it away.
    settled: AtomicBool,
}

impl<K, V> Answers<K, V>
where
    K: Clone + Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Keeps at most so many.
    pub fn at_most(limit: u64) -> Self {
        Self { held: Cache::new(limit) }
    }

    /// Forgets what was answered to this question.
    pub async fn forget(&self, key: &K) {
        self.held.invalidate(key).await;
    }

    /// Forgets everything.
    pub fn forget_all(&self) {
        self.held.invalidate_all();
    }
}

impl<K, V> fmt::Debug for Answers<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("count", &self.held.entry_count()).finish()
    }
}

/// A source, and what is known of its changes; clones share both.
#[derive(Debug)]
pub struct Remembered<S> {
    shared: Arc<Shared<S>>,
}

impl<S> Clone for Remembered<S> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

#[derive(Debug)]
struct Shared<S> {
    source: S,
    known: RwLock<Known>,
    /// How asking for changes failed last. Held while asking, so that there is one such question at a time.
    last_failure: Arc<Mutex<Option<Failure>>>,
}

/// What is known of the source's changes.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// Changes up to here are known, though the answers that they outdate may be at hand still. An answer that arrives
    /// and is older than this must not stay.
    floor: i64,
    pulse: Option<Pulse>,
}

/// Where the source was.
#[derive(Clone, Copy, Debug)]
struct Pulse {
    /// No answer at hand is outdated by a change up to here.
    revision: i64,
    /// When the source was asked, so that it was there at the earliest.
    asked_at: Instant,
}

#[derive(Debug)]
struct Failure {
    status: Status,
    failed_at: Instant,
}

impl<S: Source> Remembered<S> {
    /// Knows nothing yet.
    pub fn new(source: S) -> Self {
        let known = RwLock::new(Known { floor: 0, pulse: None });
        Self { shared: Arc::new(Shared { source, known, last_failure: Arc::default() }) }
    }

    /// The service that is asked.
    pub fn source(&self) -> &S {
        &self.shared.source
    }

    /// The remembered answer, or what `ask` says; requests that come meanwhile share the question. A failure is not
    /// remembered. `ask` runs without the token and the deadline of the request that happened to be first.
    pub async fn get<K, V>(
        &self,
        answers: &Answers<K, V>,
        key: &K,
        ask: impl Future<Output = Result<Answer<V>, Status>>,
    ) -> Result<V, Status>
    where
        K: Clone + Hash + Eq + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
    {
        let relied_on = self.confirm().await?;
        if let Some(held) = answers.held.get(key).await {
            if self.shared.stays(&held) {
                return Ok(held.answer.value.clone());
            }
            answers.forget(key).await;
        }
        let mut ask = pin!(async {
            let answer = asking(ask).await?;
            Ok(Arc::new(Held { answer, settled: AtomicBool::new(false) }))
        });
        loop {
            let entry = answers.held.entry_by_ref(key).or_try_insert_with(ask.as_mut()).await;
            let entry = entry.map_err(|status: Arc<Status>| Status::clone(&status))?;
            let answer = &entry.value().answer;
            // Another's question may have been put before what is relied on here was known.
            if entry.is_fresh() || answer.revision >= relied_on {
                return Ok(answer.value.clone());
            }
            answers.forget(key).await;
        }
    }

    /// Makes sure that the source's changes are known well enough, and answers the revision up to which they are.
    async fn confirm(&self) -> Result<i64, Status> {
        let now = Instant::now();
        match self.shared.known().pulse {
            Some(pulse) if pulse.age(now) < RENEW_AGE => Ok(pulse.revision),
            Some(pulse) if pulse.age(now) < MAX_AGE => {
                self.renew_in_background(now);
                Ok(pulse.revision)
            }
            Some(_) | None => self.renew_first(now).await,
        }
    }

    /// Asks for the changes, or waits for the answer to another request's question, since `began`.
    async fn renew_first(&self, began: Instant) -> Result<i64, Status> {
        let mut last_failure = self.shared.last_failure.lock().await;
        let good = |pulse: &Pulse| pulse.asked_at >= began || pulse.age(Instant::now()) < MAX_AGE;
        if let Some(pulse) = self.shared.known().pulse.filter(good) {
            return Ok(pulse.revision);
        }
        match last_failure.as_ref().filter(|failure| failure.failed_at > began) {
            Some(failure) => Err(failure.status.clone()),
            None => self.shared.renew(&mut last_failure).await,
        }
    }

    /// Asks for the changes, unless somebody is asking or it went wrong a moment ago.
    fn renew_in_background(&self, now: Instant) {
        let Ok(last_failure) = Arc::clone(&self.shared.last_failure).try_lock_owned() else { return };
        let renewed = self.shared.known().pulse.is_some_and(|pulse| pulse.age(now) < RENEW_AGE);
        let failed = last_failure.as_ref().map(|failure| now.saturating_duration_since(failure.failed_at));
        if renewed || failed.is_some_and(|ago| ago < RENEW_GAP) {
            return;
        }
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            let mut last_failure: OwnedMutexGuard<_> = last_failure;
            if let Err(status) = shared.renew(&mut last_failure).await {
                tracing::warn!(%status, "another service did not say what has changed");
            }
        });
    }
}

impl<S: Source> Shared<S> {
    /// Asks for the changes, and forgets what they outdate. May be dropped at any point: the next one asks for the
    /// same changes again.
    async fn renew(&self, last_failure: &mut Option<Failure>) -> Result<i64, Status> {
        let asked_at = Instant::now();
        let after = self.known().pulse.map_or(0, |pulse| pulse.revision);
        let Changes { revision, changed } =
            asking(self.source.changes(after)).await.inspect_err(|status| {
                *last_failure = Some(Failure { status: status.clone(), failed_at: Instant::now() });
            })?;
        // In this order: an answer that arrives from here on is seen to be outdated, one that is at hand is forgotten,
        // and only then nothing outdated is at hand.
        self.learn(|known| known.floor = revision);
        self.source.forget(changed).await;
        self.learn(|known| known.pulse = Some(Pulse { revision, asked_at }));
        Ok(revision)
    }
}

impl<S> Shared<S> {
    fn known(&self) -> Known {
        *self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, what: impl FnOnce(&mut Known)) {
        what(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Whether an answer that is among the others may stay there. It may have arrived after a change of what it says
    /// became known, and then nothing would take it away again.
    fn stays<V>(&self, held: &Held<V>) -> bool {
        if held.settled.load(Ordering::Relaxed) {
            return true;
        }
        let stays = held.answer.revision >= self.known().floor;
        if stays {
            held.settled.store(true, Ordering::Relaxed);
        }
        stays
    }
}

impl Pulse {
    fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.asked_at)
    }
}

/// Runs a question that serves more than the request at hand.
async fn asking<F: Future>(question: F) -> F::Output {
    let deadline = Some(Instant::now() + ASK_LIMIT);
    context::scope(Context { token: None, deadline }, question).await
}

#[cfg(test)]
mod tests;
