//! The whole URL map, and the layers that every request passes.
//!
//! To add an operation: write its file in the module named by the path's first segment, then add its line here.

use std::sync::Arc;

use axum::{
    Router,
    middleware::from_fn_with_state,
    routing::{MethodRouter, get, post},
};
use kvitt_proto::error::v1::Reason;

use crate::{
    accesstoken, epayment,
    gateway::Gateway,
    health,
    layers::{self, House, auth},
    problem::Refused,
};

#[cfg(feature = "sandbox")]
use crate::kvitt;

type Routes = Vec<(&'static str, MethodRouter<Gateway>)>;

/// Operations that need no access token.
fn open() -> Routes {
    vec![("/health", get(health::health)), ("/accesstoken/get", post(accesstoken::get::get))]
}

/// Operations that need an access token, a subscription key and a sales unit.
fn guarded() -> Routes {
    vec![
        ("/epayment/v1/payments", post(epayment::create::create)),
        ("/epayment/v1/payments/{reference}", get(epayment::get::get)),
        ("/epayment/v1/payments/{reference}/events", get(epayment::events::events)),
        ("/epayment/v1/payments/{reference}/capture", post(epayment::capture::capture)),
        ("/epayment/v1/payments/{reference}/refund", post(epayment::refund::refund)),
        ("/epayment/v1/payments/{reference}/cancel", post(epayment::cancel::cancel)),
    ]
}

/// Operations that exist only where payers are simulated.
#[cfg(feature = "sandbox")]
fn sandbox() -> Routes {
    vec![
        ("/epayment/v1/test/payments/{reference}/approve", post(epayment::force_approve::force_approve)),
        ("/kvitt/v1/clock", get(kvitt::clock::get).post(kvitt::clock::advance)),
        (
            "/kvitt/v1/faults",
            get(kvitt::faults::list).post(kvitt::faults::create).delete(kvitt::faults::end_all),
        ),
        ("/kvitt/v1/faults/{faultId}", MethodRouter::new().delete(kvitt::faults::end_one)),
    ]
}

#[cfg(not(feature = "sandbox"))]
fn sandbox() -> Routes {
    Routes::new()
}

/// The gateway as one service. `with_sandbox` adds the operations of the sandbox.
pub(crate) fn router(gateway: Gateway, with_sandbox: bool) -> Router {
    let prove = from_fn_with_state(gateway.clone(), auth::require);
    let guarded = guarded().into_iter().chain(if with_sandbox { sandbox() } else { Routes::new() });
    // A route's own layer leaves its 405 alone: a wrong method is told without asking who calls.
    let guarded = guarded.map(|(path, methods)| (path, methods.route_layer(prove.clone())));
    let routes: Routes = open().into_iter().chain(guarded).collect();
    let house = House::new(routes.iter().map(|(path, _)| *path).collect());

    let map = routes.into_iter().fold(Router::new(), |map, (path, methods)| map.route(path, methods));
    let map = map.fallback(no_such_path).method_not_allowed_fallback(no_such_method).with_state(gateway);
    Router::new().fallback_service(map).layer(from_fn_with_state(Arc::new(house), layers::pass))
}

async fn no_such_path() -> Refused {
    Refused::because(Reason::RouteNotFound, "No operation lives at this path.")
}

async fn no_such_method() -> Refused {
    Refused::because(Reason::MethodNotAllowed, "The operation at this path takes another method.")
}

#[cfg(test)]
mod tests;
