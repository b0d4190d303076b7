//! Proves what the tables say of each other, page by page, so that memory stays flat however many payments there are.
//!
//! [`Audit`] walks the log in the order of payments and folds each with the rules of `domain`: versions without holes,
//! state and sums of every row, the payment's own row, its timers, its deadline. Then it walks the positions of each
//! part, the keys, and what no log speaks of. It never writes, and it never asks the acquirer: each [`Page`] names the
//! operations that its rows rely on, for the launcher to look up there.
//!
//! Every look is at one [`Snapshot`], which is a transaction. See the launcher's `audit` for the order of snapshots.

mod finding;
pub(crate) mod fold;
mod positions;
mod timers;
mod walk;

pub use finding::{Disorder, Finding, Wrong};

use chrono::{DateTime, Utc};
use kvitt_primitives::{OperationId, PaymentId};
use sqlx::{PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::{
    engine::{Head, Parts},
    store::{self, Kind},
};
use positions::Positions;
use walk::Walk;

/// The payment service's tables as they were at one instant.
#[derive(Debug)]
pub struct Snapshot {
    tx: Transaction<'static, Postgres>,
}

/// What the acquirer is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Holds money.
    Reserve,
    /// Takes what is held.
    Capture,
    /// Gives back what was taken.
    Refund,
    /// Gives up what is held.
    Release,
}

/// What the log relies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// The acquirer has done it.
    Done,
    /// The acquirer has declined it.
    Declined,
    /// The acquirer may not have heard of it yet.
    UnderWay,
}

/// An operation that the log speaks of, and that the acquirer must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The sales unit.
    pub msn: String,
    /// The merchant's name of the payment.
    pub reference: String,
    /// The payment.
    pub payment_id: PaymentId,
    /// Its id at the acquirer.
    pub operation_id: OperationId,
    /// What it does.
    pub action: Action,
    /// What is known of its outcome.
    pub demand: Demand,
    /// ISO code.
    pub currency: String,
    /// Minor units.
    pub amount_minor: i64,
    /// What it acts upon; none for a reserve.
    pub reservation_id: Option<OperationId>,
    /// When it was decided, where the log knows.
    pub decided_at: Option<DateTime<Utc>>,
    /// First digits of the card that a reserve was made on, as the payment's row has them.
    pub card_bin: Option<String>,
}

/// An operation found at the acquirer, whose request is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The sales unit.
    pub msn: String,
    /// The payment.
    pub payment_id: PaymentId,
    /// Its id.
    pub operation_id: OperationId,
    /// What it does.
    pub action: Action,
}

/// The sums of a unit in one currency: authorized, captured, cancelled, refunded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sums {
    /// The sales unit.
    pub msn: String,
    /// ISO code.
    pub currency: String,
    /// What the acquirer must have done, in minor units.
    pub least: [i128; 4],
    /// That and what may be under way.
    pub most: [i128; 4],
}

/// What a unit has captured and refunded up to some positions, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The sales unit.
    pub msn: String,
    /// ISO code.
    pub currency: String,
    /// In minor units, as is the next.
    pub captured: i128,
    /// Given back.
    pub refunded: i128,
}

/// A part of what was walked.
#[derive(Debug, Default)]
pub struct Page {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What the acquirer must know.
    pub expected: Vec<Expected>,
    /// Payments that ended on this page.
    pub payments: u64,
    /// Rows of the log.
    pub events: u64,
}

impl Snapshot {
    /// The tables as they are now.
    pub async fn take(pool: &PgPool) -> Result<Self, sqlx::Error> {
        Ok(Self { tx: kvitt_postgres::snapshot(pool).await? })
    }

