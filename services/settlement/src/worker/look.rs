//! Looks at what operators want to see and nobody else does: whether what is due is done.

use chrono::{DateTime, Utc};
use kvitt_runtime::telemetry::metrics::{Age, KeyValue, Looks, WORK_OVERDUE};
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    store::{ledgers, payouts},
};

/// Looks now and then until `shutdown`, as long as anybody wants to know.
pub(crate) async fn run(app: App, shutdown: CancellationToken) {
    let works = ["closing", "payouts", "mails"].map(|work| {
        let attributes = [KeyValue::new("service", "settlement"), KeyValue::new("work", work)];
        Age::new(&WORK_OVERDUE, attributes, &app.clock)
    });
    let mut looks = Looks::until(shutdown);
    while looks.next().await {
        match look(&app).await {
            Ok(due) => works.iter().zip(due).for_each(|(work, due_at)| work.note(due_at)),
            // What is wrong with the database, others say.
            Err(_) => works.iter().for_each(Age::forget),
        }
    }
}

/// When the first ledger date is over that is not closed, when the bank is to be asked next, and when a mail is to be sent.
async fn look(app: &App) -> Result<[Option<DateTime<Utc>>; 3], sqlx::Error> {
    let mut connection = app.pool.acquire().await?;
    let closing = ledgers::next_closing(&mut connection).await?;
    let payouts = payouts::next_ask(&mut connection).await?;
    drop(connection);
    Ok([closing, payouts, app.next_mail_at().await?])
}
