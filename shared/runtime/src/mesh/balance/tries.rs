//! One call: sent to an instance, and once more to another when the first has gone away and that is safe.
//!
//! It is always safe when the request was not processed: it never left, or the other end said so. Otherwise only for an rpc
//! that may be repeated by its contract, and only while the channel's budget allows. An answer is never a reason, with one
//! exception: an instance that does not serve yet, or not any more, says so in the head of an answer with UNAVAILABLE
//! ([`NOT_SERVING`]). That a service is UNAVAILABLE because it misses another one is not repeated here, since everybody on
//! the way would.
//!
//! A call that gets its answer in one message is over when the whole answer is there; until then it can be repeated. A
//! stream of answers has begun with its head.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use http::uri::PathAndQuery;
use http::{Request, Response, Uri, request};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use kvitt_proto::rpcs;
use tokio::time::Instant;
use tokio_util::bytes::Bytes;
use tonic::Code;
use tonic::body::Body;

use super::conduct::jittered;
use super::failure::Failure;
use super::gathered::Gathered;
use super::instance::{Instance, Load};
use super::{Channel, Sender, connection};
use crate::grpc_timeout;
use crate::serve::NOT_SERVING;
use crate::telemetry::metrics::{Counter, MESH_RETRIES};
use crate::telemetry::rpc;

/// How often a call is sent at most.
const MOST: u32 = 3;

/// The pause before it is sent once more; each is twice as long as the last.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// Asking for health changes nothing.
const HEALTH: &str = "/grpc.health.v1.Health/Check";

/// What came of one try.
enum Tried {
    Answered(Response<Answer>),
    /// By an instance that does not serve yet, or not any more.
    NotServing(Response<Answer>),
    NotProcessed(hyper::Error),
    Broken(hyper::Error),
}

impl Tried {
    fn end(self) -> Result<Response<Answer>, Failure> {
        match self {
            Self::Answered(answer) | Self::NotServing(answer) => Ok(answer),
            Self::NotProcessed(error) => Err(Failure::NotProcessed(error)),
            Self::Broken(error) => Err(Failure::Broken(error)),
        }
    }
}

/// A call that can be sent more than once.
struct Call {
    head: request::Parts,
    body: Gathered<Body>,
    rules: Rules,
}

/// What holds for a call.
#[derive(Clone, Copy)]
struct Rules {
    deadline: Option<Instant>,
    repeatable: bool,
    /// The answer is one message, as far as is known.
    unary: bool,
}

impl Channel {
    /// Sends a request and answers when the head of the answer is there, or all of it where it is one message. Whoever calls
    /// stops it at the deadline.
    pub(in crate::mesh) async fn send(
        &self,
        request: Request<Body>,
        deadline: Option<Instant>,
    ) -> Result<Response<Answer>, Failure> {
        self.shared.budget.earn();
        let mut call = Call::new(request, deadline)?;
        let (mut last, mut number, mut pause) = (None, 1, FIRST_PAUSE);
        loop {
            let (sender, load) = self.begin(last.as_ref()).await.map_err(|_| Failure::Unreachable)?;
            let instance = Arc::clone(&load.instance);
            let (request, is_last) = call.request(&instance, number == MOST);
            let tried = match self.attempt(call.rules, request, (sender, load)).await {
                Tried::Answered(answer) => return Ok(answer),
                tried => tried,
            };
            let pause_now = jittered(pause);
            if is_last || !call.rules.have_time_for(pause_now) || !self.may_go_on(call.rules, &tried) {
                return tried.end();
            }
            retries().add(1, &[]);
            tracing::debug!(address = %instance.address, number, "a call is sent once more, to another instance");
            last = Some(instance);
            tokio::time::sleep(pause_now).await;
            (number, pause) = (number + 1, pause * 2);
        }
    }

    async fn attempt(
        &self,
        rules: Rules,
        request: Request<Gathered<Body>>,
        (sender, load): (Sender, Load),
    ) -> Tried {
        let instance = Arc::clone(&load.instance);
        let tried = match connection::send(sender, request).await {
            Ok(response) => rules.answer(response, load).await,
            Err(failed) if was_not_processed(&failed) => Tried::NotProcessed(failed.into_error()),
            Err(failed) => Tried::Broken(failed.into_error()),
        };
        let conduct = &instance.conduct;
        match &tried {
            Tried::Answered(answer) if rpc::code(answer.headers()) == Some(Code::Unavailable) => {
                conduct.failed(self.shared.now());
            }
            Tried::Answered(_) => conduct.succeeded(),
            Tried::NotServing(_) => conduct.leave_out(self.shared.now()),
            Tried::NotProcessed(_) | Tried::Broken(_) => conduct.failed(self.shared.now()),
        }
        tried
    }

