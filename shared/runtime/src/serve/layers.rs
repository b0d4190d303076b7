//! The layers round the routes, in their order. They are plain functions in one future, because a request passes them
//! hundreds of thousands of times a minute and a boxed service for each cost as much as the work itself.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use super::trace::Tracing;
use super::{Health, Request, Response, Service, authenticate, deadline, not_serving, panic, reason, trace};

/// What a request passes through.
#[derive(Clone, Debug)]
pub(super) struct Layers {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    tracing: Tracing,
    abort: CancellationToken,
    health: Health,
    service: Service,
}

impl Layers {
    pub(super) fn new(
        service: Service,
        health: &Health,
        shutdown: &CancellationToken,
        abort: &CancellationToken,
    ) -> Self {
        let tracing = Tracing { service: service.name, shutdown: shutdown.clone() };
        let (health, abort) = (health.clone(), abort.clone());
        Self { shared: Arc::new(Shared { tracing, abort, health, service }) }
    }
}

impl tower::Layer<Routes> for Layers {
    type Service = Layered;

    fn layer(&self, routes: Routes) -> Layered {
        Layered { shared: Arc::clone(&self.shared), routes }
    }
}

/// The routes with everything round them.
#[derive(Clone, Debug)]
pub(super) struct Layered {
    shared: Arc<Shared>,
    routes: Routes,
}

impl tower::Service<Request> for Layered {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    /// Routes are always ready.
    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Self { shared, routes } = self.clone();
        Box::pin(async move { Ok(handle(&shared, routes, request).await) })
    }
}

/// From the outside in.
async fn handle(shared: &Shared, mut routes: Routes, request: Request) -> Response {
    let routed = |request| {
        let routed = tower::Service::call(&mut routes, request);
        async { routed.await.unwrap_or_else(|never| match never {}) }
    };
    let authenticated = |request| authenticate::authenticate(&shared.service, request, routed);
    let reasoned = |request| reason::supply(request, authenticated);
    let contained = |request| panic::contain(request, reasoned);
    let in_time = |request| deadline::enforce(&shared.abort, request, contained);
    let serves = || shared.health.has_begun() && !shared.tracing.shutdown.is_cancelled();
    let marked = |request| not_serving::mark(serves, request, in_time);
    trace::trace(&shared.tracing, request, marked).await
}
