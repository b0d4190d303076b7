//! Show a unit how its calls went, and which of its registrations have ended.

use chrono::{Days, TimeDelta};
use kvitt_primitives::{Msn, PartnerId};
use kvitt_runtime::{Caller, Principal, authority::matrix::KeyKind};

use super::{App, Error};
use crate::{
    domain::dashboard::{self, Day, Notice, Sample},
    store,
};

/// How far back a unit can look, and how long a notice stands.
pub(crate) const MOST_DAYS: u16 = 30;

/// What a unit is shown.
#[derive(Debug)]
pub(crate) struct Dashboard {
    pub(crate) days: Vec<Day>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) notices: Vec<Notice>,
}

/// The use case: so many days, of which today is the last.
pub(crate) async fn get_dashboard(
    app: &App,
    caller: &Caller,
    msn: &Msn,
    days: u16,
) -> Result<Dashboard, Error> {
    app.may(caller, msn).await?;
    let partner = partner(app, caller).await?;
    let now = app.clock.now();
    let today = now.date_naive();
    let first = today.checked_sub_days(Days::new(u64::from(days.saturating_sub(1)))).unwrap_or(today);
    let mut connection = app.pool.acquire().await?;
    let counted = store::dashboard::calls(&mut connection, msn, (first, today)).await?;
    let samples = store::dashboard::samples(&mut connection, msn, (first, today)).await?;
    let since = now - TimeDelta::days(i64::from(MOST_DAYS));
    let notices = store::dashboard::notices(&mut connection, (msn, partner), since).await?;
    Ok(Dashboard { days: dashboard::days(counted), samples, notices })
}

/// The partner whose keys the caller has: it is told of its own registrations, and not of the unit's.
async fn partner(app: &App, caller: &Caller) -> Result<Option<PartnerId>, Error> {
    let Principal::Client(client) = caller.principal else { return Ok(None) };
    let known = app.authority.client(client).await.map_err(Error::Refused)?;
    Ok(known.partner_id.filter(|_| known.kind == Some(KeyKind::Partner)))
}
