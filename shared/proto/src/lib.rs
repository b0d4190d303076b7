//! The gRPC contract as Rust types, generated from `proto/`, and the three conversions that every service needs:
//! money, times, and refusals. Nothing else is written by hand here.

mod generated;
mod money_conversion;
pub mod reason;
pub mod refusal;
pub mod rpcs;
pub mod time;

pub use generated::{
    access, acquirer, checkout, error, merchant, mesh, ordermanagement, payment, qr, sandbox, settlement,
    wallet, webhook,
};

/// Amounts: the generated messages, and the way between them and [`kvitt_primitives::Money`].
pub mod money {
    pub use crate::generated::money::v1;
    pub use crate::money_conversion::{currency_from_proto, currency_to_proto, from_proto, to_proto};
}

/// All files of the contract, without their comments, for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/kvitt.bin"));
