//! Kinds, owners and sets of keys, between the messages of the contract and the domain.

use kvitt_proto::{access::v1, refusal::FieldViolation, time};

use super::convert::{Violations, check};
use crate::domain::{
    credentials::{KeySet, Slot},
    owner::{KeyKind, Owner, OwnerName, Part, Said},
};

/// The kind, which has to be given.
pub(super) fn kind(message: i32) -> Option<KeyKind> {
    match v1::KeyKind::try_from(message) {
        Ok(v1::KeyKind::SalesUnit) => Some(KeyKind::SalesUnit),
        Ok(v1::KeyKind::Partner) => Some(KeyKind::Partner),
        Ok(v1::KeyKind::Management) => Some(KeyKind::Management),
        Ok(v1::KeyKind::Accounting) => Some(KeyKind::Accounting),
        Ok(v1::KeyKind::Psp) => Some(KeyKind::Psp),
        Ok(v1::KeyKind::Unspecified) | Err(_) => None,
    }
}

pub(super) fn kind_to_proto(kind: KeyKind) -> v1::KeyKind {
    match kind {
        KeyKind::SalesUnit => v1::KeyKind::SalesUnit,
        KeyKind::Partner => v1::KeyKind::Partner,
        KeyKind::Management => v1::KeyKind::Management,
        KeyKind::Accounting => v1::KeyKind::Accounting,
        KeyKind::Psp => v1::KeyKind::Psp,
    }
}

pub(super) fn slot(message: i32) -> Option<Slot> {
    match v1::KeySlot::try_from(message) {
        Ok(v1::KeySlot::ClientSecret) => Some(Slot::ClientSecret),
        Ok(v1::KeySlot::Primary) => Some(Slot::Primary),
        Ok(v1::KeySlot::Secondary) => Some(Slot::Secondary),
        Ok(v1::KeySlot::Unspecified) | Err(_) => None,
    }
}

/// The owner of keys of this kind. `msn_field` is where the caller gave the unit. A part that cannot be read is named for
/// that alone.
pub(super) fn owner(
    broken: &mut Violations,
    kind: KeyKind,
    message: &v1::KeyOwner,
    msn_field: &str,
) -> Option<Owner> {
    let before = broken.len();
    let said = Said {
        msn: given(&message.msn).and_then(|text| check(broken, msn_field, text.parse())),
        merchant_id: given(&message.merchant_id)
            .and_then(|text| check(broken, "owner.merchantId", text.parse())),
        partner_id: given(&message.partner_id)
            .and_then(|text| check(broken, "owner.partnerId", text.parse())),
        name: given(&message.name)
            .and_then(|text| check(broken, "owner.name", OwnerName::try_new(text.to_owned()))),
    };
    let unreadable: Vec<_> = broken[before..].iter().map(|violation| violation.field.clone()).collect();
    match Owner::try_new(kind, said) {
        Ok(owner) => unreadable.is_empty().then_some(owner),
        Err(parts) => {
            let parts = parts.into_iter().map(|(part, rule)| (field(part, msn_field), rule));
            let others = parts.filter(|(field, _)| !unreadable.iter().any(|named| named == field));
            broken.extend(others.map(|(field, rule)| FieldViolation::new(field, rule)));
            None
        }
    }
}

pub(super) fn owner_to_proto(owner: &Owner) -> v1::KeyOwner {
    v1::KeyOwner {
        msn: owner.msn().map(ToString::to_string).unwrap_or_default(),
        merchant_id: owner.merchant_id().map(|id| id.to_string()).unwrap_or_default(),
        partner_id: owner.partner_id().map(|id| id.to_string()).unwrap_or_default(),
        name: owner.name().map(ToString::to_string).unwrap_or_default(),
    }
}

pub(super) fn key_set_to_proto(set: &KeySet) -> v1::KeySet {
    v1::KeySet {
        client_id: set.client_id.to_string(),
        kind: kind_to_proto(set.owner.kind()).into(),
        owner: Some(owner_to_proto(&set.owner)),
        active: set.active,
        created_at: Some(time::to_proto(set.created_at)),
    }
}

/// A text, unless it is empty, which is how the wire says that there is none.
fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn field(part: Part, msn_field: &str) -> &str {
    match part {
        Part::Msn => msn_field,
        Part::MerchantId => "owner.merchantId",
        Part::PartnerId => "owner.partnerId",
        Part::Name => "owner.name",
    }
}
