use chrono::TimeDelta;
use kvitt_primitives::{BankAccount, Msn};
use kvitt_proto::{access::v1::Role, error::v1::Reason};

use super::reason;
use crate::{
    app::{
        App, Error,
        units::{change_settlement_account, decide_due_accounts, decide_settlement_account, get_sales_unit},
    },
    domain::{AccountState, Merchant, SalesUnit, SettlementAccount},
    fixture::{Fixture, OPERATOR},
};

const NUMBER: &str = "86011117947";

fn account() -> BankAccount {
    BankAccount::try_new("BBAN:NO", NUMBER).unwrap()
}

/// What the operator says of that account.
pub(super) fn decision(state: AccountState) -> SettlementAccount {
    SettlementAccount { account: account(), state }
}

fn with_account(state: AccountState) -> impl FnOnce(&mut SalesUnit) {
    move |unit| unit.settlement.account = Some(SettlementAccount { account: account(), state })
}

async fn state_of(fixture: &Fixture, msn: &Msn) -> Option<AccountState> {
    let unit = get_sales_unit(&fixture.app, &OPERATOR, msn).await.unwrap().value;
    unit.settlement.account.map(|account| account.state)
}

async fn changed(fixture: &Fixture, merchant: &Merchant, unit: &SalesUnit) -> Result<AccountState, Error> {
    let administrator = fixture.administrator(merchant);
    let changed = change_settlement_account(&fixture.app, &administrator, &unit.msn, &account()).await?;
    Ok(changed.state)
}

#[tokio::test]
async fn an_account_that_nobody_knows_is_proved_by_a_transfer_that_takes_a_day() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let unit = fixture.unit(&merchant, "1000", |_| {}).await;
    let at = fixture.app.clock.now();
    assert_eq!(changed(&fixture, &merchant, &unit).await.unwrap(), AccountState::Unverified);
    // Again, while the transfer is on its way.
    assert_eq!(changed(&fixture, &merchant, &unit).await.unwrap(), AccountState::Unverified);
    let early = at + TimeDelta::hours(23);
    assert_eq!(decide_due_accounts(&fixture.app.pool, early).await.unwrap(), 0);
    assert_eq!(state_of(&fixture, &unit.msn).await, Some(AccountState::Unverified));
    let known = fixture.changed_revision("1000").await;
    let late = at + TimeDelta::hours(25);
    assert_eq!(decide_due_accounts(&fixture.app.pool, late).await.unwrap(), 1);
    assert_eq!(decide_due_accounts(&fixture.app.pool, late).await.unwrap(), 0);
    assert_eq!(state_of(&fixture, &unit.msn).await, Some(AccountState::Verified));
    assert!(fixture.changed_revision("1000").await > known);
    let told: Vec<_> = fixture.told().await.into_iter().skip(2).map(|(action, _)| action).collect();
    assert_eq!(told, ["unit.account_changed", "unit.account_decided"]);
}

#[tokio::test]
async fn an_account_that_the_merchant_has_proved_before_is_known() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    fixture.unit(&merchant, "1000", with_account(AccountState::Verified)).await;
    let unit = fixture.unit(&merchant, "2000", |_| {}).await;
    assert_eq!(changed(&fixture, &merchant, &unit).await.unwrap(), AccountState::Verified);
}

#[tokio::test]
async fn an_account_of_another_company_is_refused_and_what_is_not_proved_counts_for_nobody() {
    let fixture = Fixture::start().await;
    let (merchant, other) = (fixture.merchant().await, fixture.merchant().await);
    let theirs = fixture.unit(&other, "2000", with_account(AccountState::Unverified)).await;
    let unit = fixture.unit(&merchant, "1000", |_| {}).await;
    assert_eq!(changed(&fixture, &merchant, &unit).await.unwrap(), AccountState::Unverified);
    let third = fixture.unit(&merchant, "3000", |_| {}).await;
    let verified = AccountState::Verified;
    decide_settlement_account(&fixture.app, &OPERATOR, &theirs.msn, &decision(verified)).await.unwrap();
    assert_eq!(reason(changed(&fixture, &merchant, &third).await), Reason::AccountNotOwned);
    assert_eq!(state_of(&fixture, &third.msn).await, None);
    assert_eq!(fixture.told().await.last().unwrap().0, "unit.refused");
    // The transfer of the first unit is answered by the bank that knows better by now.
    let late = fixture.app.clock.now() + TimeDelta::days(2);
    assert_eq!(decide_due_accounts(&fixture.app.pool, late).await.unwrap(), 1);
    assert_eq!(state_of(&fixture, &unit.msn).await, Some(AccountState::Rejected));
}

