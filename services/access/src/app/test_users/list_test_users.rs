//! Lists a merchant's test users.

use kvitt_primitives::MerchantId;
use kvitt_runtime::{Action, Caller};

use super::{App, may_for, stored};
use crate::{domain::test_user::TestUser, error::Error, store::test_users as store};

/// More than any merchant has, unless the operator made them.
const MOST_LISTED: i64 = 1_000;

/// Those that are ready to pay, oldest first.
pub(crate) async fn list_test_users(
    app: &App,
    caller: &Caller,
    merchant_id: MerchantId,
) -> Result<Vec<TestUser>, Error> {
    let mut connection = app.pool.acquire().await?;
    may_for(&mut connection, caller, Action::CreateTestData, merchant_id).await?;
    let ready = store::list_ready(&mut connection, merchant_id, MOST_LISTED).await?;
    ready.iter().map(|stored| stored::open(app, stored)).collect()
}
