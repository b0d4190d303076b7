//! Makes payers of the test users that were asked for.

use chrono::{DateTime, Utc};
use kvitt_audit_log::Entry;
use kvitt_runtime::{Caller, Principal, ServiceName};

use super::{App, audit, stored};
use crate::{
    domain::test_user::TestUser,
    error::Error,
    store::{people, test_users as store},
    wallet::Created,
};

/// So many are read at a time.
const PAGE: i64 = 100;

/// Makes the test user a payer. Whom the wallet can never have is taken back, so that nothing waits for ever.
pub(super) async fn finish(app: &App, user: &TestUser, now: DateTime<Utc>) -> Result<(), Error> {
    let wallet = app.people.wallet.as_ref().ok_or(Error::NoWallet)?;
    match wallet.create_payer(user).await? {
        Created::There => {
            let mut connection = app.pool.acquire().await?;
            Ok(store::set_ready(&mut connection, user.id).await?)
        }
        Created::Taken => {
            take_back(app, user, now).await?;
            Err(Error::TestUserTaken)
        }
    }
}

async fn take_back(app: &App, user: &TestUser, now: DateTime<Utc>) -> Result<(), Error> {
    let index = app.people.data.national_id_index(&user.national_id);
    kvitt_postgres::transaction!(&app.pool, "take_test_user_back", async |tx| -> Result<(), Error> {
        if !store::delete(tx, user.id).await? {
            return Ok(());
        }
        people::delete(tx, user.national_id.country(), &index).await?;
        let caller = Caller { principal: Principal::Service(ServiceName::Access), via: None };
        let entry = Entry {
            merchant_id: Some(user.merchant_id),
            ..audit::entry(&caller, "test_user.taken_back", format!("test_user:{}", user.id), now)
        };
        Ok(kvitt_audit_log::append(tx, &entry).await?)
    })
}

/// Finishes every test user that waits, oldest first; one that fails does not hold up the others. Stops at an outage.
pub(crate) async fn finish_requested(app: &App, now: DateTime<Utc>) -> Result<(), Error> {
    let mut last = None;
    loop {
        let page = {
            let mut connection = app.pool.acquire().await?;
            store::list_requested(&mut connection, last.as_ref(), PAGE).await?
        };
        for waiting in &page {
            match finish(app, &stored::open(app, waiting)?, now).await {
                Ok(()) => tracing::info!(test_user_id = %waiting.id, "made a test user ready"),
                Err(Error::TestUserTaken) => {
                    tracing::warn!(test_user_id = %waiting.id, "the wallet has another payer; taken back");
                }
                Err(error) if error.is_outage() => return Err(error),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(test_user_id = %waiting.id, error, "a test user waits on");
                }
            }
        }
        match page.into_iter().last() {
            Some(end) => last = Some(end),
            None => return Ok(()),
        }
    }
}
