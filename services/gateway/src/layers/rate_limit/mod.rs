//! How often an operation may be called (contract-payments section 5, the last column), and how often credentials may be
//! wrong. What is counted is counted in this process alone, and repetitions under an idempotency key count like any call.
//!
//! The limit of an operation stands beside it in the URL map and is taken once the caller is proven, so that nobody uses
//! up what is another's, and before any service is called.

mod address;
mod clock;
mod guesses;
mod limiter;
mod table;

use std::{hash::Hash, sync::Arc, time::Duration};

use axum::{
    extract::{FromRequestParts, RawPathParams, Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use http::{Extensions, HeaderMap};
use kvitt_primitives::Msn;
use kvitt_proto::{error::v1::Reason, refusal};
use tonic::Status;

use self::{
    clock::{SinceStart, WallClock},
    guesses::{Attempt, Guesses},
    limiter::{Limiter, Rate},
};
use super::auth::{SUBSCRIPTION_KEY, text};
use crate::{Config, problem::Refused};

pub(crate) use self::guesses::Presented;

const WRITES: Rate = Rate::per_minute(5);

const INITIATES: Rate = Rate::per_minute(2);

const READS: Rate = Rate::per_minute(120);

/// What the APIs call the reference in the path.
const REFERENCES: [&str; 2] = ["reference", "orderId"];

/// How often an operation may be called.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    /// 5 times a minute for a sales unit and a reference in the path.
    Writes,
    /// The same for the reference in the body, which the operation reads: it calls [`RateLimits::take_create`].
    Creates,
    /// 2 times a minute for a sales unit and a reference in the body: the operation calls [`RateLimits::take_initiate`].
    Initiates,
    /// 120 times a minute for a reference and a subscription key.
    Reads,
}

/// All limits of this process, or none when they are off; clones count together.
#[derive(Clone, Debug)]
pub(crate) struct RateLimits(Option<Arc<Counts>>);

#[derive(Debug)]
struct Counts {
    clock: Box<dyn WallClock>,
    calls: Limiter,
    guesses: Guesses,
    trust_forwarded_for: bool,
}

/// What counts together.
#[derive(Hash)]
enum Bucket<'a> {
    Create { msn: &'a str, reference: Option<&'a str> },
    Initiate { msn: &'a str, reference: Option<&'a str> },
    Write { operation: &'static str, msn: &'a str, reference: &'a str },
    Read { operation: &'static str, subscription_key: &'a str, reference: &'a str },
}

impl RateLimits {
    /// As the configuration says.
    pub(crate) fn new(config: &Config) -> Self {
        let on = config.rate_limits;
        Self(on.then(|| Arc::new(Counts::new(Box::new(SinceStart::new()), config.trust_forwarded_for))))
    }

    /// The operation at `path` with its limit.
    pub(crate) fn guard<S: Clone + Send + Sync + 'static>(
        &self,
        path: &'static str,
        limit: Limit,
        methods: MethodRouter<S>,
    ) -> MethodRouter<S> {
        match (&self.0, limit) {
            (Some(counts), Limit::Writes | Limit::Reads) => {
                methods.route_layer(from_fn_with_state((Arc::clone(counts), path, limit), take))
            }
            (Some(_), Limit::Creates | Limit::Initiates) | (None, _) => methods,
        }
    }

    /// Takes a create. Those whose body names no reference count together, as upstream's do.
    pub(crate) fn take_create(&self, msn: &Msn, reference: Option<&str>) -> Result<(), Status> {
        let Some(counts) = &self.0 else { return Ok(()) };
        counts.take(WRITES, &Bucket::Create { msn: msn.as_str(), reference })
    }

    /// Takes an initiate of eCom, as a create is taken.
    pub(crate) fn take_initiate(&self, msn: &Msn, reference: Option<&str>) -> Result<(), Status> {
        let Some(counts) = &self.0 else { return Ok(()) };
        counts.take(INITIATES, &Bucket::Initiate { msn: msn.as_str(), reference })
    }

    /// Proves a caller by `proving`, unless this address has been wrong too often.
    pub(crate) async fn watch<T>(
        &self,
        (headers, extensions): (&HeaderMap, &Extensions),
        presented: Presented<'_>,
        proving: impl Future<Output = Result<T, Status>>,
    ) -> Result<T, Status> {
        let Some(counts) = &self.0 else { return proving.await };
        let address = address::of(headers, extensions, counts.trust_forwarded_for);
        let attempt = Attempt { address, presented };
        counts.guesses.admit(attempt, counts.clock.now_ms()).map_err(too_many)?;
        let proven = proving.await;
        let judgement = proven.as_ref().map(|_| ());
        counts.guesses.judged(attempt, judgement, counts.clock.now_ms()).map_err(too_many)?;
        proven
    }
}

impl Counts {
    fn new(clock: Box<dyn WallClock>, trust_forwarded_for: bool) -> Self {
        Self { clock, calls: Limiter::new(), guesses: Guesses::new(), trust_forwarded_for }
    }

    fn take(&self, rate: Rate, bucket: &impl Hash) -> Result<(), Status> {
        self.calls.take(rate, bucket, self.clock.now_ms()).map_err(too_many)
    }

    fn take_call(&self, path: &'static str, limit: Limit, call: &Call<'_>) -> Result<(), Status> {
        let &Call { msn, subscription_key, reference } = call;
        match limit {
            Limit::Writes => self.take(WRITES, &Bucket::Write { operation: path, msn, reference }),
            Limit::Reads => self.take(READS, &Bucket::Read { operation: path, subscription_key, reference }),
            Limit::Creates | Limit::Initiates => Ok(()),
        }
    }
}

/// What a proven caller's request says that is counted.
struct Call<'a> {
    msn: &'a str,
    subscription_key: &'a str,
    reference: &'a str,
}

/// Takes a call of the operation at the path, or answers 429.
async fn take(
    State((counts, path, limit)): State<(Arc<Counts>, &'static str, Limit)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    // Decoded, since a reference can be written in many ways.
    let params = RawPathParams::from_request_parts(&mut parts, &()).await.ok();
    let reference = params.iter().flatten().find(|(name, _)| REFERENCES.contains(name));
    let call = Call {
        msn: parts.extensions.get::<Msn>().map_or("", Msn::as_str),
        subscription_key: text(&parts.headers, SUBSCRIPTION_KEY).unwrap_or_default(),
        reference: reference.map_or("", |(_, value)| value),
    };
    match counts.take_call(path, limit, &call) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(status) => Refused(status).into_response(),
    }
}

fn too_many(wait: Duration) -> Status {
    let seconds = wait.as_millis().div_ceil(1000);
    let unit = if seconds == 1 { "second" } else { "seconds" };
    let detail = format!("Rate limit is exceeded. Try again in {seconds} {unit}.");
    refusal::retry_later(Reason::RateLimited, detail, wait)
}

#[cfg(test)]
mod tests;
