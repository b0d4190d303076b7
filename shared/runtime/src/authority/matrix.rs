//! Who may do what: the one table, for people by role and grant, and for API keys by kind. Every service asks it through
//! [`crate::Authority`], and the tests are generated from it.
//!
//! To add an action: its value in `membership.proto`, a line in [`Action`], and one in each of the two tables.

use kvitt_proto::access::v1;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident)*) => {
        /// What may be done for a sales unit, or for a merchant.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $($(#[$doc])* $name,)*
        }

        impl Action {
            /// Every action, in the order of the contract.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The action that the contract names; `None` for none of it.
            pub fn from_proto(action: i32) -> Option<Self> {
                match v1::Action::try_from(action) {
                    $(Ok(v1::Action::$name) => Some(Self::$name),)*
                    Ok(v1::Action::Unspecified) | Err(_) => None,
                }
            }

            /// The contract's name of the action.
            pub fn to_proto(self) -> v1::Action {
                match self {
                    $(Self::$name => v1::Action::$name,)*
                }
            }
        }
    };
}

actions! {
    /// See every sales unit of the merchant.
    SeeAllUnits
    /// See a sales unit and its attributes.
    ReadSalesUnit
    /// Read a payment or its events.
    ReadPayment
    /// Download settlement reports.
    DownloadReports
    /// Ask a phone number for money.
    RequestPayment
    /// Cancel a payment.
    CancelPayment
    /// Capture a payment.
    CapturePayment
    /// Refund a payment.
    RefundPayment
    /// Change a unit's name, logo and location.
    EditSalesUnit
    /// Change how often a unit is settled.
    EditFrequency
    /// Change the account that a unit is paid out to.
    ChangeSettlementAccount
    /// Take a unit out of use.
    DeactivateSalesUnit
    /// Change what is known of the company.
    EditCompany
    /// Order products and units, sign agreements.
    OrderProducts
    /// Add, change and remove users.
    ManageUsers
    /// Let an accounting partner read reports.
    GrantAccounting
    /// Show and regenerate API keys.
    ManageKeys
    /// Set up Login for a unit.
    SetUpLogin
    /// Create test units and test users.
    CreateTestData
    /// API dashboard, webhooks and their errors.
    UseDeveloperTools
    /// Create QR codes and payment links.
    CreateLinks
    /// Create a payment.
    CreatePayment
    /// Approve a payment in the payer's place, in the sandbox.
    ForceApprove
    /// Follow the log of payments.
    FollowFeed
}

/// The roles of the business portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// All units of the company.
    Administrator,
    /// Looks after the units that they were given.
    SalesUnitManager,
    /// Sees the units that they were given.
    Assistant,
}

/// What a user has on a unit beyond their role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Grants {
    /// Transaction Management.
    pub transaction_management: bool,
    /// Developer.
    pub developer: bool,
}

/// What API keys are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyKind {
    /// One sales unit.
    SalesUnit,
    /// Every unit that is linked to a partner.
    Partner,
    /// The Management API of a partner or a merchant.
    Management,
    /// Reports, after the merchant's grant.
    Accounting,
    /// Card pass-through of a payment service provider.
    Psp,
}

/// A row of the table for people. The columns of the two roles below the Administrator say what the role allows by itself,
/// those of the grants what the grant adds to either of them.
struct Row {
    administrator: bool,
    manager: bool,
    assistant: bool,
    transaction_management: bool,
    developer: bool,
}

/// The row of an action (contract-merchant section 8.2, with its contradictions decided as it proposes: a payment request
/// by role or grant, API keys by grant only, capture and refund by grant only).
const fn row(action: Action) -> Row {
    use Action as A;
    let columns = match action {
        A::ReadSalesUnit | A::ReadPayment | A::DownloadReports => "AMS..",
        A::RequestPayment | A::CreateLinks => "AMST.",
        A::CancelPayment | A::CapturePayment | A::RefundPayment => "A..T.",
        A::EditSalesUnit | A::EditFrequency | A::DeactivateSalesUnit => "AM...",
        A::SeeAllUnits
        | A::ChangeSettlementAccount
        | A::EditCompany
        | A::OrderProducts
        | A::ManageUsers
        | A::GrantAccounting => "A....",
        A::ManageKeys | A::SetUpLogin | A::CreateTestData | A::UseDeveloperTools => "A...D",
        // Only by API.
        A::CreatePayment | A::ForceApprove | A::FollowFeed => ".....",
    };
    let columns = columns.as_bytes();
    Row {
        administrator: columns[0] == b'A',
        manager: columns[1] == b'M',
        assistant: columns[2] == b'S',
        transaction_management: columns[3] == b'T',
        developer: columns[4] == b'D',
    }
}

/// Whether somebody with this role and these grants on a unit may do it there. An Administrator has no use for grants.
pub const fn permits(role: Role, grants: Grants, action: Action) -> bool {
    let row = row(action);
    let by_role = match role {
        Role::Administrator => return row.administrator,
        Role::SalesUnitManager => row.manager,
        Role::Assistant => row.assistant,
    };
    by_role
        || (grants.transaction_management && row.transaction_management)
        || (grants.developer && row.developer)
}

