//! Sets after how long the sandbox approves what was submitted.

use kvitt_audit_log::Entry;
use kvitt_primitives::Invalid;
use kvitt_runtime::{Caller, authority::not_permitted};

use serde_json::json;

use super::Error;
use crate::{
    app::{App, By},
    store::orders as store,
};

/// The longest delay: 30 days.
const LONGEST_DELAY_SECS: i64 = 30 * 86_400;

/// Sets the delay, for what waits already too; without one only the operator decides.
pub(crate) async fn set_automatic_decision(
    app: &App,
    caller: &Caller,
    seconds: Option<i64>,
) -> Result<(), Error> {
    if !app.sandbox {
        return Err(Error::Refused(not_permitted()));
    }
    if seconds.is_some_and(|seconds| !(0..=LONGEST_DELAY_SECS).contains(&seconds)) {
        let rule = "must be between 0 and 2592000";
        return Err(Error::Fields(vec![("delaySeconds".to_owned(), Invalid { rule })]));
    }
    let by = By::caller(caller, &app.clock);
    kvitt_postgres::transaction!(&app.pool, "set_automatic_decision", async |tx| -> Result<(), Error> {
        store::set_automatic_delay(tx, seconds).await?;
        let entry = Entry {
            at: by.at,
            actor: by.actor.clone(),
            action: "orders.delay_set",
            subject: "orders".to_owned(),
            merchant_id: None,
            before: None,
            after: Some(json!({ "seconds": seconds })),
            trace_id: by.trace_id.clone(),
        };
        Ok(kvitt_audit_log::append(tx, &entry).await?)
    })
}
