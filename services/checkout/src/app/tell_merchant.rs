//! Tell a merchant that a session has ended.

use std::time::Duration;

use chrono::TimeDelta;
use http::Method;
use kvitt_checkout_json::SessionJson;
use kvitt_egress::{Beyond, Call};
use tracing::{error, info};

use super::{App, Error, ask_merchant::headers, change::Named, change::load, follow_payment::follow_payment};
use crate::{
    encode,
    store::callbacks::{self, Due},
};

/// How long a merchant's server has.
const LIMIT: Duration = Duration::from_secs(10);
/// What it says is of no interest.
const LARGEST_ANSWER: usize = 64 * 1024;
/// The wait before the second try and the third; there is no fourth.
const PAUSES: [TimeDelta; 2] = [TimeDelta::seconds(10), TimeDelta::seconds(60)];

/// Tries once, and writes down what came of it. An error is ours: then the try does not count, and comes again when the
/// claim is over.
pub(crate) async fn tell_merchant(app: &App, due: &Due) -> Result<(), Error> {
    let told = tell(app, due).await?;
    let mut connection = app.pool.acquire().await?;
    if told {
        return Ok(callbacks::delivered(&mut connection, &due.key).await?);
    }
    let made = usize::try_from(due.attempts).unwrap_or(usize::MAX);
    let next = PAUSES.get(made).map(|pause| app.clock.now() + *pause);
    Ok(callbacks::failed(&mut connection, due, next).await?)
}

async fn tell(app: &App, due: &Due) -> Result<bool, Error> {
    let session = match load(app, &Named::ByReference(due.key.clone())).await {
        // What is forgotten cannot be told.
        Err(Error::NotFound) => return Ok(false),
        session => session?,
    };
    let merchant = session.terms.merchant.clone();
    let read = follow_payment(app, session).await?;
    let body = SessionJson::try_new(encode::session(read, app.clock.now()))
        .map_err(|incomplete| Error::PeerAnswer(incomplete.field))
        .inspect_err(|error| error!(%error, "a callback cannot be written"))?;
    let call = Call {
        method: Method::POST,
        url: merchant.callback_url,
        headers: headers(&merchant.callback_token),
        body: serde_json::to_vec(&body).unwrap_or_default(),
        limit: LIMIT,
        largest_answer: LARGEST_ANSWER,
        beyond: Beyond::Cut,
    };
    let (msn, attempt) = (due.key.msn.as_str(), due.attempts + 1);
    match app.egress.send(call).await {
        Ok(answer) if answer.status.is_success() => Ok(true),
        Ok(answer) => {
            info!(msn, attempt, status = answer.status.as_u16(), "a merchant did not take a callback");
            Ok(false)
        }
        Err(error) => {
            info!(msn, attempt, %error, "a merchant could not be told");
            Ok(false)
        }
    }
}