    fn may_go_on(&self, rules: Rules, tried: &Tried) -> bool {
        match tried {
            Tried::Answered(_) => false,
            Tried::NotProcessed(_) => true,
            Tried::NotServing(_) | Tried::Broken(_) => {
                rules.repeatable && self.shared.budget.spend(self.shared.now())
            }
        }
    }
}

/// Calls that were sent once more.
fn retries() -> &'static Counter<u64> {
    static RETRIES: OnceLock<Counter<u64>> = OnceLock::new();
    RETRIES.get_or_init(|| MESH_RETRIES.counter())
}

impl Call {
    fn new(request: Request<Body>, deadline: Option<Instant>) -> Result<Self, Failure> {
        let (head, body) = request.into_parts();
        let body = Gathered::at_once(body).map_err(Failure::Request)?;
        let path = head.uri.path();
        let rpc = rpcs::find(path);
        let repeatable = rpc.map_or(path == HEALTH, |rpc| rpc.repeatable);
        let unary = rpc.map_or(path == HEALTH, |rpc| !rpc.streams);
        Ok(Self { head, body, rules: Rules { deadline, repeatable, unary } })
    }

    /// The request to an instance, and whether it cannot be made once more: then it takes along what there is.
    fn request(&mut self, instance: &Instance, is_last: bool) -> (Request<Gathered<Body>>, bool) {
        let again = if is_last { None } else { self.body.again() };
        let is_last = again.is_none();
        let body = again.unwrap_or_else(|| self.body.take());
        let mut request = Request::new(body);
        *request.method_mut() = self.head.method.clone();
        *request.version_mut() = http::Version::HTTP_2;
        *request.uri_mut() = self.uri(instance);
        let headers = request.headers_mut();
        *headers = if is_last { std::mem::take(&mut self.head.headers) } else { self.head.headers.clone() };
        if let Some(deadline) = self.rules.deadline {
            grpc_timeout::write(deadline.saturating_duration_since(Instant::now()), headers);
        }
        (request, is_last)
    }

    /// The rpc at the instance's origin, under the name by which it is known.
    fn uri(&self, instance: &Instance) -> Uri {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(instance.target.scheme.clone());
        parts.authority = Some(instance.target.authority.clone());
        parts.path_and_query =
            self.head.uri.path_and_query().cloned().or(Some(PathAndQuery::from_static("/")));
        Uri::from_parts(parts).expect("an origin and a path make a URI")
    }
}

impl Rules {
    async fn answer(self, response: Response<Incoming>, load: Load) -> Tried {
        let (mut head, body) = response.into_parts();
        let not_serving = head.headers.remove(&NOT_SERVING).is_some();
        let body = if self.unary && self.repeatable {
            match Gathered::whole(body).await {
                Ok(body) => body,
                Err(error) => return Tried::Broken(error),
            }
        } else {
            Gathered::nothing_of(body)
        };
        let answer = Response::from_parts(head, Answer { body, _load: load });
        if not_serving { Tried::NotServing(answer) } else { Tried::Answered(answer) }
    }

    fn have_time_for(self, pause: Duration) -> bool {
        self.deadline.is_none_or(|deadline| Instant::now() + pause < deadline)
    }
}

/// Whether the other end has not begun to process the request: it was not sent, or was refused as HTTP/2 refuses what comes
/// after the end of a connection.
pub(super) fn was_not_processed<T>(failed: &TrySendError<T>) -> bool {
    failed.message().is_some() || is_refusal_of_http2(failed.error())
}

fn is_refusal_of_http2(error: &hyper::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
            return error.is_remote() && (refused || error.is_go_away());
        }
        source = error.source();
    }
    false
}

/// The body of an answer. The instance has this to do until it is dropped.
#[derive(Debug)]
pub struct Answer {
    body: Gathered<Incoming>,
    _load: Load,
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
