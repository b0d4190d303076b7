//! Faults around the acquirer's lane: what peers ask goes through here where the sandbox is compiled in.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::execute_operations::{Acquirer, Order};
use crate::{
    domain::{
        acquirer::{Book, Outcome},
        faults::{self, Faults, Kind, Subject},
    },
    error::Error,
    store::acquirer,
};

/// The acquirer as peers meet it. Clones share the faults.
#[derive(Clone)]
pub(crate) struct Disturbed {
    acquirer: Acquirer,
    faults: Arc<Mutex<Faults>>,
}

impl Disturbed {
    /// Without faults so far.
    pub(crate) fn new(acquirer: Acquirer) -> Self {
        Self { acquirer, faults: Arc::default() }
    }

    /// The faults that apply.
    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Executes orders as the acquirer does, except for what goes wrong on purpose. An operation without an answer is
    /// PENDING among others that have one; a late answer is late for the whole request.
    pub(crate) async fn execute(&self, orders: Vec<Order>) -> Result<Vec<Outcome>, Error> {
        if self.faults().list().is_empty() {
            return self.acquirer.execute(orders).await;
        }
        let hits = self.strike(&orders).await?;
        let disturbed: Vec<_> = orders.into_iter().zip(&hits).filter_map(disturb).collect();
        let done = if disturbed.is_empty() { Vec::new() } else { self.acquirer.execute(disturbed).await? };
        if hits.iter().all(|hit| matches!(hit, Some(Kind::TimeoutBefore | Kind::TimeoutAfter))) {
            return Err(Error::NoAnswer);
        }
        let mut done = done.into_iter();
        let outcomes = hits.iter().filter_map(|hit| match hit {
            Some(Kind::TimeoutBefore) => Some(Outcome::Pending),
            Some(Kind::TimeoutAfter) => done.next().map(|_unheard| Outcome::Pending),
            Some(Kind::Decline(_) | Kind::Late(_)) | None => done.next(),
        });
        let outcomes = outcomes.collect();
        let delays = hits.iter().filter_map(|hit| match hit {
            Some(Kind::Late(delay)) => Some(*delay),
            Some(Kind::Decline(_) | Kind::TimeoutBefore | Kind::TimeoutAfter) | None => None,
        });
        if let Some(delay) = delays.max() {
            tokio::time::sleep(delay).await;
        }
        Ok(outcomes)
    }

    /// What goes wrong with each order.
    async fn strike(&self, orders: &[Order]) -> Result<Vec<Option<Kind>>, Error> {
        let book = self.read(orders).await?;
        let mut faults = self.faults();
        let strike = |Order { operation, .. }: &Order| {
            let may_be_declined = book.may_decline(operation);
            let kind = operation.action.kind();
            faults::strike(&mut faults, Subject { msn: &operation.key.msn, kind, may_be_declined })
        };
        Ok(orders.iter().map(strike).collect())
    }

    async fn read(&self, orders: &[Order]) -> Result<Book, Error> {
        let operations: Vec<_> = orders.iter().map(|order| &order.operation).collect();
        let mut connection = self.acquirer.executor.pool.acquire().await?;
        Ok(acquirer::read(&mut connection, &operations).await?)
    }
}

/// What the acquirer is told in spite of, or because of, a fault; nothing when the order never arrives.
fn disturb((order, hit): (Order, &Option<Kind>)) -> Option<Order> {
    match hit {
        Some(Kind::Decline(decline)) => Some(Order { decline: Some(*decline), ..order }),
        Some(Kind::TimeoutBefore) => None,
        Some(Kind::TimeoutAfter | Kind::Late(_)) | None => Some(order),
    }
}

#[cfg(test)]
mod tests;
