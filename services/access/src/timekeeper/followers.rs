//! Who follows the clock, what they were told, and what they answer.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kvitt_runtime::{ServiceName, sandbox::Settled};
use tokio::sync::{mpsc, oneshot};

use super::Time;

/// Whoever has heard so little of what was said has gone, or might as well: it is dropped and may come back.
const MOST_UNHEARD: usize = 16;

/// What a follower hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Saying {
    /// Rises with every saying to one follower.
    pub(crate) sequence: i64,
    pub(crate) time: Time,
    /// Whether an answer is wanted.
    pub(crate) settle: bool,
}

/// What a follower hears, in order.
pub(crate) type Sayings = mpsc::Receiver<Saying>;

/// An answer to come; an error when the follower leaves first.
pub(super) type Answer = oneshot::Receiver<Settled>;

/// Everybody who follows; clones are the same.
#[derive(Clone, Default)]
pub(super) struct Followers {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    /// `None` until it is known.
    time: Option<Time>,
    last_id: u64,
    all: BTreeMap<u64, Follower>,
}

struct Follower {
    name: ServiceName,
    sayings: mpsc::Sender<Saying>,
    sequence: i64,
    /// Who waits for the answer to the last saying.
    asked: Option<oneshot::Sender<Settled>>,
}

impl Followers {
    /// The time that everybody was told last.
    pub(super) fn time(&self) -> Option<Time> {
        self.lock().time
    }

    /// Tells everybody.
    pub(super) fn set(&self, time: Time) {
        let mut shared = self.lock();
        shared.time = Some(time);
        shared.all.retain(|_, follower| follower.say(time, false));
    }

    /// Asks everybody to do what is due.
    pub(super) fn ask(&self) -> Vec<(ServiceName, Answer)> {
        let mut shared = self.lock();
        let Some(time) = shared.time else { return Vec::new() };
        let mut answers = Vec::new();
        shared.all.retain(|_, follower| {
            let (asked, answer) = oneshot::channel();
            let heard = follower.say(time, true);
            follower.asked = Some(asked);
            answers.push((follower.name, answer));
            heard
        });
        answers
    }

    /// Another follower, who hears the time at once. `None` while it is not known.
    pub(super) fn join(&self, name: ServiceName) -> Option<(Membership, Sayings)> {
        let mut shared = self.lock();
        let time = shared.time?;
        let (sender, sayings) = mpsc::channel(MOST_UNHEARD);
        let mut follower = Follower { name, sayings: sender, sequence: 0, asked: None };
        follower.say(time, false);
        shared.last_id += 1;
        let id = shared.last_id;
        shared.all.insert(id, follower);
        Some((Membership { followers: self.clone(), id }, sayings))
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Follower {
    /// Whether there is room for it to hear.
    fn say(&mut self, time: Time, settle: bool) -> bool {
        self.sequence += 1;
        self.asked = None;
        self.sayings.try_send(Saying { sequence: self.sequence, time, settle }).is_ok()
    }
}

/// A follower's place; given back when this is dropped.
pub(crate) struct Membership {
    followers: Followers,
    id: u64,
}

impl Membership {
    /// Hands on an answer. One that nobody waits for any more is forgotten.
    pub(crate) fn answer(&self, sequence: i64, settled: Settled) {
        let mut shared = self.followers.lock();
        let follower = shared.all.get_mut(&self.id).filter(|follower| follower.sequence == sequence);
        if let Some(asked) = follower.and_then(|follower| follower.asked.take()) {
            // Whoever asked may have given up.
            asked.send(settled).ok();
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.followers.lock().all.remove(&self.id);
    }
}
