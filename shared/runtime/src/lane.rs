//! The one batching loop. Commands wait in a bounded queue; the loop takes all that wait, hands them to its handler
//! as one batch and answers every caller. What gathers while a batch is handled is the next batch, so an idle lane
//! adds no latency and a busy one gets cheaper per command. There is never a timer.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use crate::serve::catch_panic;
use crate::telemetry::metrics::{
    BATCH_DURATION, BATCH_SIZE, Counter, Histogram, KeyValue, LANE_QUEUE, LANE_REFUSED, Told, tell,
};

/// How many commands may wait; the next one is refused with [`LaneError::Full`].
pub const QUEUE_LIMIT: usize = 4096;

/// How many commands make one batch at most.
pub const BATCH_LIMIT: usize = 512;

/// How often the loop lets other tasks run before it closes a batch, so that callers which are just being woken by
/// the last batch's answers are in the next one.
const YIELDS: usize = 2;

/// A handle to a lane; clones submit to the same loop.
#[derive(Debug)]
pub struct Lane<C, R> {
    queue: mpsc::Sender<Entry<C, R>>,
    ended: CancellationToken,
    entrance: Arc<Entrance>,
}

/// What a lane is called in traces, logs and metrics: a name that no other service has, and where there is one lane for each
/// part of a log, the part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneName {
    /// For example `payment_log`.
    pub name: &'static str,
    /// The part of the log.
    pub part: Option<i16>,
}

impl From<&'static str> for LaneName {
    fn from(name: &'static str) -> Self {
        Self { name, part: None }
    }
}

impl LaneName {
    fn attributes(self) -> Vec<KeyValue> {
        let part = self.part.map(|part| KeyValue::new("part", i64::from(part)));
        std::iter::once(KeyValue::new("lane", self.name)).chain(part).collect()
    }
}

/// What is measured where commands come in.
#[derive(Debug)]
struct Entrance {
    refused: Counter<u64>,
    attributes: Vec<KeyValue>,
    _waiting: Told,
}

impl Entrance {
    fn new<T: Send + 'static>(name: LaneName, queue: &mpsc::Sender<T>) -> Self {
        let (refused, attributes) = (LANE_REFUSED.counter(), name.attributes());
        refused.add(0, &attributes);
        // The loop ends when the last handle goes, so this must not be one.
        let queue = queue.downgrade();
        let waiting = move || {
            let queue = queue.upgrade()?;
            u64::try_from(queue.max_capacity() - queue.capacity()).ok()
        };
        Self { refused, _waiting: tell(&LANE_QUEUE, attributes.clone(), waiting), attributes }
    }
}

/// What is measured of the batches.
#[derive(Debug)]
struct Batches {
    name: &'static str,
    size: Histogram<u64>,
    duration: Histogram<f64>,
    attributes: Vec<KeyValue>,
}

impl Batches {
    fn new(name: LaneName) -> Self {
        Self {
            name: name.name,
            size: BATCH_SIZE.sizes(),
            duration: BATCH_DURATION.seconds(),
            attributes: name.attributes(),
        }
    }
}

/// Why a command has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaneError {
    /// [`QUEUE_LIMIT`] commands wait already; nothing was done.
    #[error("the queue of the lane is full")]
    Full,
    /// The lane ended or its handler failed; whether the command was done is unknown.
    #[error("the lane gave no answer")]
    Gone,
}

#[derive(Debug)]
struct Entry<C, R> {
    command: C,
    answer: oneshot::Sender<R>,
    span: Span,
}

