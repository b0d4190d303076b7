//! Images of codes that payers scan, under `/qr-images/`. They need no token: their addresses cannot be guessed.

pub(crate) mod payment;