    /// Begins to walk. What has a deadline before `now` is overdue.
    pub async fn audit(&mut self, now: DateTime<Utc>) -> Result<Audit<'_>, sqlx::Error> {
        let heads = store::audit::heads(&mut self.tx).await?;
        let parts: Vec<_> = heads.into_iter().map(|(head, cleared)| Part { head, cleared }).collect();
        Ok(Audit { tx: &mut self.tx, stage: Stage::Payments(Box::new(Walk::new(parts.clone(), now))), parts })
    }

    /// How many rows of the log asked for each of these operations.
    pub async fn count_requests(&mut self, requests: &[Request]) -> Result<Vec<i64>, sqlx::Error> {
        let kind = |action| match action {
            Action::Reserve => Kind::ReserveRequested,
            Action::Capture => Kind::Captured,
            Action::Refund => Kind::RefundRequested,
            Action::Release => Kind::Cancelled,
        };
        let asked: Vec<_> = requests
            .iter()
            .map(|one| (one.msn.clone(), one.payment_id, one.operation_id, kind(one.action)))
            .collect();
        store::audit::asked(&mut self.tx, &asked).await
    }

    /// What every unit has captured and refunded up to these positions of the parts of the log, which a follower has
    /// reached: unit, currency, and the two sums.
    pub async fn settled(&mut self, reached: &[(i16, i64)]) -> Result<Vec<Settled>, sqlx::Error> {
        let rows = store::audit::settled(&mut self.tx, reached).await?;
        let settled = |(msn, currency, [captured, refunded]): (_, _, [i128; 2])| Settled {
            msn,
            currency,
            captured,
            refunded,
        };
        Ok(rows.into_iter().map(settled).collect())
    }

    /// The sums of every unit. There is one row for each, however many payments it has.
    pub async fn sums(&mut self) -> Result<Vec<Sums>, sqlx::Error> {
        let rows = store::audit::sums(&mut self.tx).await?;
        Ok(rows.into_iter().map(|(msn, currency, least, most)| Sums { msn, currency, least, most }).collect())
    }
}

impl Action {
    /// Its name at the acquirer.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reserve => "reserve",
            Self::Capture => "capture",
            Self::Refund => "refund",
            Self::Release => "release",
        }
    }

    /// The action of a name.
    pub fn find(name: &str) -> Option<Self> {
        [Self::Reserve, Self::Capture, Self::Refund, Self::Release]
            .into_iter()
            .find(|action| action.as_str() == name)
    }
}

/// A part of the log.
#[derive(Debug, Clone, Copy)]
struct Part {
    head: Head,
    /// Up to where it has been cleared.
    cleared: Option<i64>,
}

fn division(parts: &[Part]) -> Parts {
    Parts::new(parts.iter().map(|part| part.head).collect())
}

/// A walk over everything.
#[derive(Debug)]
pub struct Audit<'a> {
    tx: &'a mut Transaction<'static, Postgres>,
    parts: Vec<Part>,
    stage: Stage,
}

/// What is walked now, and how far it has come.
#[derive(Debug)]
enum Stage {
    Payments(Box<Walk>),
    Positions(Positions),
    Keys((Uuid, String)),
    WithoutLog(store::audit::Owner),
    Timers(store::audit::Owner),
    Ended,
}

impl Audit<'_> {
    /// The next page; none when everything has been walked.
    pub async fn next(&mut self) -> Result<Option<Page>, sqlx::Error> {
        loop {
            let (page, following) = match &mut self.stage {
                Stage::Payments(walk) => {
                    (walk.next(self.tx).await?, Stage::Positions(Positions::new(self.parts.clone())))
                }
                Stage::Positions(positions) => {
                    (positions.next(self.tx).await?, Stage::Keys((Uuid::nil(), String::new())))
                }
                Stage::Keys(after) => {
                    (keys(self.tx, after).await?, Stage::WithoutLog(store::audit::Owner::default()))
                }
                Stage::WithoutLog(after) => {
                    let found = store::audit::without_log(self.tx, after).await?;
                    (owned(found, after, &Wrong::NoLog), Stage::Timers(store::audit::Owner::default()))
                }
                Stage::Timers(after) => {
                    let found = store::audit::foreign_timers(self.tx, after).await?;
                    (owned(found, after, &Wrong::ForeignTimer), Stage::Ended)
                }
                Stage::Ended => return Ok(None),
            };
            match page {
                Some(page) => return Ok(Some(page)),
                None => self.stage = following,
            }
        }
    }
}

async fn keys(
    tx: &mut Transaction<'static, Postgres>,
    after: &mut (Uuid, String),
) -> Result<Option<Page>, sqlx::Error> {
    let found = store::audit::shared_keys(tx, after).await?;
    let Some(last) = found.last() else { return Ok(None) };
    *after = last.clone();
    let findings = found.into_iter().map(|(idem, msn)| Finding::SharedKey { msn, idem }).collect();
    Ok(Some(Page { findings, ..Page::default() }))
}

fn owned(found: Vec<store::audit::Owner>, after: &mut store::audit::Owner, wrong: &Wrong) -> Option<Page> {
    *after = found.last()?.clone();
    let finding = |(msn, reference, payment_id)| Finding::Payment {
        msn,
        reference,
        payment_id: PaymentId::from_uuid(payment_id),
        wrong: wrong.clone(),
    };
    Some(Page { findings: found.into_iter().map(finding).collect(), ..Page::default() })
}
