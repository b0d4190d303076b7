//! Proves that the acquirer's tables agree with each other, page by page, so that memory stays flat.
//!
//! Operations are the record, everything else must follow from them: each reservation is the sum of its operations, each
//! hold has lapsed as a whole or not at all, and each card holds and has spent what its reservations say. Whether the
//! operations are the right ones, payment's log tells; the launcher brings both together.

use chrono::{DateTime, Utc};
use kvitt_primitives::{CardId, OperationId, PaymentId};
use sqlx::{PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::store::{self, audit::About};

/// The wallet's tables as they were at one instant.
#[derive(Debug)]
pub struct Snapshot {
    tx: Transaction<'static, Postgres>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// A reservation is not what its operations make of it.
    #[error("unit {msn}, reservation {reservation_id}: it has {stored}, but its operations make {done}")]
    Reservation {
        /// The sales unit.
        msn: String,
        /// The reservation, and the operation that made it.
        reservation_id: OperationId,
        /// What its row has.
        stored: String,
        /// What was done.
        done: String,
    },
    /// Operations act upon a reservation that is not there.
    #[error("unit {msn}, reservation {reservation_id}: it is not there, but its operations make {done}")]
    NoReservation {
        /// The sales unit.
        msn: String,
        /// The reservation.
        reservation_id: OperationId,
        /// What was done.
        done: String,
    },
    /// An operation and its reservation are about different things.
    #[error("unit {msn}, operation {operation_id}: its reservation has another {what}")]
    Astray {
        /// The sales unit.
        msn: String,
        /// The operation.
        operation_id: OperationId,
        /// In what they differ.
        what: &'static str,
    },
    /// A card's money is not where its reservations put it.
    #[error("card {card_id}: it has {stored}, but its reservations make {done}")]
    Card {
        /// The card.
        card_id: CardId,
        /// What its row has.
        stored: String,
        /// What follows from the reservations.
        done: String,
    },
    /// Reservations on a card that is not there.
    #[error("card {card_id}: it is not there, but its reservations make {done}")]
    NoCard {
        /// The card.
        card_id: CardId,
        /// What follows from the reservations.
        done: String,
    },
}

/// An operation that was executed, done or declined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The sales unit.
    pub msn: String,
    /// Its id.
    pub operation_id: OperationId,
    /// `reserve`, `capture`, `refund` or `release`.
    pub kind: String,
    /// The payment it was asked for.
    pub payment_id: PaymentId,
    /// What it acts upon; none for a reserve.
    pub reservation_id: Option<OperationId>,
    /// ISO code.
    pub currency: String,
    /// Minor units.
    pub amount_minor: i64,
    /// When it was decided.
    pub decided_at: DateTime<Utc>,
    /// Why nothing moved; none when it did.
    pub declined: Option<String>,
    /// First digits of the card that a reserve was made on.
    pub card_bin: Option<String>,
}

/// The sums of a unit in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sums {
    /// The sales unit.
    pub msn: String,
    /// ISO code.
    pub currency: String,
    /// Reserved, captured, released, refunded, in minor units.
    pub done: [i128; 4],
}

/// A part of what was walked.
#[derive(Debug, Default)]
pub struct Page {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// The operations on it, for which somebody must have asked.
    pub operations: Vec<Operation>,
}

impl Snapshot {
    /// The tables as they are now.
    pub async fn take(pool: &PgPool) -> Result<Self, sqlx::Error> {
        Ok(Self { tx: kvitt_postgres::snapshot(pool).await? })
    }

    /// Each of these operations, in the order asked; `None` for those never executed.
    pub async fn find(
        &mut self,
        keys: &[(String, OperationId)],
    ) -> Result<Vec<Option<Operation>>, sqlx::Error> {
        let found = store::audit::find_operations(&mut self.tx, keys).await?;
        Ok(found.into_iter().map(|one| one.map(Operation::from)).collect())
    }

    /// The sums of every unit. There is one row for each, however many reservations it has.
    pub async fn sums(&mut self) -> Result<Vec<Sums>, sqlx::Error> {
        let rows = store::audit::sums(&mut self.tx).await?;
        Ok(rows.into_iter().map(|(msn, currency, done)| Sums { msn, currency, done }).collect())
    }

    /// Begins to walk.
    pub fn audit(&mut self) -> Audit<'_> {
        Audit { tx: &mut self.tx, stage: Stage::Operations((String::new(), Uuid::nil())) }
    }
}

