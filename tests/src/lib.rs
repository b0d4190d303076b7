//! What the end-to-end tests stand on: the platform in this process ([`Stack`]), a merchant's system that
//! talks to it over HTTP ([`Shop`]), and callers that talk gRPC ([`Mesh`]).
//!
//! A test goes through the gateway unless gRPC itself is the subject. One more test is one more function in
//! `e2e/`, in the module whose path is the URL; it opens a `Shop` on the shared `Stack`. Tests that move the
//! clock, restart something or read global sums start a `Stack` of their own.

mod answer;
mod build;
mod merchant_server;
mod mesh;
mod operator;
pub mod people;
pub mod process;
pub mod processes;
mod receiver;
pub mod requests;
mod shop;
pub mod source;
mod stack;

pub use answer::Answer;
pub use build::binaries;
pub use merchant_server::{Asked, MerchantServer};
pub use mesh::{Bearer, Mesh, Secured};
pub use operator::{Payer, PayerPlan, UnitPlan};
pub use people::User;
pub use receiver::{Received, Receiver, Reply};
pub use shop::Shop;
pub use stack::{Keys, Stack, StackPlan, reachable_folder};
