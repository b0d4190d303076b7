//! Who calls: verifies the tokens, leaves the [`Caller`](crate::Caller) in the request's extensions, and hands a
//! client's token on to the calls made for the request.

use std::sync::Arc;

use super::{Request, Response, Service};
use crate::caller::Principal;
use crate::context::{self, Context};
use crate::verifier::bearer;

/// Everybody may ask these.
const OPEN_PREFIXES: [&str; 3] = [
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/",
];

pub(super) async fn authenticate<F: Future<Output = Response>>(
    service: &Service,
    mut request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let path = request.uri().path();
    if OPEN_PREFIXES.iter().chain(service.open_prefixes).any(|prefix| path.starts_with(prefix)) {
        return next(request).await;
    }
    let caller = match service.verifier.caller(request.headers()).await {
        Ok(caller) => caller,
        Err(status) => return status.into_http(),
    };
    let token: Option<Arc<str>> = match caller.principal {
        Principal::Client(_) | Principal::User(_) => {
            bearer::find(request.headers(), &bearer::AUTHORIZATION).ok().flatten().map(Arc::from)
        }
        Principal::Service(_) => None,
    };
    request.extensions_mut().insert(caller);
    let context = Context { token, deadline: context::deadline() };
    let mut response = context::scope(context.clone(), next(request)).await;
    response.extensions_mut().insert(context);
    response
}
