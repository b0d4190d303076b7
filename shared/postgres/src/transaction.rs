//! Named transactions. A macro and not a function: a future that calls an async closure is not yet `Send` in the eyes of
//! the compiler (<https://github.com/rust-lang/rust/issues/110338>), and a handler of gRPC must be.

use sqlx::{PgPool, Postgres};
use tracing::{Span, debug, info_span};

use crate::failure::asks_for_retry;

/// After this many runs the conflict is handed to the caller.
const MAX_RUNS: u32 = 5;

/// Runs a block in one transaction and commits it; an `Err` rolls it back. Awaits, and answers the block's `Result`,
/// whose error type is an `Error` made `From<sqlx::Error>`.
///
/// ```ignore
/// transaction!(&self.pool, "rename", async |tx| -> Result<(), Refusal> {
///     payers::rename(tx, payer, name).await?;
///     Ok(())
/// })
/// ```
///
/// When PostgreSQL asks for it (a serialization failure or a deadlock), the block runs again from its beginning, so it
/// must have no effect outside the transaction: no call over the network, nothing sent, nothing moved out of it.
#[macro_export]
macro_rules! transaction {
    ($pool:expr, $name:expr, async |$tx:ident| $(-> $outcome:ty)? $work:block $(,)?) => {{
        let mut runs = $crate::Runs::named($name);
        let span = runs.span();
        let work = async {
            loop {
                let mut transaction = match runs.begin($pool).await {
                    Ok(transaction) => transaction,
                    Err(error) => break Err(::core::convert::From::from(error)),
                };
                let outcome $(: $outcome)? = async {
                    let $tx: &mut $crate::PgConnection = &mut transaction;
                    $work
                }
                .await;
                if let Some(outcome) = runs.end(transaction, outcome).await {
                    break outcome;
                }
            }
        };
        $crate::Instrument::instrument(work, span).await
    }};
}

/// The runs of one [`transaction!`]; only the macro uses it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Runs {
    name: &'static str,
    run: u32,
}

impl Runs {
    pub fn named(name: &'static str) -> Self {
        Self { name, run: 0 }
    }

    pub fn span(&self) -> Span {
        info_span!("transaction", name = self.name)
    }

    pub async fn begin(
        &mut self,
        pool: &PgPool,
    ) -> Result<sqlx::Transaction<'static, Postgres>, sqlx::Error> {
        self.run += 1;
        pool.begin().await
    }

    /// The outcome to hand on, or none when the work is to run again.
    pub async fn end<T, E>(
        &self,
        transaction: sqlx::Transaction<'static, Postgres>,
        outcome: Result<T, E>,
    ) -> Option<Result<T, E>>
    where
        E: From<sqlx::Error> + std::error::Error + 'static,
    {
        let error = match outcome {
            Ok(value) => match transaction.commit().await {
                Ok(()) => return Some(Ok(value)),
                Err(error) => E::from(error),
            },
            Err(error) => {
                // A rollback that fails is of no interest: the server rolls back when it loses the connection.
                transaction.rollback().await.ok();
                error
            }
        };
        if self.run < MAX_RUNS && asks_for_retry(&error) {
            debug!(run = self.run, error = %error, "the transaction runs again");
            return None;
        }
        Some(Err(error))
    }
}
