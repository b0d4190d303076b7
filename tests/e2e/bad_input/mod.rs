//! Requests that break a rule: a clean 4xx that says which, nothing stored, and never a 5xx (`Answer::of` refuses
//! those by itself).

mod bodies;
mod fields;
mod receipts;
mod table;
