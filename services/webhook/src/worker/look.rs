//! Looks at what operators want to see and nobody else does: how much waits.

use kvitt_runtime::telemetry::metrics::{DELIVERIES_WAITING, Level, Looks};
use tokio_util::sync::CancellationToken;

use crate::{app::App, store::deliveries};

/// Looks now and then until `shutdown`, as long as anybody wants to know.
pub(crate) async fn run(app: App, shutdown: CancellationToken) {
    let waiting = Level::new(&DELIVERIES_WAITING, []);
    let mut looks = Looks::until(shutdown);
    while looks.next().await {
        match look(&app).await {
            Ok(deliveries) => waiting.note(usize::try_from(deliveries).unwrap_or_default()),
            // What is wrong with the database, others say.
            Err(_) => waiting.forget(),
        }
    }
}

async fn look(app: &App) -> Result<i64, sqlx::Error> {
    let mut connection = app.pool.acquire().await?;
    deliveries::waiting(&mut connection).await
}
