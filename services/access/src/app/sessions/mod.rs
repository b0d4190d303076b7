//! How users sign in, and the sessions they have then. Whoever cannot prove who they are is refused in the same words,
//! and at the same cost, whatever was wrong.

mod begin_login;
#[cfg(feature = "sandbox")]
mod complete_simulated_login;
mod end_session;
mod issue_user_token;
mod log_in_with_password;
mod set_password;
mod start;

pub(crate) use begin_login::begin_login;
#[cfg(feature = "sandbox")]
pub(crate) use complete_simulated_login::complete_simulated_login;
pub(crate) use end_session::end_session;
pub(crate) use issue_user_token::issue_user_token;
pub(crate) use log_in_with_password::log_in_with_password;
pub(crate) use set_password::{SetPassword, set_password};
pub(crate) use start::Session;

use chrono::{DateTime, Utc};

#[cfg(feature = "sandbox")]
use super::people;
use super::{App, audit, users};

/// When something happens: logins, sessions and tokens live in wall-clock time, what is told of people is business time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now: DateTime<Utc>,
    pub(crate) wall: DateTime<Utc>,
}

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests;
