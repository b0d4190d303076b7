//! Wire types of ePayment: how its bodies are read, and what its answers look like.

mod answer;
pub(crate) mod express;
pub(crate) mod read;
mod receipt;
mod shared;

pub(crate) use answer::{Created, Event, Modification, Payment};