/// A walk over everything.
#[derive(Debug)]
pub struct Audit<'a> {
    tx: &'a mut Transaction<'static, Postgres>,
    stage: Stage,
}

/// What is walked now, and the last key seen.
#[derive(Debug)]
enum Stage {
    Operations((String, Uuid)),
    Reservations((String, Uuid)),
    Cards(Uuid),
    Ended,
}

impl Audit<'_> {
    /// The next page; none when everything has been walked.
    pub async fn next(&mut self) -> Result<Option<Page>, sqlx::Error> {
        loop {
            let (page, following) = match &mut self.stage {
                Stage::Operations(after) => {
                    let start = (String::new(), Uuid::nil());
                    (operations(self.tx, after).await?, Stage::Reservations(start))
                }
                Stage::Reservations(after) => {
                    (reservations(self.tx, after).await?, Stage::Cards(Uuid::nil()))
                }
                Stage::Cards(after) => (cards(self.tx, after).await?, Stage::Ended),
                Stage::Ended => return Ok(None),
            };
            match page {
                Some(page) => return Ok(Some(page)),
                None => self.stage = following,
            }
        }
    }
}

type Tx = Transaction<'static, Postgres>;

async fn operations(tx: &mut Tx, after: &mut (String, Uuid)) -> Result<Option<Page>, sqlx::Error> {
    let rows = store::audit::operations(tx, after).await?;
    let Some((last, _)) = rows.last() else { return Ok(None) };
    *after = (last.msn.clone(), last.operation_id.as_uuid());
    let mut page = Page::default();
    for (operation, about) in rows {
        // A missing reservation is found with the sums.
        if let Some(what) = about.and_then(|about| astray(&operation, &about)) {
            let (msn, operation_id) = (operation.msn.clone(), operation.operation_id);
            page.findings.push(Finding::Astray { msn, operation_id, what });
        }
        page.operations.push(operation.into());
    }
    Ok(Some(page))
}

/// In what an operation that was done differs from its reservation.
fn astray(operation: &store::audit::Operation, about: &About) -> Option<&'static str> {
    if operation.declined.is_some() {
        None
    } else if operation.payment_id != about.payment_id {
        Some("payment")
    } else if operation.currency != about.currency {
        Some("currency")
    } else if operation.card_id.is_some_and(|card_id| card_id != about.card_id) {
        Some("card")
    } else {
        None
    }
}

async fn reservations(tx: &mut Tx, after: &mut (String, Uuid)) -> Result<Option<Page>, sqlx::Error> {
    let rows = store::audit::uneven_reservations(tx, after).await?;
    let Some((msn, last)) = rows.last() else { return Ok(None) };
    *after = (msn.clone(), last.id);
    let finding = |(msn, row): (String, store::audit::Uneven)| {
        let (reservation_id, stored, done) = (OperationId::from_uuid(row.id), row.stored, row.done);
        if row.there {
            Finding::Reservation { msn, reservation_id, stored, done }
        } else {
            Finding::NoReservation { msn, reservation_id, done }
        }
    };
    Ok(Some(Page { findings: rows.into_iter().map(finding).collect(), ..Page::default() }))
}

async fn cards(tx: &mut Tx, after: &mut Uuid) -> Result<Option<Page>, sqlx::Error> {
    let rows = store::audit::uneven_cards(tx, *after).await?;
    let Some(last) = rows.last() else { return Ok(None) };
    *after = last.id;
    let finding = |row: store::audit::Uneven| {
        let (card_id, stored, done) = (CardId::from_uuid(row.id), row.stored, row.done);
        if row.there { Finding::Card { card_id, stored, done } } else { Finding::NoCard { card_id, done } }
    };
    Ok(Some(Page { findings: rows.into_iter().map(finding).collect(), ..Page::default() }))
}

impl From<store::audit::Operation> for Operation {
    fn from(row: store::audit::Operation) -> Self {
        let store::audit::Operation { msn, operation_id, kind, payment_id, reservation_id, .. } = row;
        let (currency, amount_minor, decided_at) = (row.currency, row.amount_minor, row.decided_at);
        let (declined, card_bin) = (row.declined, row.card_bin);
        Self {
            msn,
            operation_id,
            kind,
            payment_id,
            reservation_id,
            currency,
            amount_minor,
            decided_at,
            declined,
            card_bin,
        }
    }
}
