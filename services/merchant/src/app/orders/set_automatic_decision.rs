//! Sets after how long the sandbox approves what was submitted.

use kvitt_primitives::Invalid;
use kvitt_runtime::{Caller, ServiceName, authority::not_permitted};

use super::Error;
use crate::{app::App, store::orders as store};

/// The longest delay: 30 days.
const LONGEST_DELAY_SECS: i64 = 30 * 86_400;

/// Sets the delay, for what waits already too; without one only the operator decides.
pub(crate) async fn set_automatic_decision(
    app: &App,
    caller: &Caller,
    seconds: Option<i64>,
) -> Result<(), Error> {
    caller.is_service(&[ServiceName::Launcher]).map_err(Error::Refused)?;
    if !app.sandbox {
        return Err(Error::Refused(not_permitted()));
    }
    if seconds.is_some_and(|seconds| !(0..=LONGEST_DELAY_SECS).contains(&seconds)) {
        let rule = "must be between 0 and 2592000";
        return Err(Error::Fields(vec![("delaySeconds".to_owned(), Invalid { rule })]));
    }
    let mut connection = app.pool.acquire().await?;
    Ok(store::set_automatic_delay(&mut connection, seconds).await?)
}
