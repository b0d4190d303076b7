//! What the acquirer reads and writes. A batch costs one statement to read and one to write, whatever its size.

mod read;
mod write;

pub(crate) use read::{outcomes, read};
pub(crate) use write::{lost_a_race, write};

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[read::READ_BATCH, read::READ_OUTCOMES, write::WRITE_BATCH];