/// Whether keys of this kind may do it for the units they are for (contract-merchant section 2.1).
pub const fn key_permits(kind: KeyKind, action: Action) -> bool {
    use Action as A;
    match kind {
        KeyKind::SalesUnit => matches!(action, A::DownloadReports) || key_permits(KeyKind::Partner, action),
        // Everything that a merchant's own keys may do, but for the money that is paid out.
        KeyKind::Partner => matches!(
            action,
            A::ReadSalesUnit
                | A::CreatePayment
                | A::ReadPayment
                | A::CapturePayment
                | A::RefundPayment
                | A::CancelPayment
                | A::ForceApprove
                | A::FollowFeed
                | A::CreateLinks
                | A::UseDeveloperTools
        ),
        KeyKind::Management => matches!(action, A::ReadSalesUnit | A::SeeAllUnits),
        KeyKind::Accounting => matches!(action, A::DownloadReports),
        // Card pass-through comes with its own actions.
        KeyKind::Psp => false,
    }
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Administrator, Self::SalesUnitManager, Self::Assistant];

    /// The role that the contract names; `None` for none of it.
    pub fn from_proto(role: i32) -> Option<Self> {
        match v1::Role::try_from(role) {
            Ok(v1::Role::Administrator) => Some(Self::Administrator),
            Ok(v1::Role::SalesUnitManager) => Some(Self::SalesUnitManager),
            Ok(v1::Role::Assistant) => Some(Self::Assistant),
            Ok(v1::Role::Unspecified) | Err(_) => None,
        }
    }

    /// The contract's name of the role.
    pub fn to_proto(self) -> v1::Role {
        match self {
            Self::Administrator => v1::Role::Administrator,
            Self::SalesUnitManager => v1::Role::SalesUnitManager,
            Self::Assistant => v1::Role::Assistant,
        }
    }
}

impl KeyKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::SalesUnit, Self::Partner, Self::Management, Self::Accounting, Self::Psp];

    /// The kind that the contract names; `None` for none of it.
    pub fn from_proto(kind: i32) -> Option<Self> {
        match v1::KeyKind::try_from(kind) {
            Ok(v1::KeyKind::SalesUnit) => Some(Self::SalesUnit),
            Ok(v1::KeyKind::Partner) => Some(Self::Partner),
            Ok(v1::KeyKind::Management) => Some(Self::Management),
            Ok(v1::KeyKind::Accounting) => Some(Self::Accounting),
            Ok(v1::KeyKind::Psp) => Some(Self::Psp),
            Ok(v1::KeyKind::Unspecified) | Err(_) => None,
        }
    }

    /// The contract's name of the kind.
    pub fn to_proto(self) -> v1::KeyKind {
        match self {
            Self::SalesUnit => v1::KeyKind::SalesUnit,
            Self::Partner => v1::KeyKind::Partner,
            Self::Management => v1::KeyKind::Management,
            Self::Accounting => v1::KeyKind::Accounting,
            Self::Psp => v1::KeyKind::Psp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Grants = Grants { transaction_management: false, developer: false };

    #[test]
    fn a_grant_only_ever_adds() {
        for action in Action::ALL {
            for role in Role::ALL {
                for transaction_management in [false, true] {
                    for developer in [false, true] {
                        let grants = Grants { transaction_management, developer };
                        let with = permits(role, grants, *action);
                        assert!(with || !permits(role, NONE, *action), "{role:?} {grants:?} {action:?}");
                        assert!(permits(Role::Administrator, NONE, *action) || !with, "{action:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn only_grants_move_money_and_only_administrators_manage_people() {
        for role in [Role::SalesUnitManager, Role::Assistant] {
            let managing = Grants { transaction_management: true, developer: false };
            for action in [Action::CapturePayment, Action::RefundPayment, Action::CancelPayment] {
                assert!(!permits(role, NONE, action));
                assert!(permits(role, managing, action));
            }
            let all = Grants { transaction_management: true, developer: true };
            for action in [Action::ManageUsers, Action::ChangeSettlementAccount, Action::OrderProducts] {
                assert!(!permits(role, all, action));
            }
        }
    }

    #[test]
    fn nobody_has_keys_that_manage_keys_or_people() {
        for kind in KeyKind::ALL {
            for action in [Action::ManageKeys, Action::ManageUsers, Action::ChangeSettlementAccount] {
                assert!(!key_permits(kind, action), "{kind:?} {action:?}");
            }
        }
    }

    #[test]
    fn the_contract_and_the_code_name_the_same_things() {
        for action in Action::ALL {
            assert_eq!(Action::from_proto(action.to_proto().into()), Some(*action));
        }
        for role in Role::ALL {
            assert_eq!(Role::from_proto(role.to_proto().into()), Some(role));
        }
        for kind in KeyKind::ALL {
            assert_eq!(KeyKind::from_proto(kind.to_proto().into()), Some(kind));
        }
        assert_eq!((Action::from_proto(0), Role::from_proto(9), KeyKind::from_proto(-1)), (None, None, None));
    }
}
