//! The whole URL map, and the layers that every request passes.
//!
//! To add an operation: write its file in the module named by the path's first segment, then add its line here.

use std::sync::Arc;

use axum::{
    Extension, Router,
    middleware::from_fn_with_state,
    routing::{MethodRouter, get, post},
};
use kvitt_proto::error::v1::Reason;

use crate::{
    accesstoken,
    body::ImageRoom,
    epayment,
    gateway::Gateway,
    health,
    layers::{self, House, auth, rate_limit::Limit},
    management,
    problem::Refused,
};

#[cfg(feature = "sandbox")]
use crate::kvitt;

type Routes = Vec<(&'static str, MethodRouter<Gateway>)>;

type LimitedRoutes = Vec<(&'static str, Limit, MethodRouter<Gateway>)>;

/// Operations that need no access token.
fn open() -> Routes {
    vec![
        ("/health", get(health::health)),
        ("/accesstoken/get", post(accesstoken::get::get)),
        ("/miami/v1/token", post(accesstoken::token::token)),
    ]
}

/// Operations that need an access token, a subscription key and a sales unit, and how often each may be called.
fn guarded() -> LimitedRoutes {
    use Limit::{Creates, Reads, Writes};
    vec![
        ("/epayment/v1/payments", Creates, post(epayment::create::create)),
        ("/epayment/v1/payments/{reference}", Reads, get(epayment::get::get)),
        ("/epayment/v1/payments/{reference}/events", Reads, get(epayment::events::events)),
        ("/epayment/v1/payments/{reference}/capture", Writes, post(epayment::capture::capture)),
        ("/epayment/v1/payments/{reference}/refund", Writes, post(epayment::refund::refund)),
        ("/epayment/v1/payments/{reference}/cancel", Writes, post(epayment::cancel::cancel)),
    ]
}

/// Operations of whoever manages sales units, who need an access token. Nothing limits them.
fn managing() -> Routes {
    use management as m;
    vec![
        ("/management/v1/partners/price-packages", get(m::list_price_packages::list_price_packages)),
        ("/management/v1/product-orders", with_image(post(m::prefill_order::prefill_order))),
        (
            "/management/v1/product-orders/{productOrderId}",
            MethodRouter::new().delete(m::delete_order::delete_order),
        ),
        ("/management/v2/product-orders", get(m::list_orders::list_orders)),
        ("/management/v2/product-orders/{productOrderId}/details", get(m::get_order::get_order)),
        ("/management/v1/merchants/{scheme}/{id}", get(m::get_merchant::get_merchant)),
        (
            "/management/v1/merchants/{scheme}/{id}/sales-units",
            get(m::list_merchant_sales_units::list_merchant_sales_units),
        ),
        ("/management/v1/sales-units", get(m::list_sales_units::list_sales_units)),
        ("/management/v1/sales-units/{msn}", get(m::get_sales_unit::get_sales_unit)),
    ]
}

/// An operation whose body may hold an image, and so be larger than others.
fn with_image(methods: MethodRouter<Gateway>) -> MethodRouter<Gateway> {
    methods.layer(Extension(ImageRoom::new()))
}

/// Operations that exist only where payers are simulated. Nothing limits them.
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
    let limits = gateway.rate_limits().clone();
    let limited =
        guarded().into_iter().map(|(path, limit, methods)| (path, limits.guard(path, limit, methods)));
    let guarded = limited.chain(if with_sandbox { sandbox() } else { Routes::new() });
    // A route's own layer leaves its 405 alone: a wrong method is told without asking who calls.
    let guarded = guarded.map(|(path, methods)| (path, methods.route_layer(prove.clone())));
    let prove_manager = from_fn_with_state(gateway.clone(), management::auth::require);
    let managing =
        managing().into_iter().map(|(path, methods)| (path, methods.route_layer(prove_manager.clone())));
    let routes: Routes = open().into_iter().chain(guarded).chain(managing).collect();
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
