//! Does at once all that is due by the clock, for whoever moves it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use kvitt_runtime::sandbox::Settled;
use tokio_util::sync::CancellationToken;

use super::attend::{self, Overdue, Pass};
use crate::{
    app::{App, Error},
    store,
};

/// How long it may take; the acquirer may be away.
const LIMIT: Duration = Duration::from_secs(30);
/// How often it is looked whether everything is cleared.
const POLL: Duration = Duration::from_millis(5);

/// Attends to every payment that is due, and waits until the acquirer has heard of everything that is decided.
pub(crate) async fn settle(app: App) -> Settled {
    let failed = Settled { failed: true, ..Settled::default() };
    match tokio::time::timeout(LIMIT, work(&app)).await {
        Ok(Ok(settled)) => settled,
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "what is due cannot be done");
            failed
        }
        Err(_) => {
            tracing::warn!("what is due takes too long");
            failed
        }
    }
}

async fn work(app: &App) -> Result<Settled, Error> {
    let Pass { worked, failure } =
        attend::pass(app, &mut Overdue::new(&app.clock), &CancellationToken::new()).await?;
    let cleared = clear(app).await?;
    Ok(Settled { worked: worked || cleared, failed: failure.is_some(), next_due_at: next_stop(app).await? })
}

/// When something is due next. A payment leaves timers behind that it does not need any more: of all that were paid, time would
/// stop at each of them for nothing.
async fn next_stop(app: &App) -> Result<Option<DateTime<Utc>>, Error> {
    let mut connection = app.pool.acquire().await?;
    store::timers::take_away_idle(&mut connection).await?;
    Ok(store::timers::next(&mut connection).await?)
}

/// Waits for the clearing, and for the copy that is searched; answers whether there was anything to do.
async fn clear(app: &App) -> Result<bool, Error> {
    let mut waited = false;
    loop {
        let mut connection = app.pool.acquire().await?;
        let behind = store::clearing::is_behind(&mut connection).await?
            || store::transactions::copy::is_behind(&mut connection).await?;
        if !behind {
            return Ok(waited);
        }
        drop(connection);
        waited = true;
        tokio::time::sleep(POLL).await;
    }
}

#[cfg(test)]
mod tests {
    use kvitt_primitives::OperationId;
    use kvitt_testing::TestDatabase;
    use uuid::Uuid;

    use super::*;
    use crate::fixture::{self, Access};

    async fn authorize(app: &App, reference: &str) {
        let operation = OperationId::from_uuid(Uuid::now_v7());
        app.engine.submit(fixture::create(reference, reference)).await;
        app.engine.submit(fixture::reserve(reference, operation)).await;
        app.engine.submit(fixture::reserved(reference, operation)).await;
    }

    #[tokio::test]
    async fn time_stops_only_where_a_payment_waits_for_something() {
        let database = TestDatabase::create("payment", &crate::MIGRATIONS).await;
        let app = fixture::app(&database, &Access::default()).await;
        assert_eq!(next_stop(&app).await.unwrap(), None);
        // More than are looked at at first.
        for number in 0..20 {
            let reference = format!("captured-{number}");
            authorize(&app, &reference).await;
            app.engine.submit(fixture::capture(&reference, 1000, &reference)).await;
        }
        assert_eq!(next_stop(&app).await.unwrap(), None);

        authorize(&app, "authorized").await;
        app.clock.advance(Duration::from_secs(5));
        app.engine.submit(fixture::create("created", "created")).await;
        let wanted = "SELECT expires_at FROM payments WHERE reference = 'created'
            UNION ALL SELECT capture_until FROM payments WHERE reference = 'authorized'";
        let wanted: Vec<DateTime<Utc>> = sqlx::query_scalar(wanted).fetch_all(&app.pool).await.unwrap();
        for _ in 0..2 {
            assert_eq!(next_stop(&app).await.unwrap(), Some(wanted[0]));
            let left = sqlx::query_scalar("SELECT due_at FROM payment_timers ORDER BY due_at");
            let left: Vec<DateTime<Utc>> = left.fetch_all(&app.pool).await.unwrap();
            assert_eq!(left, wanted);
        }
    }
}
