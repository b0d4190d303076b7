//! Does at once all that is due by the clock, for whoever moves it.

use std::time::Duration;

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
    let mut connection = app.pool.acquire().await?;
    let next_due_at = store::timers::next(&mut connection).await?;
    Ok(Settled { worked: worked || cleared, failed: failure.is_some(), next_due_at })
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
