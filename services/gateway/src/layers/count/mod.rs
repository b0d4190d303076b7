//! Counts how the calls of proven callers go, and copies a few of the answers that are errors, for the dashboard of their
//! sales unit. What is gathered is bounded (`counts.rs`) and reported to the service `webhook` in the background
//! (`report.rs`): whether that is there makes no difference to a call.

mod counts;
mod report;

use std::sync::{Arc, OnceLock};

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    response::Response,
};
use http::{Extensions, Method, StatusCode};
use http_body_util::BodyExt;
use kvitt_primitives::Msn;
use tokio::time::Instant;

use super::path::Pattern;

pub(crate) use self::{counts::Counts, report::Reporter};

/// A larger answer is not copied, and neither is one that is not there yet.
const MOST_COPIED_BYTES: u64 = 64 * 1024;

/// What an answer that is an error says of itself, left in it for this layer.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// The upstream code, or the reason's name where there is none.
    pub(crate) code: &'static str,
    /// The trace that it names.
    pub(crate) trace_id: String,
}

/// Where the layer that proves the caller says whose call it is. What becomes of the call further in, be it a panic or the
/// end of its time, the layer further out knows it.
#[derive(Clone, Debug, Default)]
struct Unit(Arc<OnceLock<Msn>>);

/// A call that has been answered.
#[derive(Debug)]
struct Call {
    msn: Msn,
    method: Method,
    pattern: &'static str,
    status: StatusCode,
    /// Empty for a success.
    code: &'static str,
    took: std::time::Duration,
}

/// Leaves the proven sales unit in the request, for the operation, and for this layer, which counts the call as its.
pub(crate) fn proven(extensions: &mut Extensions, msn: Msn) {
    if let Some(Unit(unit)) = extensions.get() {
        // Whoever proves it twice proves the same.
        unit.get_or_init(|| msn.clone());
    }
    extensions.insert(msn);
}

/// Counts the call once it is answered.
pub(crate) async fn count<F: Future<Output = Response>>(
    counts: &Counts,
    mut request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let (unit, method, started_at) = (Unit::default(), request.method().clone(), Instant::now());
    request.extensions_mut().insert(unit.clone());
    let response = next(request).await;
    let (Some(msn), Some(Pattern(pattern))) = (unit.0.get(), response.extensions().get()) else {
        return response;
    };
    let call = Call {
        msn: msn.clone(),
        method,
        pattern,
        status: response.status(),
        code: response.extensions().get::<Told>().map_or("", |told| told.code),
        took: started_at.elapsed(),
    };
    if counts.add(&call) { copied(counts, call, response).await } else { response }
}

/// Copies the answer's beginning.
async fn copied(counts: &Counts, call: Call, response: Response) -> Response {
    if response.body().size_hint().upper().is_none_or(|bytes| bytes > MOST_COPIED_BYTES) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = body.collect().await else { return Response::from_parts(parts, Body::empty()) };
    let body = body.to_bytes();
    let trace_id = parts.extensions.get::<Told>().map(|told| told.trace_id.clone());
    counts.keep(call, trace_id.unwrap_or_default(), &body);
    Response::from_parts(parts, Body::from(body))
}

#[cfg(test)]
mod tests;