#[tokio::test]
async fn the_operator_decides_and_may_decide_again() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let unit = fixture.unit(&merchant, "1000", |_| {}).await;
    let decide =
        async |state| decide_settlement_account(&fixture.app, &OPERATOR, &unit.msn, &decision(state)).await;
    assert_eq!(reason(decide(AccountState::Verified).await), Reason::NotFound);
    changed(&fixture, &merchant, &unit).await.unwrap();
    for state in [AccountState::Rejected, AccountState::Rejected, AccountState::Verified] {
        assert_eq!(decide(state).await.unwrap().state, state);
    }
    let late = fixture.app.clock.now() + TimeDelta::days(2);
    assert_eq!(decide_due_accounts(&fixture.app.pool, late).await.unwrap(), 0);
    assert_eq!(fixture.told().await.iter().filter(|(action, _)| action == "unit.account_decided").count(), 2);
    assert_eq!(
        reason(
            decide_settlement_account(
                &fixture.app,
                &OPERATOR,
                &"9999".parse().unwrap(),
                &decision(AccountState::Verified)
            )
            .await
        ),
        Reason::NotFound
    );
}

#[tokio::test]
async fn a_decision_about_one_account_is_none_about_another_that_took_its_place() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let unit = fixture.unit(&merchant, "1000", with_account(AccountState::Unverified)).await;
    let other = BankAccount::try_new("BBAN:NO", "15034012358").unwrap();
    let administrator = fixture.administrator(&merchant);
    change_settlement_account(&fixture.app, &administrator, &unit.msn, &other).await.unwrap();
    let late = decision(AccountState::Verified);
    let refused = decide_settlement_account(&fixture.app, &OPERATOR, &unit.msn, &late).await;
    assert_eq!(reason(refused), Reason::NotFound);
    assert_eq!(state_of(&fixture, &unit.msn).await, Some(AccountState::Unverified));
}

#[tokio::test]
async fn an_account_that_was_found_not_to_be_the_companys_can_be_tried_again() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let unit = fixture.unit(&merchant, "1000", with_account(AccountState::Rejected)).await;
    assert_eq!(changed(&fixture, &merchant, &unit).await.unwrap(), AccountState::Unverified);
}

#[tokio::test]
async fn where_there_is_no_sandbox_nobody_but_the_operator_decides() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let unit = fixture.unit(&merchant, "1000", |_| {}).await;
    let app = App { sandbox: false, ..fixture.app.clone() };
    let administrator = fixture.administrator(&merchant);
    change_settlement_account(&app, &administrator, &unit.msn, &account()).await.unwrap();
    let late = app.clock.now() + TimeDelta::days(365);
    assert_eq!(decide_due_accounts(&app.pool, late).await.unwrap(), 0);
}

#[tokio::test]
async fn an_account_is_of_the_units_market() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let unit = fixture.unit(&merchant, "1000", |_| {}).await;
    let administrator = fixture.administrator(&merchant);
    let danish = BankAccount::try_new("BBAN:DK", "123412345").unwrap();
    let refused = change_settlement_account(&fixture.app, &administrator, &unit.msn, &danish).await;
    assert!(matches!(refused, Err(Error::Field { field: "account.scheme", .. })));
}

#[tokio::test]
async fn m39_only_an_administrator_changes_the_account_and_who_sees_the_unit_is_told_of() {
    let fixture = Fixture::start().await;
    let (merchant, other) = (fixture.merchant().await, fixture.merchant().await);
    let unit = fixture.unit(&merchant, "1000", |_| {}).await;
    let table = [
        (fixture.user(&merchant, Role::SalesUnitManager, &["1000"]), Reason::PermissionDenied, true),
        (fixture.user(&merchant, Role::Assistant, &["1000"]), Reason::PermissionDenied, true),
        (fixture.user(&merchant, Role::Assistant, &[]), Reason::NotFound, false),
        (fixture.administrator(&other), Reason::NotFound, false),
        (fixture.unit_keys(&merchant, "1000"), Reason::PermissionDenied, false),
    ];
    for (caller, expected, told) in table {
        let before = fixture.told().await.len();
        let refused = change_settlement_account(&fixture.app, &caller, &unit.msn, &account()).await;
        assert_eq!(reason(refused), expected, "{caller:?}");
        assert_eq!(fixture.told().await.len() - before, usize::from(told), "{caller:?}");
    }
    assert_eq!(state_of(&fixture, &unit.msn).await, None);
}

#[tokio::test]
async fn the_audit_log_never_shows_the_number_of_an_account() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let unit = fixture.unit(&merchant, "1000", |_| {}).await;
    changed(&fixture, &merchant, &unit).await.unwrap();
    let manager = fixture.user(&merchant, Role::SalesUnitManager, &["1000"]);
    change_settlement_account(&fixture.app, &manager, &unit.msn, &account()).await.unwrap_err();
    let entries: Vec<String> = sqlx::query_scalar("SELECT COALESCE(before, '') || after FROM audit_log")
        .fetch_all(fixture.database.pool())
        .await
        .unwrap();
    assert!(entries.iter().all(|entry| !entry.contains(NUMBER)));
    assert!(entries.iter().any(|entry| entry.contains("BBAN:NO *7947")));
}
