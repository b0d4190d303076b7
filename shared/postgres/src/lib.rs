//! The way to PostgreSQL: pools, named transactions with retry, what a failure means, and a private server.
//!
//! A service waits for its schema with [`prepare`], opens its pool with [`connect`], does its work in a [`transaction!`],
//! and reads the meaning of a refusal from the name of the [`violated_constraint`]. SQL itself never lives here.

mod connections;
mod failure;
mod pool;
mod schema;
pub mod server;
mod snapshot;
mod statements;
mod transaction;

pub use connections::{CONNECTIONS, CONNECTIONS_LIMIT};
pub use failure::{sql_state, unavailable, violated_constraint};
pub use pool::{
    Error, InvalidUrl, connect, connect_and_migrate, connect_planning_once, connect_repeatable,
    create_database, database_url, drop_database, parse_url,
};
pub use schema::{Schema, Unfit, prepare};
pub use snapshot::snapshot;
pub use statements::{StatementRefused, prepare_all};
#[doc(hidden)]
pub use {sqlx::PgConnection, tracing::Instrument, transaction::Runs};
