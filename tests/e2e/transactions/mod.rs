//! Transactions as the merchants' staff see and handle them (contract-merchant section 11).

mod handling;
mod search;
