//! One channel to another service, as a tower service that the generated clients stand on.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt as _;
use tokio::time::Instant;
use tonic::body::Body;
use tonic::{Code, Status};
#[cfg(feature = "sandbox")]
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tower::Service;
use tracing::{Instrument as _, Span};

use super::balance::{Answer, Channel, deadline_exceeded, unreachable_peer};
use super::own_token::OwnToken;
use crate::context::{self, Context};
use crate::grpc_timeout;
use crate::telemetry::{http_trace, rpc};
use crate::verifier::bearer;

/// How long a call may take when neither the request nor the caller sets a deadline. It ends with the head of the
/// answer: a stream that has begun goes on.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(10);

/// What is kept of the caller's time for the way back.
const HOP_MARGIN: Duration = Duration::from_millis(5);

/// How long a service may take to say whether it serves.
#[cfg(feature = "sandbox")]
const HEALTH_LIMIT: Duration = Duration::from_secs(2);

/// A channel to another service, however many instances it has; clones share the connections.
#[derive(Clone, Debug)]
pub struct PeerChannel {
    channel: Channel,
    own: Arc<OwnToken>,
}

impl PeerChannel {
    pub(super) fn new(channel: Channel, own: Arc<OwnToken>) -> Self {
        Self { channel, own }
    }

    /// Whether the service says that it serves.
    #[cfg(feature = "sandbox")]
    pub(crate) async fn is_serving(&self) -> bool {
        let mut health = HealthClient::new(self.channel.clone());
        let asked = tokio::time::timeout(HEALTH_LIMIT, health.check(HealthCheckRequest::default())).await;
        let told = asked.ok().and_then(Result::ok).map(|told| told.into_inner().status());
        told == Some(ServingStatus::Serving)
    }

    async fn send(self, mut request: Request<Body>, context: Context) -> Result<Response<Answer>, Status> {
        let deadline = deadline(&request, &context);
        let sending = async {
            let headers = request.headers_mut();
            headers.insert(bearer::SERVICE, self.own.header().await?);
            if let Some(token) = context.token.as_deref().and_then(bearer::value) {
                headers.insert(bearer::AUTHORIZATION, token);
            }
            http_trace::inject(&Span::current(), headers);
            if deadline <= Instant::now() {
                return Err(deadline_exceeded());
            }
            self.channel.send(request, Some(deadline)).await.map_err(Status::from)
        };
        tokio::time::timeout_at(deadline, sending).await.unwrap_or_else(|_elapsed| Err(deadline_exceeded()))
    }
}

impl Service<Request<Body>> for PeerChannel {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let context = context::current();
        let peer = self.clone();
        let span = rpc::client_span(request.uri().path());
        Box::pin(async move {
            match peer.send(request, context).instrument(span.clone()).await {
                Ok(response) => Ok(translate(response, span)),
                Err(status) => {
                    rpc::record(&span, status.code());
                    Ok(status.into_http())
                }
            }
        })
    }
}

/// When the call has to have been answered: the earliest of what the request says and what the caller has left.
fn deadline(request: &Request<Body>, context: &Context) -> Instant {
    let asked = grpc_timeout::read(request.headers()).and_then(|timeout| Instant::now().checked_add(timeout));
    let left = context.deadline.map(|deadline| deadline.checked_sub(HOP_MARGIN).unwrap_or(deadline));
    match (asked, left) {
        (Some(asked), Some(left)) => asked.min(left),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => Instant::now() + DEFAULT_DEADLINE,
    }
}

/// Gives a Reason to what tonic and the network answer without one, and lets the span end with the stream.
fn translate(response: Response<Answer>, span: Span) -> Response<Body> {
    if let Some(code) = rpc::code(response.headers()) {
        if is_timeout(code, response.headers()) {
            rpc::record(&span, Code::DeadlineExceeded);
            return deadline_exceeded().into_http();
        }
        rpc::record(&span, code);
        return response.map(Body::new);
    }
    response.map(|body| {
        let watched = body
            .map_frame(move |frame| {
                if let Some(code) = frame.trailers_ref().and_then(rpc::code) {
                    rpc::record(&span, code);
                }
                frame
            })
            .map_err(|error| {
                tracing::debug!(%error, "the connection to another service broke in an answer");
                unreachable_peer()
            });
        Body::new(watched)
    })
}

/// How a tonic server says that a `grpc-timeout` ran out.
fn is_timeout(code: Code, headers: &HeaderMap) -> bool {
    code == Code::Cancelled
        && Status::from_header_map(headers).is_some_and(|status| status.message() == "Timeout expired")
}
