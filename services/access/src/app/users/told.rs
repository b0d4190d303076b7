//! What the audit log is told of users: ids and settings, never who they are.

use kvitt_primitives::UserId;
use serde_json::{Value, json};

use crate::domain::membership::{Membership, UnitGrant};

/// The user, as entries name them.
pub(in crate::app) fn subject(user_id: UserId) -> String {
    format!("user:{user_id}")
}

/// A part in a merchant.
pub(super) fn membership(membership: &Membership) -> Value {
    let unit = |unit: &UnitGrant| {
        json!({
            "msn": unit.msn.as_str(),
            "transactionManagement": unit.transaction_management,
            "developer": unit.developer,
        })
    };
    let units: Vec<_> = membership.units().iter().map(unit).collect();
    json!({ "role": membership.role().code(), "units": units })
}
