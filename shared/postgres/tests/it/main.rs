//! Against real servers: what a pool, a transaction and a private server promise.

mod private_server;
mod snapshot;
mod tls;
mod transaction;
