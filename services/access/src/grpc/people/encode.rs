//! Users and what became of them, as messages of the contract.

use kvitt_audit_log::Stored;
use kvitt_proto::{access::v1, time};

use crate::{
    domain::{
        membership::{Membership, Role, UnitGrant},
        test_user::TestUser,
    },
    store::memberships::Member,
};

pub(in crate::grpc) fn user_to_proto(member: &Member) -> v1::User {
    v1::User {
        user_id: member.user.user_id.to_string(),
        name: member.user.name.clone(),
        country: member.user.country.code().to_owned(),
        membership: Some(membership_to_proto(&member.membership)),
        activated_at: member.user.activated_at.map(time::to_proto),
    }
}

pub(in crate::grpc) fn membership_to_proto(membership: &Membership) -> v1::Membership {
    let unit = |unit: &UnitGrant| v1::UnitGrant {
        msn: unit.msn.to_string(),
        transaction_management: unit.transaction_management,
        developer: unit.developer,
    };
    let role = match membership.role() {
        Role::Administrator => v1::Role::Administrator,
        Role::SalesUnitManager => v1::Role::SalesUnitManager,
        Role::Assistant => v1::Role::Assistant,
    };
    v1::Membership {
        merchant_id: membership.merchant_id().to_string(),
        role: role.into(),
        units: membership.units().iter().map(unit).collect(),
    }
}

pub(in crate::grpc) fn test_user_to_proto(user: &TestUser) -> v1::TestUser {
    v1::TestUser {
        test_user_id: user.id.to_string(),
        phone_number: user.phone_number.to_string(),
        national_id: user.national_id.as_str().to_owned(),
        name: user.name.to_string(),
        created_at: Some(time::to_proto(user.created_at)),
    }
}

pub(in crate::grpc) fn audit_entry_to_proto(entry: Stored) -> v1::AuditEntry {
    v1::AuditEntry {
        sequence: entry.sequence,
        at: Some(time::to_proto(entry.at)),
        actor: entry.actor,
        action: entry.action,
        subject: entry.subject,
        before: entry.before.unwrap_or_default(),
        after: entry.after.unwrap_or_default(),
        trace_id: entry.trace_id,
    }
}
