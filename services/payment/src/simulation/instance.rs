//! One process of the service: the real writers with memories of their own, over lanes and use cases that are driven
//! by hand. What stands between `engine` and the database's pool in the service (`engine/mod.rs`, `app/`) is said again
//! here, with every wait a chance for others to go first.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
    pin::Pin,
    rc::Rc,
    sync::{Arc, LazyLock},
    task::Poll,
};

use kvitt_primitives::{EventId, Msn};
use tokio::sync::watch;

use super::{
    journal::Said,
    log::{At, MemoryLog},
    world::{Shared, step},
};
use crate::{
    domain::{Approval, Command, PendingKind},
    engine::{Answer, Failure, Parts, Stats, Submission, Tip, Writer},
    store::{Record, log::REQUESTS},
};

pub(super) type Task = Pin<Box<dyn Future<Output = ()>>>;

/// How often a command is taken to another part.
const MOVES: usize = 3;

/// Nobody reads them here.
static STATS: LazyLock<Arc<Stats>> = LazyLock::new(Arc::default);

/// No answer now.
#[derive(Debug)]
pub(super) struct Silence;

pub(super) struct Instance {
    pub(super) number: usize,
    pub(super) shared: Shared,
    parts: RefCell<Parts>,
    lanes: RefCell<BTreeMap<i16, Rc<Lane>>>,
    /// Lanes that have something to do again.
    woken: RefCell<Vec<Task>>,
    /// Whether the task that went last can only wait for a lane.
    waits: Cell<bool>,
}

struct Lane {
    writer: Writer<MemoryLog>,
    queue: RefCell<VecDeque<Entry>>,
    busy: Cell<bool>,
    shared: Shared,
}

struct Entry {
    submission: Arc<Submission>,
    answer: Rc<Cell<Option<Answer>>>,
}

impl Lane {
    /// Writes all that waits, a batch at a time.
    async fn run(self: Rc<Self>) {
        loop {
            step().await;
            let waiting = self.queue.borrow().len();
            if waiting == 0 {
                return self.busy.set(false);
            }
            let size = 1 + self.shared.world().chance.below(waiting);
            let batch: Vec<Entry> = self.queue.borrow_mut().drain(..size).collect();
            let answers =
                self.writer.handle(batch.iter().map(|entry| Arc::clone(&entry.submission)).collect());
            let answers = answers.await;
            if answers.len() != batch.len() {
                self.shared.world().expect(Err("not one answer for each command".to_owned()));
            }
            for (entry, answer) in batch.iter().zip(answers) {
                entry.answer.set(Some(answer));
            }
        }
    }
}

impl Instance {
    pub(super) fn start(number: usize, shared: &Shared) -> Rc<Self> {
        let parts = RefCell::new(Parts::new(shared.world().store.heads.clone()));
        let shared = shared.clone();
        Rc::new(Self {
            number,
            shared,
            parts,
            lanes: RefCell::default(),
            woken: RefCell::default(),
            waits: Cell::new(false),
        })
    }

    /// Whether the task that went last can do nothing until a lane has.
    pub(super) fn waits(&self) -> bool {
        self.waits.take()
    }

    /// Lanes that began to work since this was asked last.
    pub(super) fn woken(&self) -> Vec<Task> {
        self.woken.take()
    }

    fn lane(&self, msn: &Msn) -> Rc<Lane> {
        let parts = self.parts.borrow();
        let part = parts.of(msn, parts.generation()).expect("there is always an open part");
        let start = || {
            let log = MemoryLog { instance: self.number, part, shared: self.shared.clone() };
            let clock = self.shared.world().clock.clone();
            let tip = watch::Sender::new(Tip::UNKNOWN);
            let writer = Writer::new(log, clock, tip, Arc::clone(&STATS));
            let (queue, busy) = (RefCell::default(), Cell::new(false));
            Rc::new(Lane { writer, queue, busy, shared: self.shared.clone() })
        };
        Rc::clone(self.lanes.borrow_mut().entry(part).or_insert_with(start))
    }

    /// As `Engine::submit`.
    pub(super) async fn submit(&self, submission: Submission) -> Answer {
        let submission = Arc::new(submission);
        for _ in 0..MOVES {
            let lane = self.lane(&submission.msn);
            let answer = Rc::new(Cell::new(None));
            let entry = Entry { submission: Arc::clone(&submission), answer: Rc::clone(&answer) };
            lane.queue.borrow_mut().push_back(entry);
            if !lane.busy.replace(true) {
                self.woken.borrow_mut().push(Box::pin(lane.run()));
            }
            let answered = std::future::poll_fn(|_| {
                let answer = answer.take();
                self.waits.set(answer.is_none());
                answer.map_or(Poll::Pending, Poll::Ready)
            });
            match answered.await {
                Answer::Failed(Failure::Closed) => {
                    if self.reach().await.is_err() {
                        return Answer::Failed(Failure::Unavailable);
                    }
                    let mut world = self.shared.world();
                    world.count("moved to another part");
                    *self.parts.borrow_mut() = Parts::new(world.store.heads.clone());
                }
                answer => return answer,
            }
        }
        Answer::Failed(Failure::Contended)
    }

    /// A read of the database, unless it is away.
    pub(super) async fn reach(&self) -> Result<(), Silence> {
        step().await;
        let away = self.shared.world().strikes(|trouble| trouble.away + trouble.lost_before);
        if away { Err(Silence) } else { Ok(()) }
    }

    /// A merchant's or payer's call.
    pub(super) async fn call(self: Rc<Self>, intent: usize) {
        let (submission, before) = {
            let mut world = self.shared.world();
            (world.submission(intent), world.intent(intent).said.clone())
        };
        let kind = match &submission.command {
            Command::RequestReserve(Approval { payer, card, .. }) => {
                PendingKind::Reserve { payer: *payer, card: *card }
            }
            Command::RequestRefund { .. } => PendingKind::Refund,
            _ => PendingKind::Capture,
        };
        let answer = self.submit(submission).await;
        let replayed = matches!(answer, Answer::Replayed(_));
        let said = match answer {
            Answer::Done(row) | Answer::Replayed(row) if REQUESTS.contains(&row.kind) => {
                self.settled(&row, replayed, kind).await.unwrap_or(Said::Silence)
            }
            Answer::Done(row) | Answer::Replayed(row) => done(&row),
            Answer::Nothing(_) => Said::Nothing,
            Answer::Refused(refusal) => Said::Refused(refusal),
            Answer::KeyConflict => Said::KeyConflict,
            Answer::Failed(_) => Said::Silence,
        };
        let mut world = self.shared.world();
        world.count(match &said {
            Said::KeyConflict => "key conflict",
            Said::Silence => "no answer",
            Said::Refused(refusal) if !refusal.is_remembered() => "refused for now",
            _ if replayed => "replayed",
            _ => "answered",
        });
        world.note(|| format!("instance {} answers call {intent}: {said:?}", self.number));
        world.check_answer(intent, before.as_ref(), &said);
    }

    /// What nobody asked for: without a key.
    pub(super) fn command(&self, (msn, reference): &At, command: Command) -> Submission {
        let event_id = EventId::from_uuid(self.shared.world().fresh_id());
        let (msn, reference) = (msn.clone(), reference.clone());
        Submission { msn, reference, command, event_id, key: None, settles: None, text: None }
    }
}

pub(super) fn done(row: &Record) -> Said {
    Said::Done { payment_id: row.payment_id, seq: row.seq }
}
