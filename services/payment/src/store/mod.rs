//! SQL, and nothing else: takes a connection, returns the domain's types.

pub(crate) mod audit;
pub(crate) mod clearing;
pub(crate) mod feed;
pub(crate) mod log;
pub(crate) mod payments;
mod record;
pub(crate) mod timers;

pub(crate) use payments::EventPage;
pub(crate) use record::{Kind, Record};
pub(crate) use timers::TimerChange;

/// Every statement of this service, for the test that prepares them.
#[cfg(test)]
const STATEMENTS: &[&str] = &[
    audit::ASKED,
    audit::FOREIGN_TIMERS,
    audit::HEADS,
    audit::LOG,
    audit::NEXT_PART,
    audit::POSITIONS,
    audit::SHARED_KEYS,
    audit::STORED,
    audit::SUMS,
    audit::WITHOUT_LOG,
    clearing::ADVANCE,
    clearing::CURSOR,
    clearing::START,
    clearing::UNCLEARED,
    feed::READ,
    feed::READ_MSN,
    feed::HEADS,
    log::APPEND,
    log::EVENTS,
    log::FIND_RECORDS,
    log::OPEN_PARTS,
    log::OUTCOME,
    log::PARTS,
    payments::FIND,
    payments::LOAD,
    timers::DUE,
    timers::NEXT,
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
