//! Who calls: verifies the tokens, asks whether the contract lists the caller, leaves the [`Caller`](crate::Caller) in the
//! request's extensions, and hands a client's token on to the calls made for the request.

use std::sync::Arc;

use super::{Request, Response, Service, callers};
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
    if OPEN_PREFIXES.iter().any(|prefix| path.starts_with(prefix)) {
        return next(request).await;
    }
    let verified = service.verifier.caller(request.headers()).await;
    if service.open_prefixes.iter().any(|prefix| path.starts_with(prefix)) {
        // A token that proves nothing is none.
        return match callers::check_open(path, request.extensions(), verified.as_ref().ok()) {
            Ok(()) => next(request).await,
            Err(status) => status.into_http(),
        };
    }
    let checked =
        verified.and_then(|caller| callers::check(path, request.extensions(), &caller).map(|()| caller));
    let caller = match checked {
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
