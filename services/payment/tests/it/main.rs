//! The service as its callers meet it: the real `run` on a real database, its peers played by stand-ins, spoken to in
//! gRPC alone.

#![cfg(test)]

mod clearing;
mod lost_answer;
mod refund;
mod reservation;
mod shutdown;
mod support;
mod tail;
mod time;
