//! Settlement accounts, and whose they are.
//!
//! Whether an account is the company's is for banks to say. No bank is asked here: [`register_says`] stands in for it, by
//! a rule that whoever integrates can follow. An account is known to be the company's when another unit of the same
//! merchant is paid there already; it is known not to be when another company is; otherwise nobody knows, and a small
//! transfer has to prove it.

use std::fmt;

use chrono::TimeDelta;

use kvitt_primitives::BankAccount;

/// How long the small transfer takes to be answered in the sandbox.
pub(crate) const DECISION_DELAY: TimeDelta = TimeDelta::days(1);

/// Where a unit is paid out to.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SettlementAccount {
    pub(crate) account: BankAccount,
    pub(crate) state: AccountState,
}

/// The number is for whoever may see the unit, and never for a log.
impl fmt::Debug for SettlementAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SettlementAccount")
            .field("account", &masked(&self.account))
            .field("state", &self.state)
            .finish()
    }
}

/// Whether an account is known to be the company's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccountState {
    Verified,
    /// A small transfer is on its way to prove it.
    Unverified,
    Rejected,
}

impl AccountState {
    pub(crate) const ALL: [Self; 3] = [Self::Verified, Self::Unverified, Self::Rejected];

    /// The name it is stored under.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Verified => "VERIFIED",
            Self::Unverified => "UNVERIFIED",
            Self::Rejected => "REJECTED",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// Who is paid to an account already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Uses {
    /// A unit of another merchant, whose account it was proved to be. What is not proved yet counts for nobody, or
    /// whoever knows a number could keep its owner from it.
    pub(crate) by_other_company: bool,
    /// Another unit of the same merchant, whose account it was proved to be.
    pub(crate) by_same_merchant: bool,
}

/// The bank's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ownership {
    Owned,
    NotOwned,
    Unknown,
}

/// Whose account the bank says it is.
pub(crate) fn register_says(uses: Uses) -> Ownership {
    match uses {
        // Both companies have proved it: they share the account.
        Uses { by_same_merchant: true, .. } => Ownership::Owned,
        Uses { by_other_company: true, .. } => Ownership::NotOwned,
        Uses { by_other_company: false, by_same_merchant: false } => Ownership::Unknown,
    }
}

/// An account as logs may show it: its scheme and the last four digits.
pub(crate) fn masked(account: &BankAccount) -> String {
    let number = account.number();
    let last = number.len().checked_sub(4).and_then(|at| number.get(at..)).unwrap_or_default();
    format!("{} *{last}", account.scheme())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_the_companys_when_it_proved_so_and_not_when_another_company_has_it() {
        let table = [
            (false, false, Ownership::Unknown),
            (true, false, Ownership::NotOwned),
            (false, true, Ownership::Owned),
            (true, true, Ownership::Owned),
        ];
        for (by_other_company, by_same_merchant, says) in table {
            assert_eq!(register_says(Uses { by_other_company, by_same_merchant }), says);
        }
    }

    #[test]
    fn a_masked_account_shows_four_digits() {
        let account = BankAccount::try_new("BBAN:NO", "86011117947").unwrap();
        assert_eq!(masked(&account), "BBAN:NO *7947");
        let account = SettlementAccount { account, state: AccountState::Verified };
        assert!(!format!("{account:?}").contains("86011117947"));
    }
}
