//! Payers that merchants make for tests. Two facts: that one was asked for, and that the wallet has them. Between the two
//! a test user is `requested`; whoever asked again, or the worker, brings it to an end.

mod create_test_user;
mod finish;
mod list_test_users;
mod stored;

pub(crate) use create_test_user::{CreateTestUser, create_test_user};
pub(crate) use finish::finish_requested;
pub(crate) use list_test_users::list_test_users;

use super::{App, audit, may_for, only_operator};
