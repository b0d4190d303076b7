//! What the acquirer reads and writes. A batch costs one statement to read and one to write, whatever its size.

mod lapse_cursor;
mod read;
mod write;

#[cfg(feature = "sandbox")]
pub(crate) use lapse_cursor::next_lapse;
pub(crate) use lapse_cursor::{advance_lapse_cursor, lapse_cursor, next_guarantee_end};
pub(crate) use read::{Place, outcomes, read, read_ended};
pub(crate) use write::{lost_a_race, write};

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    lapse_cursor::FIND,
    lapse_cursor::ADVANCE,
    lapse_cursor::NEXT_GUARANTEE_END,
    #[cfg(feature = "sandbox")]
    lapse_cursor::NEXT_LAPSE,
    read::READ_BATCH,
    read::READ_ENDED,
    read::READ_OUTCOMES,
    write::WRITE_BATCH,
];