impl<C, R> Lane<C, R>
where
    C: Send + 'static,
    R: Send + 'static,
{
    /// Starts the loop. `handler` gets a batch in order of arrival and returns as many answers in the same order.
    ///
    /// When `shutdown` is cancelled the lane takes no new command, handles those that wait, and ends; so cancel it
    /// after the server has drained. A handler that panics fails its batch only.
    pub fn spawn<H, F>(name: impl Into<LaneName>, handler: H, shutdown: CancellationToken) -> Self
    where
        H: FnMut(Vec<C>) -> F + Send + 'static,
        F: Future<Output = Vec<R>> + Send,
    {
        let (queue, waiting) = mpsc::channel(QUEUE_LIMIT);
        let ended = CancellationToken::new();
        let on_end = ended.clone().drop_guard();
        let name = name.into();
        let (entrance, batches) = (Arc::new(Entrance::new(name, &queue)), Batches::new(name));
        tokio::spawn(async move {
            run(&batches, handler, waiting, shutdown).await;
            drop(on_end);
        });
        Self { queue, ended, entrance }
    }

    /// Queues `command` and waits for its answer. Dropping the future before the command is taken withdraws it.
    pub async fn submit(&self, command: C) -> Result<R, LaneError> {
        let (answer, answered) = oneshot::channel();
        let entry = Entry { command, answer, span: Span::current() };
        self.queue.try_send(entry).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => {
                self.entrance.refused.add(1, &self.entrance.attributes);
                LaneError::Full
            }
            mpsc::error::TrySendError::Closed(_) => LaneError::Gone,
        })?;
        answered.await.map_err(|_gone| LaneError::Gone)
    }

    /// Waits until the loop has handled its last batch after a shutdown.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }
}

impl<C, R> Clone for Lane<C, R> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), ended: self.ended.clone(), entrance: Arc::clone(&self.entrance) }
    }
}

async fn run<C, R, H, F>(
    batches: &Batches,
    mut handler: H,
    mut waiting: mpsc::Receiver<Entry<C, R>>,
    shutdown: CancellationToken,
) where
    H: FnMut(Vec<C>) -> F,
    F: Future<Output = Vec<R>>,
{
    loop {
        let first = tokio::select! {
            first = waiting.recv() => first,
            () = shutdown.cancelled(), if !waiting.is_closed() => {
                waiting.close();
                continue;
            }
        };
        let Some(first) = first else { return };
        let mut taken = vec![first];
        drain(&mut waiting, &mut taken);
        for _ in 0..YIELDS {
            tokio::task::yield_now().await;
            drain(&mut waiting, &mut taken);
        }
        taken.retain(|entry| !entry.answer.is_closed());
        if !taken.is_empty() {
            let (size, began_at) = (taken.len(), Instant::now());
            handle(batches.name, &mut handler, taken).await;
            batches.size.record(u64::try_from(size).unwrap_or(u64::MAX), &batches.attributes);
            batches.duration.record(began_at.elapsed().as_secs_f64(), &batches.attributes);
        }
    }
}

/// Moves what waits into `taken`, up to the limit of a batch.
fn drain<T>(waiting: &mut mpsc::Receiver<T>, taken: &mut Vec<T>) {
    while taken.len() < BATCH_LIMIT
        && let Ok(entry) = waiting.try_recv()
    {
        taken.push(entry);
    }
}

