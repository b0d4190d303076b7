//! One try to tell a merchant's server something.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, Method};
use kvitt_egress::{Beyond, Call, Error as Failure, Trace};
use kvitt_envelope::Purpose;
use kvitt_runtime::wall_now;
use secrecy::SecretString;

use super::{App, Error, sign};
use crate::{
    domain::{Attempt, Kind, Outcome, delivery::KEPT_OF_ANSWER, ecom::token_owner},
    store::deliveries::Claimed,
};

/// How long a merchant's server has (contract-payments sections 7.5 and 9.4).
const LIMIT: Duration = Duration::from_secs(10);
const ECOM_LIMIT: Duration = Duration::from_secs(3);

/// Tries once. The error is ours, and says nothing about the merchant's server.
pub(crate) async fn attempt(app: &App, claimed: &Claimed) -> Result<Attempt, Error> {
    #[cfg(feature = "sandbox")]
    if let Some(cause) = app.faults.strike(claimed) {
        return super::faults::disturbed(app, claimed, cause).await;
    }
    once(app, claimed, claimed.body.clone().into_bytes()).await
}

/// Sends this body once.
pub(super) async fn once(app: &App, claimed: &Claimed, body: Vec<u8>) -> Result<Attempt, Error> {
    let at = app.clock.now();
    let call = match call(app, claimed, body)? {
        Ok(call) => call,
        Err(refused) => return Ok(ended(at, TimeDelta::zero(), Trace::default(), Err(refused))),
    };
    let (mut trace, began) = (Trace::default(), Instant::now());
    let answer = app.egress.send_traced(call, &mut trace).await;
    let took = TimeDelta::from_std(began.elapsed()).unwrap_or(TimeDelta::MAX);
    let answer = answer.map(|answer| (answer.status.as_u16(), answer.body));
    Ok(ended(at, took, trace, answer))
}

/// What goes out; the inner error is a URL that is refused.
fn call(app: &App, claimed: &Claimed, body: Vec<u8>) -> Result<Result<Call, Failure>, Error> {
    let (method, limit) = match claimed.kind {
        Kind::Webhook | Kind::Ping | Kind::CheckIn => (Method::POST, LIMIT),
        Kind::EcomCallback => (Method::POST, ECOM_LIMIT),
        Kind::ConsentRemoval => (Method::DELETE, LIMIT),
    };
    let headers = match headers(app, claimed, &body)? {
        Ok(headers) => headers,
        Err(refused) => return Ok(Err(refused)),
    };
    let url = claimed.url.clone();
    Ok(Ok(Call { method, url, headers, body, limit, largest_answer: KEPT_OF_ANSWER, beyond: Beyond::Cut }))
}

fn headers(app: &App, claimed: &Claimed, body: &[u8]) -> Result<Result<HeaderMap, Failure>, Error> {
    let Some(registration) = &claimed.registration else {
        let sealed = claimed.sealed_token.as_deref();
        let owner = token_owner(&claimed.key.msn);
        let open = |sealed| app.key.open_text(Purpose::CallbackToken, owner, sealed);
        let token: Option<SecretString> = sealed.map(open).transpose()?;
        return Ok(Ok(sign::with_token(token.as_ref(), body)));
    };
    let to = match app.egress.destination(&claimed.url) {
        Ok(to) => to,
        Err(refused) => return Ok(Err(refused.into())),
    };
    let owner = registration.webhook_id.as_uuid();
    let secret = app.key.open_text(Purpose::WebhookSecret, owner, &registration.sealed_secret)?;
    let signed = sign::Signed {
        webhook_id: registration.webhook_id,
        event_id: claimed.event_id,
        secret: &secret,
        standard: registration.standard_webhooks,
        body,
        at: wall_now(),
    };
    Ok(Ok(sign::headers(&signed, &to)))
}

/// What the log says of a try.
fn ended(
    at: DateTime<Utc>,
    took: TimeDelta,
    trace: Trace,
    answer: Result<(u16, Vec<u8>), Failure>,
) -> Attempt {
    let Trace { address, tls } = trace;
    let attempt = Attempt {
        at,
        took,
        outcome: Outcome::Succeeded,
        address,
        tls,
        status: None,
        answer: Vec::new(),
        error: String::new(),
    };
    match answer {
        Ok((status @ 200..=299, answer)) => Attempt { status: Some(status), answer, ..attempt },
        Ok((status, answer)) => Attempt {
            status: Some(status),
            answer,
            outcome: Outcome::Status,
            error: match status {
                300..=399 => format!("the answer's status is {status}, and redirects are not followed"),
                _ => format!("the answer's status is {status}"),
            },
            ..attempt
        },
        Err(failure) => Attempt { outcome: outcome(&failure), error: failure.to_string(), ..attempt },
    }
}

fn outcome(failure: &Failure) -> Outcome {
    match failure {
        Failure::Url(_) => Outcome::UrlRefused,
        Failure::Address { .. } => Outcome::AddressRefused,
        Failure::Resolve(_) | Failure::NoAddress => Outcome::NotResolved,
        Failure::Connect(_) => Outcome::NotConnected,
        Failure::Tls(_) => Outcome::NotSecured,
        Failure::Timeout { .. } => Outcome::TimedOut,
        Failure::AnswerTooLarge | Failure::Http(_) => Outcome::Broken,
    }
}
