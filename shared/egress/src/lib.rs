//! The only way out to merchants' servers.
//!
//! A merchant gives us URLs, and whoever can give us a URL wants to know what our network answers to it. So one crate calls
//! out, and no other: it resolves the name once, judges every address, connects to exactly a judged one, proves the
//! server's certificate, and reads a bounded answer in bounded time. It follows no redirect, keeps no connection and no
//! cookie, decompresses nothing, and no proxy from the environment comes in between.
//!
//! When a merchant gives a URL, refuse early with [`check_url`]; when the time comes, [`Egress::send`] checks again:
//!
//! ```no_run
//! # async fn shipping() -> Result<(), kvitt_egress::Error> {
//! use std::time::Duration;
//!
//! use kvitt_egress::{Beyond, Call, Egress, Policy};
//!
//! let egress = Egress::new(Policy::default());
//! let answer = egress
//!     .send(Call {
//!         method: http::Method::POST,
//!         url: "https://shop.example/shipping".to_owned(),
//!         headers: http::HeaderMap::new(),
//!         body: b"{}".to_vec(),
//!         limit: Duration::from_secs(8),
//!         largest_answer: 64 * 1024,
//!         beyond: Beyond::Refuse,
//!     })
//!     .await?;
//! assert!(answer.status.is_success());
//! # Ok(())
//! # }
//! ```
//!
//! Make one [`Egress`] per process and clone it: with it come the bound on lookups and the list of certificate authorities.
//! A service that offers the sandbox's switch passes its own feature `sandbox` on to `kvitt-egress/sandbox` and sets
//! [`Loopback::Allowed`] from its configuration; without the feature that value does not exist.
//!
//! How many calls run at a time is the caller's to bound. Another range of addresses to refuse goes into the tables of
//! `address.rs`, and into the test beside them.

mod address;
mod call;
mod connect;
mod egress;
mod error;
mod exchange;
mod policy;
mod resolve;
mod target;

pub use address::judge;
pub use call::{Answer, Beyond, Call, LONGEST_LIMIT, Trace};
pub use egress::{Egress, RootsUnreadable};
pub use error::{Error, Phase};
pub use policy::{Loopback, Policy};
pub use resolve::Resolver;
pub use target::{Destination, LONGEST_URL, UrlRefused, check_url};

#[cfg(test)]
mod tests;
