//! The whole platform in one process: what `cargo run` starts, and what the end-to-end tests stand on.
//!
//! A [`Platform`] runs the same `run` functions that the services' own binaries run, each on a port of its own, with a
//! database of its own on one PostgreSQL server. It holds no logic that a service lacks: it makes secrets
//! ([`secrets`](mod@secrets)), seeds the demo data over gRPC ([`demo`], `seed`), and starts and stops.

pub mod audit;
pub mod audit_log;
pub mod demo;
mod env_file;
pub mod ledger_audit;
mod parts;
mod platform;
pub mod secrets;
mod seed;

pub use env_file::EnvFile;
pub use platform::{Addresses, Databases, Ended, Options, Platform, StartError};
