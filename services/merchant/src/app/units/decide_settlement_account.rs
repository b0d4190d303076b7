//! Says how the small transfer to a settlement account ended.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use kvitt_primitives::Msn;
use kvitt_runtime::{Caller, ServiceName};

use super::{change_settlement_account::with_account, to_change};
use crate::{
    app::{App, By, Error, audit},
    domain::{AccountState, SalesUnit, SettlementAccount},
    store::{due, sales_units as store},
};

/// Most accounts that one look finds.
const AT_ONCE: i64 = 100;

/// The account is the company's, or is not, from now on. Only for the operator, who has the last word; about the account
/// that the unit has, since another one may have taken the place of the one that was asked about.
pub(crate) async fn decide_settlement_account(
    app: &App,
    caller: &Caller,
    msn: &Msn,
    decision: &SettlementAccount,
) -> Result<SettlementAccount, Error> {
    let by = By::caller(caller, &app.clock);
    kvitt_postgres::transaction!(&app.pool, "decide_settlement_account", async |tx| -> Result<_, Error> {
        let (unit, revision) = to_change(tx, msn).await?;
        let current = unit.settlement.account.as_ref().map(|current| &current.account);
        if current != Some(&decision.account) {
            return Err(Error::AccountNotFound);
        }
        decided(tx, &by, (&unit, revision), decision.state).await
    })
}

/// Decides about every account whose small transfer is answered by now, as banks would in the sandbox; answers how many.
/// The account is the company's, unless another company has proved meanwhile that it is theirs.
pub(crate) async fn decide_due_accounts(pool: &PgPool, now: DateTime<Utc>) -> Result<usize, Error> {
    let mut count = 0;
    loop {
        let msns = {
            let mut connection = pool.acquire().await?;
            due::accounts_to_decide(&mut connection, now, AT_ONCE).await?
        };
        if msns.is_empty() {
            return Ok(count);
        }
        for msn in msns {
            count += usize::from(decide_due(pool, &msn, now).await?);
        }
    }
}

/// Whether the account was still to be decided about.
async fn decide_due(pool: &PgPool, msn: &Msn, now: DateTime<Utc>) -> Result<bool, Error> {
    let by = By {
        actor: format!("service:{}", ServiceName::Merchant),
        trace_id: kvitt_audit_log::trace_id(),
        at: now,
    };
    kvitt_postgres::transaction!(pool, "decide_due_account", async |tx| -> Result<bool, Error> {
        let (unit, revision) = to_change(tx, msn).await?;
        let account = unit.settlement.account.as_ref();
        let Some(account) = account.filter(|account| account.state == AccountState::Unverified) else {
            return Ok(false);
        };
        if !due::is_to_decide(tx, msn, now).await? {
            return Ok(false);
        }
        let uses = store::uses_of_account(tx, &account.account, unit.merchant_id, msn).await?;
        let state = if uses.by_other_company { AccountState::Rejected } else { AccountState::Verified };
        decided(tx, &by, (&unit, revision), state).await?;
        Ok(true)
    })
}

async fn decided(
    tx: &mut PgConnection,
    by: &By,
    (unit, revision): (&SalesUnit, i64),
    state: AccountState,
) -> Result<SettlementAccount, Error> {
    let before = unit.settlement.account.clone().ok_or(Error::AccountNotFound)?;
    if before.state == state {
        return Ok(before);
    }
    let account = SettlementAccount { state, ..before };
    store::set_account(tx, &unit.msn, &account, None, revision).await?;
    let after = with_account(unit, account.clone());
    audit::unit(tx, by, "unit.account_decided", Some(unit), &after).await?;
    Ok(account)
}
