//! Codes that payers scan: their pictures under `/qr-images/`, and where a browser goes that opens what one holds, under
//! `/q/`. They need no token: their addresses cannot be guessed.
//!
//! A picture's address names the code of a merchant's, or the token of a payment (`file.rs`). What a code holds is asked of
//! the service `qr` and remembered for a moment (`codes.rs`); what was drawn is kept as long as there is room (`drawn.rs`).

mod codes;
mod drawn;
mod file;
pub(crate) mod follow;
pub(crate) mod picture;

pub(crate) use self::{codes::Codes, drawn::Drawn};
