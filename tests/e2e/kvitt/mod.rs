//! `/kvitt/v1`: powers of the sandbox.

mod clock;
mod dashboard;
mod faults;
mod life;
mod test_amounts;
