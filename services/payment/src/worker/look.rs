//! Looks at what operators want to see and nobody else does: how far clearing and the copy that is searched are behind, and
//! whether what is due is attended to.

use kvitt_runtime::telemetry::metrics::{Age, KeyValue, Lag, Looks, WORK_OVERDUE};
use tokio_util::sync::CancellationToken;

use crate::{
    app::{App, resolve::refused},
    store,
};

/// Looks now and then until `shutdown`, as long as anybody wants to know.
pub(crate) async fn run(app: App, shutdown: CancellationToken) {
    refused().add(0, &[]);
    let (mut clearing, mut search) = (Lag::new("payment.clearing"), Lag::new("payment.search"));
    let of_payment = [KeyValue::new("service", "payment"), KeyValue::new("work", "timers")];
    let timers = Age::new(&WORK_OVERDUE, of_payment, &app.clock);
    let mut looks = Looks::until(shutdown);
    while looks.next().await {
        if look(&app, (&mut clearing, &mut search), &timers).await.is_err() {
            // What is wrong with the database, others say.
            clearing.forget();
            search.forget();
            timers.forget();
        }
    }
}

async fn look(app: &App, (clearing, search): (&mut Lag, &mut Lag), timers: &Age) -> Result<(), sqlx::Error> {
    let mut connection = app.pool.acquire().await?;
    for (part, last, reached) in store::clearing::reached(&mut connection).await? {
        clearing.note(part.into(), last, reached);
    }
    for (part, last, reached) in store::transactions::copy::reached(&mut connection).await? {
        search.note(part.into(), last, reached);
    }
    timers.note(store::timers::next(&mut connection).await?);
    Ok(())
}
