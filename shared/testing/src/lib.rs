//! What tests stand on: fresh databases, private servers, and waiting without sleeping. Only ever a dev-dependency.
//!
//! ```ignore
//! let database = kvitt_testing::TestDatabase::create("payment", &kvitt_payment::MIGRATIONS).await;
//! kvitt_testing::eventually!(count(database.pool()).await == 1);
//! ```

mod database;
mod server;
mod waiting;

pub use database::TestDatabase;
pub use server::TestServer;
pub use waiting::{WAIT_LIMIT, Waiting};
