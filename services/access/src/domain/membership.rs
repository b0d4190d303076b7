//! What a user is for a merchant, and how that may change.

use kvitt_primitives::{Invalid, MerchantId, Msn, UserId};

/// Most sales units that one user can be given.
pub(crate) const MOST_UNITS: usize = 1_000;

/// The roles of the business portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Administrator,
    SalesUnitManager,
    Assistant,
}

impl Role {
    /// Every role.
    pub(crate) const ALL: [Self; 3] = [Self::Administrator, Self::SalesUnitManager, Self::Assistant];

    /// Its name in storage and in the audit log.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Administrator => "ADMINISTRATOR",
            Self::SalesUnitManager => "SALES_UNIT_MANAGER",
            Self::Assistant => "ASSISTANT",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }
}

/// A sales unit that a user was given, and what they may do there beyond their role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnitGrant {
    pub(crate) msn: Msn,
    pub(crate) transaction_management: bool,
    pub(crate) developer: bool,
}

/// A user's part in one merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Membership {
    merchant_id: MerchantId,
    role: Role,
    units: Vec<UnitGrant>,
}

/// A rule that a membership breaks, and the unit that breaks it when it is one, by its place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BrokenUnits {
    pub(crate) at: Option<usize>,
    pub(crate) rule: Invalid,
}

impl Membership {
    /// A part in a merchant. Units may be given in any order; they are kept ascending.
    pub(crate) fn try_new(
        merchant_id: MerchantId,
        role: Role,
        mut units: Vec<UnitGrant>,
    ) -> Result<Self, BrokenUnits> {
        let broken = |rule| Err(BrokenUnits { at: None, rule: Invalid { rule } });
        match role {
            Role::Administrator if !units.is_empty() => {
                return broken("must be empty for an Administrator, who has every unit");
            }
            Role::SalesUnitManager | Role::Assistant if units.is_empty() => {
                return broken("must name at least one unit");
            }
            Role::Administrator | Role::SalesUnitManager | Role::Assistant => {}
        }
        if units.len() > MOST_UNITS {
            return broken("must be at most 1000");
        }
        let mut seen = std::collections::HashSet::new();
        if let Some(at) = units.iter().position(|unit| !seen.insert(unit.msn.as_str())) {
            return Err(BrokenUnits { at: Some(at), rule: Invalid { rule: "must be named once" } });
        }
        drop(seen);
        units.sort_unstable_by(|one, next| one.msn.cmp(&next.msn));
        Ok(Self { merchant_id, role, units })
    }

    /// The part of an Administrator.
    pub(crate) fn administrator(merchant_id: MerchantId) -> Self {
        Self { merchant_id, role: Role::Administrator, units: Vec::new() }
    }

    pub(crate) fn merchant_id(&self) -> MerchantId {
        self.merchant_id
    }

    pub(crate) fn role(&self) -> Role {
        self.role
    }

    /// Ascending; none for an Administrator.
    pub(crate) fn units(&self) -> &[UnitGrant] {
        &self.units
    }
}

/// Why a part may not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nobody would be left to manage the merchant.
    LastAdministrator,
    /// Somebody would change what they may do themselves.
    OwnRole,
}

/// Whether somebody who was `before` in a merchant may become `after`, or have no part any more. `others` counts the
/// merchant's other Administrators.
pub(crate) fn may_become(before: Role, after: Option<Role>, others: i64) -> Result<(), Refusal> {
    match (before, after) {
        (Role::Administrator, Some(Role::Administrator)) => Ok(()),
        (Role::Administrator, _) if others < 1 => Err(Refusal::LastAdministrator),
        (Role::Administrator | Role::SalesUnitManager | Role::Assistant, _) => Ok(()),
    }
}

/// Whether `actor`, a user where it is one, may set the part of `user`. Going is not changing: anybody may give up their
/// own part.
pub(crate) fn may_set(actor: Option<UserId>, user: UserId) -> Result<(), Refusal> {
    if actor == Some(user) { Err(Refusal::OwnRole) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn merchant() -> MerchantId {
        MerchantId::from_uuid(Uuid::from_u128(1))
    }

    fn unit(msn: &str) -> UnitGrant {
        UnitGrant { msn: msn.parse().unwrap(), transaction_management: false, developer: true }
    }

    #[test]
    fn an_administrator_has_no_list_of_units_and_the_others_have_one() {
        let table = [
            (Role::Administrator, vec![], true),
            (Role::Administrator, vec![unit("1234")], false),
            (Role::SalesUnitManager, vec![], false),
            (Role::SalesUnitManager, vec![unit("1234")], true),
            (Role::Assistant, vec![], false),
            (Role::Assistant, vec![unit("1234"), unit("12345")], true),
        ];
        for (role, units, valid) in table {
            let membership = Membership::try_new(merchant(), role, units.clone());
            assert_eq!(membership.is_ok(), valid, "{role:?} {units:?}");
        }
    }

    #[test]
    fn units_are_ascending_whatever_their_order_was() {
        let units = vec![unit("9999"), unit("12345"), unit("1234")];
        let membership = Membership::try_new(merchant(), Role::Assistant, units).unwrap();
        let msns: Vec<_> = membership.units().iter().map(|unit| unit.msn.as_str()).collect();
        assert_eq!(msns, ["1234", "12345", "9999"]);
    }

    #[test]
    fn a_unit_is_named_once_and_the_second_naming_is_told() {
        let units = vec![unit("9999"), unit("1234"), unit("9999")];
        let broken = Membership::try_new(merchant(), Role::Assistant, units).unwrap_err();
        assert_eq!(broken.at, Some(2));
    }

    #[test]
    fn a_user_has_at_most_1000_units() {
        let units = |count: usize| (1000..1000 + count).map(|msn| unit(&msn.to_string())).collect();
        assert!(Membership::try_new(merchant(), Role::Assistant, units(MOST_UNITS)).is_ok());
        assert!(Membership::try_new(merchant(), Role::Assistant, units(MOST_UNITS + 1)).is_err());
    }

    #[test]
    fn only_the_last_administrator_must_stay_one() {
        use Role::{Administrator, Assistant, SalesUnitManager};
        let table = [
            (Administrator, None, 0, Err(Refusal::LastAdministrator)),
            (Administrator, None, 1, Ok(())),
            (Administrator, Some(Assistant), 0, Err(Refusal::LastAdministrator)),
            (Administrator, Some(SalesUnitManager), 0, Err(Refusal::LastAdministrator)),
            (Administrator, Some(SalesUnitManager), 1, Ok(())),
            (Administrator, Some(Administrator), 0, Ok(())),
            (Assistant, None, 0, Ok(())),
            (Assistant, Some(Administrator), 0, Ok(())),
            (SalesUnitManager, Some(Assistant), 0, Ok(())),
        ];
        for (before, after, others, allowed) in table {
            assert_eq!(may_become(before, after, others), allowed, "{before:?} {after:?} {others}");
        }
    }

    #[test]
    fn nobody_sets_their_own_part() {
        let user = |number| UserId::from_uuid(Uuid::from_u128(number));
        assert_eq!(may_set(Some(user(1)), user(1)), Err(Refusal::OwnRole));
        assert_eq!(may_set(Some(user(1)), user(2)), Ok(()));
        assert_eq!(may_set(None, user(2)), Ok(()));
    }

    #[test]
    fn a_role_reads_back_from_its_code() {
        for role in Role::ALL {
            assert_eq!(Role::from_code(role.code()), Some(role));
        }
        assert_eq!(Role::from_code("OWNER"), None);
    }
}
