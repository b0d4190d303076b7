//! Users of the portal, and their parts in merchants. Whatever changes a part counts the revision first, so such changes
//! come one after the other, and each decides on what the one before left.

mod add_user;
mod check_permission;
mod find_person;
mod forget_user;
mod get_me;
mod get_memberships;
mod get_user;
mod grant_administrator;
mod know_user;
mod list_audit_entries;
mod list_users;
mod look_up_person;
mod refused;
#[cfg(feature = "sandbox")]
mod register_person;
mod remove_user;
mod set_membership;
mod told;
mod units;

pub(crate) use add_user::{AddUser, add_user};
pub(crate) use check_permission::{Target, check_permission};
pub(crate) use forget_user::forget_user;
pub(crate) use get_me::get_me;
pub(crate) use get_memberships::get_memberships;
pub(crate) use get_user::get_user;
pub(crate) use grant_administrator::grant_administrator;
pub(crate) use list_audit_entries::{AuditPage, list_audit_entries};
pub(crate) use list_users::{MOST_PER_PAGE, Page, list_users};
pub(crate) use look_up_person::look_up_person;
#[cfg(feature = "sandbox")]
pub(crate) use register_person::register_person;
pub(crate) use remove_user::remove_user;
pub(crate) use set_membership::set_membership;

#[cfg(feature = "sandbox")]
pub(super) use find_person::find_by_national_id;
pub(super) use know_user::know_user;
pub(super) use told::subject;

#[cfg(feature = "sandbox")]
use super::people;
use super::{App, audit, may, may_for, only_operator};

#[cfg(test)]
#[cfg(feature = "sandbox")]
pub(crate) mod tests;
