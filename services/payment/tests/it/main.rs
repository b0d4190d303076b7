//! The service as its callers meet it: the real `run` on a real database, its peers played by stand-ins, spoken to in
//! gRPC alone.

#![cfg(test)]

mod clearing;
mod customer;
mod ecom;
mod express;
mod lost_answer;
mod payer_terms;
mod refund;
mod reservation;
mod shutdown;
mod support;
mod tail;
mod time;
mod vm_number;
