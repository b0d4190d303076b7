//! What happens without being called for: sessions end and are forgotten, payments are looked at, merchants are told.

pub(crate) mod due;
pub(crate) mod tell;

#[cfg(test)]
mod tests;
