//! What every request passes on its way to an operation, one layer a file.

pub(crate) mod auth;
pub(crate) mod count;
mod deadline;
mod headers;
mod load;
mod panic;
mod path;
pub(crate) mod rate_limit;
mod refusal;
mod trace;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use tokio::sync::Semaphore;

use self::count::Counts;

/// What the layers share.
#[derive(Debug)]
pub(crate) struct House {
    patterns: Box<[&'static str]>,
    places: Semaphore,
    counts: Counts,
}

impl House {
    /// For routes of these patterns, whose calls are counted.
    pub(crate) fn new(patterns: Box<[&'static str]>, counts: Counts) -> Self {
        Self { patterns, places: load::places(), counts }
    }
}

/// Takes a request through every layer, from the outside in. They are one layer to axum, since it boxes each of its own.
pub(crate) async fn pass(State(house): State<Arc<House>>, request: Request, next: Next) -> Response {
    let routed = |request| next.run(request);
    let in_time = |request| deadline::bound(request, routed);
    let housed = |request| load::limit(&house.places, request, in_time);
    let limited = |request| headers::limit(request, housed);
    let contained = |request| panic::catch(request, limited);
    let worded = |request| refusal::word(request, contained);
    let canonical = |request| path::canonicalize(&house.patterns, request, worded);
    let counted = |request| count::count(&house.counts, request, canonical);
    trace::span(request, counted).await
}
