//! Asks the bank to execute the payouts that are due, and writes down what it answers.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_postgres::transaction;
use kvitt_primitives::Msn;
use kvitt_runtime::crash;
use sqlx::PgConnection;
use tracing::{error, warn};

use super::{App, Error};
use crate::{
    bank::{Answer, Order},
    domain::{
        Account, Cause, EntryType, Ledger, LedgerId, Transfer,
        ledger::{TooLarge, source},
    },
    store::{ledgers, payouts, transfers},
};

/// Payouts that the bank is asked for at once.
const BATCH: i64 = 500;
/// How long no answer is waited for until the bank is asked again.
const PATIENCE: TimeDelta = TimeDelta::minutes(15);

impl App {
    /// Asks for all that are due, each once; how many were answered.
    pub(crate) async fn execute_payouts(&self) -> Result<u64, Error> {
        let (now, mut answered) = (self.clock.now(), 0);
        loop {
            let mut connection = self.pool.acquire().await?;
            let orders = payouts::due(&mut connection, now, BATCH).await?;
            drop(connection);
            if orders.is_empty() {
                return Ok(answered);
            }
            // Asked under the same number until the answer is written down: the bank executes none twice.
            crash::point("settlement.bank.before");
            let answers = self.bank.execute(&orders, now).await?;
            crash::point("settlement.bank.after");
            answered += self.write_down(&orders, &answers, now).await?;
        }
    }

    /// Writes answers down; how many there were. What another instance has written down already stays.
    async fn write_down(
        &self,
        orders: &[Order],
        answers: &[Answer],
        now: DateTime<Utc>,
    ) -> Result<u64, Error> {
        let (mut ended, mut unanswered) = (Vec::new(), Vec::new());
        for (order, answer) in orders.iter().zip(answers) {
            match answer {
                Answer::Executed => ended.push((order, Ok(()))),
                Answer::Refused(why) => ended.push((order, Err(why.as_str()))),
                Answer::Nothing => unanswered.push(order),
            }
        }
        for order in &unanswered {
            warn!(msn = %order.msn, number = order.number, "the bank has not answered; it is asked again");
        }
        transaction!(&self.pool, "write_down_payouts", async |tx| -> Result<(), Error> {
            end(tx, &ended, now).await?;
            payouts::ask_again(tx, &unanswered, now + PATIENCE).await?;
            Ok(())
        })?;
        Ok(ended.len() as u64)
    }
}

/// Ends these payouts, unless they have ended, and posts what that means: the money has left, or is the merchant's again.
async fn end(
    tx: &mut PgConnection,
    answered: &[(&Order, Result<(), &str>)],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let msns: BTreeSet<Msn> = answered.iter().map(|(order, _)| order.msn.clone()).collect();
    let locked = ledgers::lock(tx, &msns.into_iter().collect::<Vec<_>>()).await?;
    let mut open: BTreeMap<_, _> = locked.into_iter().map(|one| (one.msn.to_string(), one)).collect();
    let ended: BTreeSet<_> = payouts::end(tx, answered, now).await?.into_iter().collect();
    let mut posted = Vec::with_capacity(ended.len());
    for (order, answer) in answered {
        let key = (order.msn.to_string(), order.number);
        if let Some(ledger) = open.get_mut(&key.0).filter(|_| ended.contains(&key)) {
            match post(ledger, order, *answer, now) {
                Ok(transfer) => posted.push(transfer),
                Err(error) => {
                    error!(msn = key.0, number = key.1, %error, "the end of a payout is not posted");
                }
            }
        }
    }
    transfers::insert(tx, &posted).await?;
    ledgers::save(tx, &open.values().collect::<Vec<_>>()).await
}

fn post(
    ledger: &mut Ledger,
    order: &Order,
    answer: Result<(), &str>,
    now: DateTime<Utc>,
) -> Result<Transfer, TooLarge> {
    let (entry_type, sides, kind) = match answer {
        Ok(()) => (EntryType::PayoutExecuted, (Account::Payouts, Account::Bank), "payout-executed"),
        Err(_) => (EntryType::PayoutAborted, (Account::Payouts, Account::Funds), "payout-aborted"),
    };
    let cause = Cause {
        psp_reference: format!("{}-{}", LedgerId::of(order.msn.clone()), order.number),
        reference: order.reference.clone(),
        occurred_at: now,
        source: source(kind, &order.msn, &order.number.to_string()),
    };
    ledger.post(entry_type, sides, order.amount_minor, cause)
}

#[cfg(test)]
mod tests;
