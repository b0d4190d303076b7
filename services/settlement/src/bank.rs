//! The bank that executes payouts: another party, here simulated. It keeps a book of its own, in transactions of its own, and
//! knows an order by its unit and number: what it has decided once it answers again, and nothing is executed twice.
//!
//! In the sandbox a share of its answers can be disturbed on purpose. To add a disturbance: its line in [`Disturbance`] and
//! what it does in [`PayoutBank::execute`].

#[cfg(feature = "sandbox")]
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use kvitt_postgres::transaction;
use kvitt_primitives::{Currency, Msn};
use sqlx::PgPool;
use tracing::error;

use crate::store::bank_transfers::{self, Booked};

/// Why the bank refuses what it is told to refuse.
const REFUSAL: &str = "the account cannot be credited";

/// What the bank is asked to execute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) msn: Msn,
    /// The payout's.
    pub(crate) number: i64,
    pub(crate) amount_minor: i64,
    pub(crate) currency: Currency,
    /// What the statement says.
    pub(crate) reference: String,
    /// Scheme and digits.
    pub(crate) account: (String, String),
}

/// What the bank answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The money is on its way.
    Executed,
    /// It is not, and never will be under this number; why.
    Refused(String),
    /// Nothing is known. It may have been executed.
    Nothing,
}

/// What goes wrong on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "sandbox"), expect(dead_code, reason = "nothing goes wrong on purpose elsewhere"))]
pub(crate) enum Disturbance {
    /// The bank refuses, unless it has decided before.
    Refuses,
    /// Nothing is done and nobody answers.
    NoAnswerBefore,
    /// It is done and nobody answers.
    NoAnswerAfter,
}

/// Where payouts are executed; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct PayoutBank {
    pool: PgPool,
    #[cfg(feature = "sandbox")]
    faults: Arc<Mutex<kvitt_faults::Faults<Disturbance>>>,
}

impl PayoutBank {
    /// The bank whose book is in this database. Nothing is disturbed so far.
    pub(crate) fn new(pool: PgPool) -> Self {
        Self {
            pool,
            #[cfg(feature = "sandbox")]
            faults: Arc::default(),
        }
    }

    /// The faults that apply, for a moment.
    #[cfg(feature = "sandbox")]
    pub(crate) fn faults(&self) -> MutexGuard<'_, kvitt_faults::Faults<Disturbance>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Executes orders, each once however often it is asked for, and answers them in their order.
    pub(crate) async fn execute(
        &self,
        orders: &[Order],
        now: DateTime<Utc>,
    ) -> Result<Vec<Answer>, sqlx::Error> {
        let hits: Vec<_> = orders.iter().map(|order| self.strike(&order.msn)).collect();
        let heard: Vec<_> = orders
            .iter()
            .zip(&hits)
            .filter(|(_, hit)| !matches!(hit, Some(Disturbance::NoAnswerBefore)))
            .collect();
        let decide = |hit: &Option<Disturbance>| match hit {
            Some(Disturbance::Refuses) => Err(REFUSAL),
            Some(Disturbance::NoAnswerBefore | Disturbance::NoAnswerAfter) | None => Ok(()),
        };
        let decided: Vec<_> = heard.iter().map(|(order, hit)| (*order, decide(hit))).collect();
        let asked: Vec<_> = heard.iter().map(|(order, _)| *order).collect();
        let booked = transaction!(&self.pool, "bank", async |tx| -> Result<Vec<Booked>, sqlx::Error> {
            bank_transfers::insert(tx, &decided, now).await?;
            bank_transfers::find(tx, &asked).await
        })?;
        let mut booked = booked.iter();
        let answers = orders.iter().zip(&hits).map(|(order, hit)| match hit {
            Some(Disturbance::NoAnswerBefore) => Answer::Nothing,
            Some(Disturbance::NoAnswerAfter) => {
                booked.next();
                Answer::Nothing
            }
            Some(Disturbance::Refuses) | None => {
                booked.next().map_or(Answer::Nothing, |booked| answer(order, booked))
            }
        });
        Ok(answers.collect())
    }

    #[cfg(feature = "sandbox")]
    fn strike(&self, msn: &Msn) -> Option<Disturbance> {
        self.faults().strike(msn, |_| true)
    }

    #[cfg(not(feature = "sandbox"))]
    #[expect(clippy::unused_self, reason = "it has faults in the sandbox")]
    fn strike(&self, _msn: &Msn) -> Option<Disturbance> {
        None
    }
}

fn answer(order: &Order, booked: &Booked) -> Answer {
    let same = (order.amount_minor, order.currency.code(), &order.account)
        == (booked.amount_minor, booked.currency.as_str(), &booked.account);
    if !same {
        // Nobody may conclude from another order's fate what became of this one.
        error!(msn = %order.msn, number = order.number, "the bank knows another order by this number");
        return Answer::Nothing;
    }
    if booked.executed { Answer::Executed } else { Answer::Refused(booked.failure.clone()) }
}
