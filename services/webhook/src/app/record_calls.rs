//! Add up what an instance of the edge has counted.

use kvitt_runtime::wall_now;
use uuid::Uuid;

use super::{App, Error};
use crate::{domain::dashboard::Report, store::dashboard};

/// The use case. A report that has been added up already changes nothing.
pub(crate) async fn record_calls(app: &App, report: Report) -> Result<(), Error> {
    let Report { report_id, counts, samples } = report;
    let samples: Vec<_> = samples.into_iter().map(|sample| (Uuid::now_v7(), sample)).collect();
    let mut tx = app.pool.begin().await?;
    if dashboard::note_report(&mut tx, report_id, wall_now()).await? {
        dashboard::add_calls(&mut tx, &counts).await?;
        dashboard::keep_samples(&mut tx, &samples).await?;
    }
    tx.commit().await?;
    Ok(())
}
