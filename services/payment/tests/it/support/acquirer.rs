//! The acquirer: answers as a test tells it to, executes an id once, and remembers what it was asked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use kvitt_proto::acquirer::v1::{
    AcquirerStatus, DeclineReason, ExecuteOperationsRequest, ExecuteOperationsResponse, Operation, Outcome,
    acquirer_service_server::AcquirerService, operation::Action,
};
use tokio::sync::watch;
use tonic::{Request, Response, Status};

/// How long a reservation is guaranteed.
const WEEK_SECONDS: i64 = 7 * 86_400;

/// How a batch is met whose last operation is of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It is executed and answered.
    Executes,
    /// Its last operation is declined, the others are executed.
    Declines,
    /// The same, because a refund comes too late.
    DeclinesAsTooLate,
    /// The outcome of its last operation is not known yet, and nothing of it is done.
    IsUndecided,
    /// Nothing is executed, and UNAVAILABLE.
    IsAway,
    /// It is executed, and UNAVAILABLE.
    LosesTheAnswer,
    /// Never an answer, unless the manner changes meanwhile.
    IsSilent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Reserve,
    Capture,
    Refund,
    Release,
}

impl Kind {
    pub(crate) fn of(operation: &Operation) -> Self {
        match operation.action.as_ref().unwrap() {
            Action::Reserve(_) => Self::Reserve,
            Action::Capture(_) => Self::Capture,
            Action::Refund(_) => Self::Refund,
            Action::Release(_) => Self::Release,
        }
    }
}

#[derive(Clone)]
pub(crate) struct Acquirer {
    manners: watch::Sender<HashMap<Kind, Manner>>,
    book: Arc<Mutex<Book>>,
}

#[derive(Default)]
struct Book {
    asked: Vec<Operation>,
    /// What has an outcome, in order, each once.
    answered: Vec<(Operation, Outcome)>,
}

impl Acquirer {
    pub(super) fn new() -> Self {
        Self { manners: watch::Sender::default(), book: Arc::default() }
    }

    pub(crate) fn now(&self, kind: Kind, manner: Manner) {
        self.manners.send_modify(|manners| {
            manners.insert(kind, manner);
        });
    }

    /// Every operation of a kind as it was asked for, repetitions too.
    pub(crate) fn asked(&self, kind: Kind) -> Vec<Operation> {
        self.book().asked.iter().filter(|operation| Kind::of(operation) == kind).cloned().collect()
    }

    /// What moved money, in order.
    pub(crate) fn executed(&self) -> Vec<Operation> {
        let book = self.book();
        let done = book.answered.iter().filter(|(_, outcome)| outcome.status() == AcquirerStatus::Done);
        done.map(|(operation, _)| operation.clone()).collect()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }

    /// The manner for a kind; waits as long as it is silence.
    async fn manner(&self, kind: Kind) -> Manner {
        let of = |manners: &HashMap<Kind, Manner>| manners.get(&kind).copied().unwrap_or(Manner::Executes);
        let mut manners = self.manners.subscribe();
        let manners = manners.wait_for(|manners| of(manners) != Manner::IsSilent).await.unwrap();
        of(&manners)
    }
}

impl Book {
    /// An id has one outcome; with another content it is a mismatch.
    fn answer(&mut self, operation: &Operation, declined: Option<DeclineReason>) -> Outcome {
        let operation_id = operation.operation_id.clone();
        let before = self.answered.iter().find(|(first, _)| first.operation_id == operation_id);
        if let Some((first, outcome)) = before {
            let mismatch = || Outcome { status: AcquirerStatus::Mismatch.into(), ..Outcome::default() };
            return if moves_the_same(first, operation) { outcome.clone() } else { mismatch() };
        }
        let reserves = Kind::of(operation) == Kind::Reserve;
        let outcome = if let Some(reason) = declined {
            let status = AcquirerStatus::Declined.into();
            Outcome { operation_id, status, decline_reason: reason.into(), ..Outcome::default() }
        } else {
            let card_bin = if reserves { "492500".to_owned() } else { String::new() };
            let guaranteed_until = operation.decided_at.filter(|_| reserves).map(|mut at| {
                at.seconds += WEEK_SECONDS;
                at
            });
            let status = AcquirerStatus::Done.into();
            Outcome { operation_id, status, card_bin, guaranteed_until, ..Outcome::default() }
        };
        self.answered.push((operation.clone(), outcome.clone()));
        outcome
    }
}

/// When it was decided may be told differently when it is asked again.
fn moves_the_same(one: &Operation, other: &Operation) -> bool {
    Operation { decided_at: other.decided_at, ..one.clone() } == *other
}

#[tonic::async_trait]
impl AcquirerService for Acquirer {
    async fn execute_operations(
        &self,
        request: Request<ExecuteOperationsRequest>,
    ) -> Result<Response<ExecuteOperationsResponse>, Status> {
        let operations = request.into_inner().operations;
        let kind = Kind::of(operations.last().expect("a batch is not empty"));
        self.book().asked.extend(operations.iter().cloned());
        let manner = self.manner(kind).await;
        if manner == Manner::IsAway {
            return Err(Status::unavailable("away"));
        }
        let mut book = self.book();
        let last = operations.len() - 1;
        let answer = |(at, operation): (usize, &Operation)| match manner {
            Manner::Declines if at == last => book.answer(operation, Some(DeclineReason::InsufficientFunds)),
            Manner::DeclinesAsTooLate if at == last => {
                book.answer(operation, Some(DeclineReason::RefundPeriodExpired))
            }
            Manner::IsUndecided if at == last => Outcome {
                operation_id: operation.operation_id.clone(),
                status: AcquirerStatus::Pending.into(),
                ..Outcome::default()
            },
            _ => book.answer(operation, None),
        };
        let outcomes = operations.iter().enumerate().map(answer).collect();
        if manner == Manner::LosesTheAnswer {
            return Err(Status::unavailable("the answer is lost"));
        }
        Ok(Response::new(ExecuteOperationsResponse { outcomes }))
    }
}
