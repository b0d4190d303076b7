//! A sender says that it lives, and takes over what those had claimed that do not. Beside the sending, so that no amount of
//! work makes it look dead.

use std::time::Duration;

use chrono::TimeDelta;
use kvitt_postgres::transaction;
use kvitt_runtime::wall_now;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};
use uuid::Uuid;

use crate::{app::App, store::senders};

/// How long a sender counts as alive after it has said so, and how often it does.
const ALIVE: TimeDelta = TimeDelta::seconds(5);
const BEAT_EVERY: Duration = Duration::from_secs(1);
/// Who has not been heard itself for so long does not judge others: perhaps the database was away for all of them.
const GAP: Duration = Duration::from_secs(3);

/// The pause before the first beat is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// Says for the first time that the sender lives: before that it can claim nothing.
pub(super) async fn appear(app: &App, sender: Uuid) {
    let first = async || {
        let mut connection = app.pool.acquire().await?;
        senders::beat(&mut connection, sender, wall_now() + ALIVE).await
    };
    while let Err(error) = first().await {
        warn!(error = &error as &dyn std::error::Error, "a sender cannot say that it lives");
        sleep(PAUSE).await;
    }
}

/// Says it once more, durably; and so is all that was committed before.
pub(super) async fn endure(app: &App, sender: Uuid) -> Result<(), sqlx::Error> {
    let mut connection = app.pool.acquire().await?;
    senders::beat(&mut connection, sender, wall_now() + ALIVE).await
}

/// Beats for ever.
pub(super) async fn beat(app: &App, sender: Uuid) {
    let mut beaten: Option<Instant> = None;
    loop {
        let (pool, now) = (&app.pool, app.clock.now());
        let judges = beaten.is_some_and(|at| at.elapsed() < GAP);
        let beating = transaction!(pool, "beat", async |tx| -> Result<usize, sqlx::Error> {
            let wall_now = wall_now();
            senders::beat(tx, sender, wall_now + ALIVE).await?;
            if judges { senders::bury(tx, now, wall_now).await } else { Ok(0) }
        });
        match beating {
            Ok(dead) => {
                beaten = Some(Instant::now());
                if dead > 0 {
                    info!(dead, "took over what others had begun to send");
                }
            }
            Err(error) => {
                warn!(error = &error as &dyn std::error::Error, "a sender cannot say that it lives");
            }
        }
        sleep(BEAT_EVERY).await;
    }
}

/// The sender ends in order. What it was in the middle of, others go on with; what fails here, they do when it is missed.
pub(super) async fn retire(app: &App, sender: Uuid) {
    let (pool, now) = (&app.pool, app.clock.now());
    let retired = transaction!(pool, "retire_sender", async |tx| -> Result<(), sqlx::Error> {
        senders::retire(tx, now, &[sender]).await
    });
    if let Err(error) = retired {
        warn!(error = &error as &dyn std::error::Error, "a sender cannot say that it ends");
    }
}