async fn handle<C, R, H, F>(name: &'static str, handler: &mut H, taken: Vec<Entry<C, R>>)
where
    H: FnMut(Vec<C>) -> F,
    F: Future<Output = Vec<R>>,
{
    let size = taken.len();
    // A trace has one parent: the first command's. The others are linked.
    let parent = taken.first().and_then(|entry| entry.span.id());
    let batch = tracing::info_span!(parent: parent, "batch", lane = name, size);
    let mut commands = Vec::with_capacity(size);
    let mut callers = Vec::with_capacity(size);
    for (index, entry) in taken.into_iter().enumerate() {
        if index > 0 {
            batch.follows_from(entry.span.id());
        }
        commands.push(entry.command);
        callers.push(entry.answer);
    }
    let work = async { handler(commands).await };
    let Ok(answers) = catch_panic(work.instrument(batch)).await else {
        tracing::error!(lane = name, size, "the handler of a lane panicked; its batch has no answer");
        return;
    };
    if answers.len() != size {
        let answers = answers.len();
        tracing::error!(lane = name, size, answers, "the handler of a lane gave the wrong number of answers");
        return;
    }
    for (caller, answer) in callers.into_iter().zip(answers) {
        // A caller that stopped waiting does not need to hear.
        let _unheard = caller.send(answer);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::sync::Semaphore;

    use super::*;

    /// A lane that doubles numbers, one batch for each permit, and the batches it has handled.
    struct Doubling {
        lane: Lane<u32, u32>,
        permits: Arc<Semaphore>,
        batches: Arc<Mutex<Vec<Vec<u32>>>>,
        shutdown: CancellationToken,
    }

    fn doubling() -> Doubling {
        let (permits, batches) = (Arc::new(Semaphore::new(0)), Arc::new(Mutex::new(Vec::new())));
        let shutdown = CancellationToken::new();
        let handler = {
            let (permits, batches) = (Arc::clone(&permits), Arc::clone(&batches));
            move |batch: Vec<u32>| {
                let (permits, batches) = (Arc::clone(&permits), Arc::clone(&batches));
                async move {
                    batches.lock().unwrap().push(batch.clone());
                    permits.acquire().await.unwrap().forget();
                    assert!(!batch.contains(&13), "as told");
                    batch.into_iter().map(|number| number * 2).collect()
                }
            }
        };
        let lane = Lane::spawn("doubling", handler, shutdown.clone());
        Doubling { lane, permits, batches, shutdown }
    }

    impl Doubling {
        /// Submits and lets the command reach the queue.
        async fn submit(&self, number: u32) -> tokio::task::JoinHandle<Result<u32, LaneError>> {
            let lane = self.lane.clone();
            let submitted = tokio::spawn(async move { lane.submit(number).await });
            settle().await;
            submitted
        }
    }

    /// Lets every task run until it waits.
    async fn settle() {
        for _ in 0..16 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn what_gathers_while_a_batch_is_handled_is_the_next_batch() {
        let doubling = doubling();
        let mut submitted = vec![doubling.submit(1).await];
        for number in 2..=5 {
            submitted.push(doubling.submit(number).await);
        }
        doubling.permits.add_permits(2);
        for (number, answer) in (1..).zip(submitted) {
            assert_eq!(answer.await.unwrap(), Ok(number * 2));
        }
        assert_eq!(*doubling.batches.lock().unwrap(), [vec![1], vec![2, 3, 4, 5]]);
    }

    #[tokio::test]
    async fn a_batch_has_its_limit() {
        let doubling = doubling();
        let _held = doubling.submit(0).await;
        let lane = doubling.lane.clone();
        let rest: Vec<_> = (100..700)
            .map(|number| {
                let lane = lane.clone();
                tokio::spawn(async move { lane.submit(number).await })
            })
            .collect();
        settle().await;
        doubling.permits.add_permits(3);
        for answer in rest {
            answer.await.unwrap().unwrap();
        }
        let sizes: Vec<usize> = doubling.batches.lock().unwrap().iter().map(Vec::len).collect();
        assert_eq!(sizes, [1, BATCH_LIMIT, 600 - BATCH_LIMIT]);
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let doubling = doubling();
        let _held = doubling.submit(0).await;
        let lane = &doubling.lane;
        let mut waiting: Vec<_> = (0..QUEUE_LIMIT).map(|_| Box::pin(lane.submit(1))).collect();
        for submitted in &mut waiting {
            assert!(poll_once(submitted.as_mut()).is_none());
        }
        assert_eq!(lane.submit(2).await, Err(LaneError::Full));
    }

    /// One poll, as a select would make it.
    fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        match future.poll(&mut cx) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        }
    }

    #[tokio::test]
    async fn a_command_whose_caller_left_is_not_handled() {
        let doubling = doubling();
        let held = doubling.submit(1).await;
        doubling.submit(2).await.abort();
        let last = doubling.submit(3).await;
        doubling.permits.add_permits(2);
        assert_eq!((held.await.unwrap(), last.await.unwrap()), (Ok(2), Ok(6)));
        assert_eq!(*doubling.batches.lock().unwrap(), [vec![1], vec![3]]);
    }

    #[tokio::test]
    async fn a_panic_of_the_handler_fails_its_batch_only() {
        let doubling = doubling();
        doubling.permits.add_permits(2);
        assert_eq!(doubling.lane.submit(13).await, Err(LaneError::Gone));
        assert_eq!(doubling.lane.submit(4).await, Ok(8));
    }

    #[tokio::test]
    async fn a_shutdown_answers_those_who_wait_and_refuses_newcomers() {
        let doubling = doubling();
        let held = doubling.submit(1).await;
        let waiting = doubling.submit(2).await;
        doubling.shutdown.cancel();
        doubling.permits.add_permits(2);
        assert_eq!((held.await.unwrap(), waiting.await.unwrap()), (Ok(2), Ok(4)));
        doubling.lane.ended().await;
        assert_eq!(doubling.lane.submit(3).await, Err(LaneError::Gone));
    }
}
