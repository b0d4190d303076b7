//! Deliveries that go wrong on purpose, in the sandbox.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{Instant, sleep};

use super::{App, Error, attempt::once};
use crate::{
    domain::{Attempt, Outcome, faults::Cause},
    store::deliveries::{self, Claimed},
};

/// How long one is held back that is to come out of order, by the wall clock.
const HELD_BACK: Duration = Duration::from_secs(10);
/// How often it is looked for what comes later.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The faults that apply; clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Arc<Mutex<kvitt_faults::Faults<Cause>>>);

impl Faults {
    /// The faults, for a moment.
    pub(crate) fn lock(&self) -> MutexGuard<'_, kvitt_faults::Faults<Cause>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes wrong with this try.
    pub(crate) fn strike(&self, claimed: &Claimed) -> Option<Cause> {
        self.lock().strike(&claimed.key.msn, |cause| cause.fits(claimed.kind))
    }
}

/// Tries once, in spite of what goes wrong.
pub(crate) async fn disturbed(app: &App, claimed: &Claimed, cause: Cause) -> Result<Attempt, Error> {
    let mut body = claimed.body.clone().into_bytes();
    match cause {
        Cause::Lost => Ok(lost(app.clock.now())),
        Cause::Duplicated => {
            let (first, _same) = tokio::join!(once(app, claimed, body.clone()), once(app, claimed, body));
            first
        }
        Cause::Late(delay) => {
            sleep(delay).await;
            once(app, claimed, body).await
        }
        Cause::Reordered => {
            // Nothing may be claimed before what it comes after, so the later one goes out in front of this one, and
            // once more in its turn.
            if let Some(later) = later(app, claimed).await? {
                once(app, &later, later.body.clone().into_bytes()).await?;
            }
            once(app, claimed, body).await
        }
        Cause::Malformed => {
            body.truncate(body.len() / 2);
            once(app, claimed, body).await
        }
    }
}

/// What the same endpoint is to be told next about the same payment; None when nothing has come in time.
async fn later(app: &App, claimed: &Claimed) -> Result<Option<Claimed>, Error> {
    let until = Instant::now() + HELD_BACK;
    loop {
        let later = {
            let mut connection = app.pool.acquire().await?;
            deliveries::later(&mut connection, claimed).await?
        };
        if later.is_some() || Instant::now() >= until {
            return Ok(later);
        }
        sleep(LOOK_EVERY).await;
    }
}

/// What the log says of one that is lost.
fn lost(at: DateTime<Utc>) -> Attempt {
    Attempt {
        at,
        took: TimeDelta::zero(),
        outcome: Outcome::Lost,
        address: None,
        tls: false,
        status: None,
        answer: Vec::new(),
        error: "a fault of the sandbox lost it".to_owned(),
    }
}

#[cfg(test)]
mod tests;
