//! Wire types of ePayment: how its bodies are read, and what its answers look like.

mod answer;
pub(super) mod read;
mod receipt;

pub(crate) use answer::{Created, Event, Modification, Payment};
