//! What must survive: real processes are killed in the middle of their work, with an independent journal of what they
//! answered.
//!
//! `kill`, `audit` and `clock` use the one process `kvitt`; `processes`, `two_payments`, `balance`, `rolling` and `rotation` the
//! services' own binaries.
//! How to repeat a course, and what has been seen: docs/reliability.md.

mod audit;
mod balance;
mod callers;
mod chance;
mod clock;
mod compare;
mod configuration;
mod health;
mod journal;
mod kill;
mod load;
mod mutual_tls;
mod plan;
mod points;
mod processes;
mod rolling;
mod rotation;
mod schema;
mod settlement;
mod two_payments;
mod webhooks;

/// Held by each test that starts processes: side by side they would only time each other out.
async fn alone() -> tokio::sync::MutexGuard<'static, ()> {
    static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    ALONE.lock().await
}
