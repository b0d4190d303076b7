//! Answers small transfers to settlement accounts, as banks would. Only in the sandbox.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Pass, Work};
use crate::{
    app::{Error, units},
    store::due,
};

/// Decides about every account whose small transfer is answered by now.
pub(super) async fn pass(work: &Work) -> Result<Pass, Error> {
    if !work.app.sandbox {
        return Ok(Pass::default());
    }
    let decided = units::decide_due_accounts(&work.app.pool, work.app.clock.now()).await?;
    Ok(Pass { worked: decided > 0, failed: false })
}

/// When the next account is to be decided about.
pub(super) async fn next(connection: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    due::next_to_decide(connection).await
}

#[cfg(all(test, feature = "sandbox"))]
mod tests {
    use std::time::Duration;

    use kvitt_primitives::BankAccount;

    use super::*;
    use crate::{
        domain::AccountState,
        fixture::{Fixture, OPERATOR},
    };

    #[tokio::test]
    async fn the_sandboxs_clock_stops_at_the_answer_to_a_small_transfer() {
        let fixture = Fixture::start().await;
        let merchant = fixture.merchant().await;
        let unit = fixture.unit(&merchant, "1000", |_| {}).await;
        let account = BankAccount::try_new("BBAN:NO", "86011117947").unwrap();
        let app = &fixture.app;
        units::change_settlement_account(app, &OPERATOR, &unit.msn, &account).await.unwrap();
        let work = Work::new(app.clone(), fixture.mesh.access());
        let settled = work.clone().settle().await;
        assert!(!settled.worked && !settled.failed);
        let due = settled.next_due_at.unwrap() - app.clock.now();
        assert!(due > chrono::TimeDelta::hours(23) && due <= chrono::TimeDelta::days(1), "{due}");
        app.clock.advance(Duration::from_secs(86_400));
        let settled = work.settle().await;
        assert!(settled.worked && !settled.failed);
        assert_eq!(settled.next_due_at, None);
        let unit = units::get_sales_unit(app, &OPERATOR, &unit.msn).await.unwrap().value;
        assert_eq!(unit.settlement.account.unwrap().state, AccountState::Verified);
    }
}
