//! The runtime over real connections on loopback.

#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod authority;
mod balance;
mod mesh;
mod serve;
mod tls;
mod verifier;

use std::time::Duration;

/// Longer than anything here should take.
const LONG: Duration = Duration::from_secs(10);
