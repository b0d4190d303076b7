//! SQL, and nothing else: takes a connection, returns the domain's types.

/// The columns of a payment, by name: `*` would end every prepared statement of a running instance when a migration adds
/// one.
macro_rules! payment_columns {
    () => {
        "p.payment_id, p.msn, p.reference, p.state, p.version, p.currency, p.amount, p.authorized, p.captured, \
         p.cancelled, p.refunded, p.created_at, p.expires_at, p.partial_capture, p.rules, p.customer_phone, p.minimum_age, \
         p.reservation, p.card_bin, p.pending_kind, p.pending_operation, p.pending_amount, p.pending_due_at, \
         p.pending_payer, p.pending_card, p.capture_days, p.guaranteed_until, p.capture_until, p.captured_at"
    };
}

/// The columns of a row of the log, by name.
macro_rules! log_columns {
    () => {
        "l.payment_id, l.seq, l.part, l.pos, l.kind, l.state, l.at, l.amount, l.authorized, l.captured, l.cancelled, \
         l.refunded, l.payment_amount, l.event_id, l.idem, l.request_hash, l.operation, l.msn, l.reference, \
         l.currency, l.idempotency_key, l.detail"
    };
}

pub(crate) mod audit;
pub(crate) mod bench;
pub(crate) mod clearing;
pub(crate) mod feed;
pub(crate) mod heads;
mod kind;
mod lanes;
pub(crate) mod log;
pub(crate) mod payments;
mod record;
pub(crate) mod timers;
pub(crate) mod transactions;

pub(crate) use kind::Kind;
pub(crate) use lanes::LaneLog;
pub(crate) use payments::EventPage;
pub(crate) use record::Record;
pub(crate) use timers::Timer;

/// Every statement of this service, for the test that prepares them.
#[cfg(test)]
const STATEMENTS: &[&str] = &[
    audit::ASKED,
    audit::FOREIGN_TIMERS,
    audit::HEADS,
    audit::LOG,
    audit::NEXT_PART,
    audit::POSITIONS,
    audit::SETTLED,
    audit::SHARED_KEYS,
    audit::STORED,
    audit::SUMS,
    audit::TIMERS,
    audit::WITHOUT_LOG,
    bench::UNCLEARED,
    bench::WRITTEN,
    clearing::ADVANCE,
    #[cfg(feature = "sandbox")]
    clearing::BEHIND,
    clearing::CURSOR,
    clearing::REACHED,
    clearing::READ,
    clearing::START,
    clearing::UNCLEARED,
    feed::READ,
    feed::READ_MSN,
    heads::ALL,
    heads::CLOSE,
    heads::CLOSED,
    heads::GROW,
    heads::OPEN_PARTS,
    log::APPEND,
    log::EVENTS,
    log::FIND_RECORDS,
    log::OUTCOME,
    payments::FIND,
    payments::LOAD,
    payments::OF_TOKEN,
    timers::DUE,
    #[cfg(feature = "sandbox")]
    timers::IDLE_AMONG_FEW,
    #[cfg(feature = "sandbox")]
    timers::IDLE_AMONG_MANY,
    timers::NEXT,
    timers::REPLACE,
    transactions::copy::APPLY,
    #[cfg(feature = "sandbox")]
    transactions::copy::BEHIND,
    transactions::copy::CURSOR,
    transactions::copy::REACHED,
    transactions::copy::READY,
    transactions::copy::START,
    transactions::search::BY_AMOUNT,
    transactions::search::BY_ID,
    transactions::search::BY_LINK,
    transactions::search::BY_NUMBER,
    transactions::search::BY_REFERENCE,
    transactions::search::BY_STATUS,
    transactions::search::BY_TIME,
    transactions::search::LIKE_REFERENCE,
    transactions::search::SUMS,
];

/// The span of a read or a write, so that a trace shows what a request waited for.
pub(crate) fn span(operation: &'static str) -> tracing::Span {
    tracing::info_span!("sql", db.system = "postgresql", db.operation = operation)
}

/// A stored value that this version cannot read.
pub(crate) fn unreadable(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(format!("stored {what} cannot be read").into())
}

#[cfg(test)]
mod tests {
    use kvitt_testing::TestDatabase;

    #[tokio::test]
    async fn every_statement_fits_the_schema() {
        let database = TestDatabase::create("payment", &crate::MIGRATIONS).await;
        kvitt_postgres::prepare_all(database.pool(), super::STATEMENTS).await.unwrap();
    }
}
