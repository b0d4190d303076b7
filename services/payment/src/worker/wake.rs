//! Looks at the heads of the parts: wakes followers for what other instances have written (what this instance writes
//! wakes them at once), and notices when the log has been divided anew.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{app::App, store};

/// How often the heads are looked at.
const EVERY: Duration = Duration::from_millis(20);
/// How often while the database does not answer.
const EVERY_WHEN_DOWN: Duration = Duration::from_secs(1);

/// Runs until `shutdown`.
pub(crate) async fn run(app: App, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        let pause = if look(&app).await.is_ok() { EVERY } else { EVERY_WHEN_DOWN };
        shutdown.run_until_cancelled(tokio::time::sleep(pause)).await;
    }
}

async fn look(app: &App) -> Result<(), sqlx::Error> {
    let mut connection = app.pool.acquire().await?;
    app.engine.look(store::heads::all(&mut connection).await?);
    Ok(())
}
