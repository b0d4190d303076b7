//! What can be wrong, said so that an operator finds it.

use chrono::{DateTime, Utc};
use kvitt_primitives::{OperationId, PaymentId};
use uuid::Uuid;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// With a payment or its log.
    #[error("unit {msn}, payment {reference} ({payment_id}): {wrong}")]
    Payment {
        /// The sales unit.
        msn: String,
        /// The merchant's name of the payment.
        reference: String,
        /// The payment.
        payment_id: PaymentId,
        /// What it is.
        wrong: Wrong,
    },
    /// With the order of a part of the log.
    #[error("part {part} of the log: {wrong}")]
    Part {
        /// The part.
        part: i16,
        /// What it is.
        wrong: Disorder,
    },
    /// An idempotency key with more than one effect.
    #[error("unit {msn}: the key with hash {idem} has more than one row")]
    SharedKey {
        /// The sales unit.
        msn: String,
        /// The hash of operation, reference and key.
        idem: Uuid,
    },
}

/// What is wrong with a payment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// A row of the log cannot be read.
    #[error("log row {seq} cannot be read: {why}")]
    Unreadable {
        /// The row's version.
        seq: i32,
        /// What the reader said.
        why: String,
    },
    /// The payment's own row cannot be read.
    #[error("its row cannot be read: {why}")]
    UnreadableRow {
        /// What the reader said.
        why: String,
    },
    /// A version is missing.
    #[error("log row {expected} is missing; the next one there is {found}")]
    Hole {
        /// The version that should follow.
        expected: i32,
        /// The one that does.
        found: i32,
    },
    /// A row names another unit or payment than the rows before it.
    #[error("log row {seq} names unit {msn}, payment {reference}")]
    Elsewhere {
        /// The row's version.
        seq: i32,
        /// The unit it names.
        msn: String,
        /// The reference it names.
        reference: String,
    },
    /// What the row says could not happen to the payment as it stood.
    #[error("log row {seq} ({kind} of {amount}) cannot follow what is before it")]
    Impossible {
        /// The row's version.
        seq: i32,
        /// What it says happened.
        kind: String,
        /// Minor units.
        amount: i64,
    },
    /// State or sums in a row are not those of the events up to it.
    #[error("log row {seq} says {stored}, but its events make {folded}")]
    Sums {
        /// The row's version.
        seq: i32,
        /// What the row says.
        stored: String,
        /// What follows from the events.
        folded: String,
    },
    /// A row is in a part that its unit does not belong to.
    #[error("log row {seq} is in part {found}, where its unit does not belong")]
    WrongPart {
        /// The row's version.
        seq: i32,
        /// The part it is in.
        found: i16,
    },
    /// A later row stands before an earlier one in the feed.
    #[error("log row {seq} has position {pos}, which is not after the row before it")]
    OutOfOrder {
        /// The row's version.
        seq: i32,
        /// Its position.
        pos: i64,
    },
    /// The log has rows, and the payment has none.
    #[error("its log has {rows} rows, but there is no payment")]
    NoPayment {
        /// How many.
        rows: u64,
    },
    /// The payment's row differs from the fold of its events.
    #[error("its row has {column} {stored}, but its events make {folded}")]
    Row {
        /// The column.
        column: &'static str,
        /// What the row has.
        stored: String,
        /// What follows from the events.
        folded: String,
    },
    /// The sums of the payment's row break a rule that no payment may break.
    #[error("its sums break a rule: {0}")]
    Rule(&'static str),
    /// There is a payment, and the log does not speak of it.
    #[error("there is no log of it")]
    NoLog,
    /// No timer will make anybody look at the payment in time.
    #[error("its timer is {}, but it wants due at {wanted}", at(.stored.as_ref()))]
    Timer {
        /// When the first one is due.
        stored: Option<DateTime<Utc>>,
        /// When the payment wants to be looked at.
        wanted: DateTime<Utc>,
    },
    /// A timer of no payment.
    #[error("there is a timer, but no payment")]
    ForeignTimer,
    /// The acquirer has not answered in time.
    #[error("operation {operation} has had no answer since its deadline {due_at}")]
    Overdue {
        /// At the acquirer.
        operation: OperationId,
        /// The deadline.
        due_at: DateTime<Utc>,
    },
}

/// What is wrong with the order of a part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Disorder {
    /// Positions that no row has.
    #[error("positions {from} to {to} are missing")]
    Gap {
        /// The first.
        from: i64,
        /// The last.
        to: i64,
    },
    /// A position that several rows have.
    #[error("position {pos} is taken more than once, also by payment {payment_id}, row {seq}")]
    Twice {
        /// The position.
        pos: i64,
        /// The payment of the row found later.
        payment_id: PaymentId,
        /// That row's version.
        seq: i32,
    },
    /// The head does not point behind the last row.
    #[error("its head says that position {next_pos} is next, but the last row has {last}")]
    Head {
        /// What the head says.
        next_pos: i64,
        /// The last position; 0 when there is none.
        last: i64,
    },
    /// The part has rows and no head.
    #[error("it has rows, but no head")]
    NoHead,
    /// The part has no clearing cursor.
    #[error("it has no clearing cursor")]
    NoCursor,
    /// The clearing cursor is outside the part.
    #[error("its clearing cursor is at {pos}, but the last position is {last}")]
    Cursor {
        /// The cursor.
        pos: i64,
        /// The last position that the head has given out.
        last: i64,
    },
}

fn at(due_at: Option<&DateTime<Utc>>) -> String {
    due_at.map_or_else(|| "none".to_owned(), |at| format!("due at {at}"))
}
