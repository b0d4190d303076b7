//! The body of an answer, which may be a long stream: what the layers hold round a request has to hold while its
//! answer is written, too.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use http::HeaderMap;
use http_body::{Frame, SizeHint};
use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal;
use tokio_util::bytes::Bytes;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::body::Body;
use tonic::{Code, Status};

use super::trace::Ending;
use crate::context::{self, Context};
use crate::telemetry::rpc;

/// An answer that is written inside its request's span and context. It ends by itself, with a status that says
/// why, when its source panics, and on shutdown as soon as its source has nothing at hand.
pub(super) struct Answer {
    body: Body,
    shutdown: CancellationToken,
    /// Made when the source first has nothing at hand, which most answers never see.
    stopped: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    context: Context,
    /// Taken when the answer ends.
    ending: Option<Ending>,
}

impl Answer {
    /// The deadline of the request does not hold for a stream, so it is not handed on.
    pub(super) fn new(body: Body, shutdown: CancellationToken, context: Context, ending: Ending) -> Self {
        let context = Context { deadline: None, ..context };
        Self { body, shutdown, stopped: None, context, ending: Some(ending) }
    }

    /// Asks the source, guarded.
    fn poll_source(&mut self, cx: &mut TaskContext<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let _entered = self.ending.as_ref().map(|ending| ending.span.clone().entered());
        let context = self.context.clone();
        let body = Pin::new(&mut self.body);
        let polling =
            AssertUnwindSafe(|| context::sync_scope(context, || http_body::Body::poll_frame(body, cx)));
        catch_unwind(polling).unwrap_or_else(|_panic| {
            let status = refusal::status(Reason::Internal, "the service failed while it answered");
            Poll::Ready(Some(Ok(trailers(&status))))
        })
    }

    fn end(&mut self, code: Code) {
        if let Some(ending) = self.ending.take() {
            ending.tell(code);
        }
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let answer = &mut *self;
        if answer.ending.is_none() {
            return Poll::Ready(None);
        }
        let mut polled = answer.poll_source(cx);
        if polled.is_pending() {
            let shutdown = &answer.shutdown;
            let stopped = answer.stopped.get_or_insert_with(|| Box::pin(shutdown.clone().cancelled_owned()));
            if stopped.as_mut().poll(cx).is_ready() {
                let status = refusal::status(Reason::Unavailable, "the service is shutting down");
                polled = Poll::Ready(Some(Ok(trailers(&status))));
            }
        }
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(code) = frame.trailers_ref().and_then(rpc::code) {
                    answer.end(code);
                }
            }
            Poll::Ready(Some(Err(_)) | None) => answer.end(Code::Unknown),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.ending.is_none() || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    /// The caller left before the end.
    fn drop(&mut self) {
        self.end(Code::Cancelled);
    }
}

/// The end of an answer with this status.
fn trailers(status: &Status) -> Frame<Bytes> {
    let mut trailers = HeaderMap::new();
    status.add_header(&mut trailers).expect("a refusal's text can stand in a header");
    Frame::trailers(trailers)
}
