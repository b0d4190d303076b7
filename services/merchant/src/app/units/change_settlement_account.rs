//! Changes where a unit is paid out to.

use serde_json::json;
use sqlx::PgConnection;

use kvitt_primitives::{BankAccount, Msn};
use kvitt_proto::{error::v1::Reason, refusal};
use kvitt_runtime::{Action, Caller, Principal};
use tonic::Status;

use super::to_change;
use crate::{
    app::{App, By, Error, audit},
    domain::{
        AccountState, DECISION_DELAY, Ownership, SalesUnit, Settlement, SettlementAccount, masked,
        register_says,
    },
    store::sales_units as store,
};

/// The account from now on, with what is known of it. Where nobody knows whose it is, a small transfer is made.
pub(crate) async fn change_settlement_account(
    app: &App,
    caller: &Caller,
    msn: &Msn,
    account: &BankAccount,
) -> Result<SettlementAccount, Error> {
    let by = By::caller(caller, &app.clock);
    if let Err(status) = app.authority.may(caller, Action::ChangeSettlementAccount, msn).await {
        tell_of_refusal(app, &by, caller, (msn, account), &status).await?;
        return Err(Error::Refused(status));
    }
    let decide_at = app.sandbox.then(|| by.at + DECISION_DELAY);
    let outcome = kvitt_postgres::transaction!(
        &app.pool,
        "change_settlement_account",
        async |tx| -> Result<_, Error> {
            let (before, revision) = to_change(tx, msn).await?;
            before.changeable()?;
            if account.market() != before.market {
                let rule = "must be that of the sales unit's market";
                return Err(Error::Field { field: "account.scheme", rule });
            }
            if let Some(known) = known(&before, account) {
                return Ok(Some(known));
            }
            let Some(state) = judged(tx, &before, account).await? else {
                refused(tx, &by, &before, account, "ACCOUNT_NOT_OWNED").await?;
                return Ok(None);
            };
            let decide_at = decide_at.filter(|_| state == AccountState::Unverified);
            let account = SettlementAccount { account: account.clone(), state };
            store::set_account(tx, msn, &account, decide_at, revision).await?;
            let after = with_account(&before, account.clone());
            audit::unit(tx, &by, "unit.account_changed", Some(&before), &after).await?;
            Ok(Some(account))
        }
    )?;
    outcome.ok_or(Error::AccountNotOwned)
}

/// What is stored already; an account that was found not to be the company's is tried again.
fn known(unit: &SalesUnit, account: &BankAccount) -> Option<SettlementAccount> {
    let known = unit.settlement.account.as_ref();
    known.filter(|known| known.account == *account && known.state != AccountState::Rejected).cloned()
}

/// What is known of an account; none when it is another company's.
async fn judged(
    tx: &mut PgConnection,
    unit: &SalesUnit,
    account: &BankAccount,
) -> Result<Option<AccountState>, sqlx::Error> {
    let uses = store::uses_of_account(tx, account, unit.merchant_id, &unit.msn).await?;
    Ok(match register_says(uses) {
        Ownership::Owned => Some(AccountState::Verified),
        Ownership::Unknown => Some(AccountState::Unverified),
        Ownership::NotOwned => None,
    })
}

/// A unit with another account.
pub(super) fn with_account(unit: &SalesUnit, account: SettlementAccount) -> SalesUnit {
    let settlement = Settlement { account: Some(account), ..unit.settlement.clone() };
    SalesUnit { settlement, ..unit.clone() }
}

/// Somebody who sees the unit tried what is not for them, which the merchant's Administrators want to know.
async fn tell_of_refusal(
    app: &App,
    by: &By,
    caller: &Caller,
    (msn, account): (&Msn, &BankAccount),
    status: &Status,
) -> Result<(), Error> {
    let denied = refusal::reason_of(status) == Some(Reason::PermissionDenied);
    if !(denied && matches!(caller.principal, Principal::User(_))) {
        return Ok(());
    }
    kvitt_postgres::transaction!(&app.pool, "refuse_settlement_account", async |tx| -> Result<(), Error> {
        match store::find(tx, msn).await? {
            Some(unit) => refused(tx, by, &unit.value, account, "PERMISSION_DENIED").await,
            None => Ok(()),
        }
    })
}

async fn refused(
    tx: &mut PgConnection,
    by: &By,
    unit: &SalesUnit,
    account: &BankAccount,
    reason: &'static str,
) -> Result<(), Error> {
    let what = json!({ "refused": "unit.account_changed", "account": masked(account), "reason": reason });
    audit::about_unit(tx, by, "unit.refused", unit, what).await.map_err(Error::from)
}
