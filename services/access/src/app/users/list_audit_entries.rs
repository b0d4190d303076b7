//! Lists what the audit log says of a merchant's keys and users.

use kvitt_audit_log::Stored;
use kvitt_primitives::MerchantId;
use kvitt_runtime::{Action, Caller};

use super::{App, may_for};
use crate::error::Error;

/// Which part of the log is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AuditPage {
    /// At most [`super::MOST_PER_PAGE`].
    pub(crate) size: u32,
    /// The last entry of the page before.
    pub(crate) before: Option<i64>,
}

/// The entries of a page, newest first, and whether more follow.
pub(crate) async fn list_audit_entries(
    app: &App,
    caller: &Caller,
    merchant_id: MerchantId,
    page: AuditPage,
) -> Result<(Vec<Stored>, bool), Error> {
    let size = page.size.clamp(1, super::MOST_PER_PAGE);
    let mut connection = app.pool.acquire().await?;
    may_for(&mut connection, caller, Action::ManageUsers, merchant_id).await?;
    let one_more = i64::from(size) + 1;
    let mut entries = kvitt_audit_log::list(&mut connection, merchant_id, page.before, one_more).await?;
    let size = size as usize;
    let more = entries.len() > size;
    entries.truncate(size);
    Ok((entries, more))
}
