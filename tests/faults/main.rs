//! What must survive: the real binary is killed in the middle of its work, with an independent journal of what it
//! answered.

mod audit;
mod kill;
