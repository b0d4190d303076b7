//! The whole URL map, and the layers that every request passes.
//!
//! To add an operation: write its file in the module named by the path's first segment, then add its line here.

use std::sync::Arc;

use axum::{
    Extension, Router,
    middleware::from_fn_with_state,
    routing::{MethodRouter, get, post, put},
};
use kvitt_proto::error::v1::Reason;

use crate::{
    accesstoken,
    body::ImageRoom,
    checkout, dashboard, deliveries, ecomm, epayment,
    gateway::Gateway,
    health,
    layers::{self, House, auth, rate_limit::Limit},
    management, openapi, order_management, payment_links, payouts,
    problem::Refused,
    qr, qr_images, report, reports, settlement, userinfo, webhooks,
};

#[cfg(feature = "sandbox")]
use crate::kvitt;

type Routes = Vec<(&'static str, MethodRouter<Gateway>)>;

type LimitedRoutes = Vec<(&'static str, Limit, MethodRouter<Gateway>)>;

/// Operations that need no access token.
fn open(published: openapi::Published) -> Routes {
    vec![
        ("/health", get(health::health)),
        ("/openapi.json", get(openapi::json).layer(Extension(published))),
        ("/docs", get(openapi::page).layer(Extension(published))),
        ("/accesstoken/get", post(accesstoken::get::get)),
        ("/miami/v1/token", post(accesstoken::token::token)),
        ("/qr-images/v1/{file}", get(qr_images::picture::picture)),
        ("/qr-images/v1/one-time/{file}", get(qr_images::picture::one_time)),
        ("/q/{code}", get(qr_images::follow::follow)),
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

/// Operations of eCom, whose sales unit may be named in the body.
fn ecomm() -> LimitedRoutes {
    use Limit::{Initiates, Reads, Writes};
    use ecomm as e;
    vec![
        ("/ecomm/v2/payments", Initiates, post(e::initiate::initiate)),
        ("/ecomm/v2/payments/{orderId}/capture", Writes, post(e::capture::capture)),
        ("/ecomm/v2/payments/{orderId}/cancel", Writes, put(e::cancel::cancel)),
        ("/ecomm/v2/payments/{orderId}/refund", Writes, post(e::refund::refund)),
        ("/ecomm/v2/payments/{orderId}/details", Reads, get(e::details::details)),
        ("/ecomm/v2/payments/{orderId}/status", Reads, get(e::status::status)),
    ]
}

/// The same where payers are simulated. Nothing limits them.
#[cfg(feature = "sandbox")]
fn ecomm_sandbox() -> Routes {
    vec![("/ecomm/v2/integration-test/payments/{orderId}/approve", post(ecomm::force_approve::force_approve))]
}

#[cfg(not(feature = "sandbox"))]
fn ecomm_sandbox() -> Routes {
    Routes::new()
}

/// Operations whose callers show their keys with every call. Nothing limits them.
fn sessions() -> Routes {
    use checkout as c;
    vec![
        ("/checkout/v3/session", post(c::create::create)),
        ("/checkout/v3/session/{reference}", get(c::get::get).patch(c::update::update)),
        ("/checkout/v3/session/{reference}/expire", post(c::expire::expire)),
    ]
}

/// Operations that need an access token and a sales unit. Nothing limits them.
fn reading() -> Routes {
    vec![("/vipps-userinfo-api/userinfo/{sub}", get(userinfo::get::get))]
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

/// Operations of whoever reads ledgers, who need an access token. Nothing limits them.
fn accounting() -> Routes {
    use report as r;
    vec![
        ("/settlement/v1/ledgers", get(settlement::list_ledgers::list_ledgers)),
        ("/report/v2/ledgers/{ledgerId}/{topic}/dates/{ledgerDate}", get(r::of_date::of_date)),
        ("/report/v2/ledgers/{ledgerId}/{topic}/feed", get(r::feed::feed)),
        ("/report/v1/ledgertransactions", get(r::ledger_transactions::ledger_transactions)),
    ]
}

/// Report files, which need what ledgers need. Nothing limits them but the room that they take.
fn reporting() -> Routes {
    vec![("/kvitt/v1/reports", get(reports::download::download))]
}

/// What a sales unit was paid out, which needs what payments need. Nothing limits it.
fn paying_out() -> Routes {
    vec![("/kvitt/v1/payouts", get(payouts::list::list))]
}

/// Operations on orders, which need what payments need. Nothing limits them.
fn telling() -> Routes {
    use order_management as o;
    vec![
        ("/order-management/v1/images", with_image(post(o::add_image::add_image))),
        ("/order-management/v2/{paymentType}/categories/{orderId}", put(o::set_category::set_category)),
        ("/order-management/v2/{paymentType}/receipts/{orderId}", post(o::add_receipt::add_receipt)),
        ("/order-management/v2/{paymentType}/{orderId}", get(o::get_order::get_order)),
        (
            "/order-management/v3/categories",
            post(o::add_category::add_category).get(o::list_categories::list_categories),
        ),
        (
            "/order-management/v3/categories/{categoryId}",
            get(o::get_category::get_category).delete(o::delete_category::delete_category),
        ),
    ]
}

/// Operations on codes, which need what payments need. Nothing limits them.
fn printing() -> Routes {
    use qr as q;
    vec![
        ("/qr/v1", post(q::create_one_time::create_one_time)),
        (
            "/qr/v1/merchant-redirect",
            post(q::create_redirect::create_redirect).get(q::list_redirects::list_redirects),
        ),
        (
            "/qr/v1/merchant-redirect/{id}",
            get(q::get_redirect::get_redirect)
                .put(q::update_redirect::update_redirect)
                .delete(q::delete_redirect::delete_redirect),
        ),
        ("/qr/v1/exchange", post(q::exchange::exchange)),
        ("/qr/v1/exchange/customer", post(q::exchange_customer::exchange_customer)),
    ]
}

/// Operations on codes that tell the merchant, which want their sales unit named. Nothing limits them.
fn calling_back() -> Routes {
    use qr as q;
    vec![
        ("/qr/v1/merchant-callback", get(q::list_callbacks::list_callbacks)),
        (
            "/qr/v1/merchant-callback/{merchantQrId}",
            get(q::get_callback::get_callback)
                .put(q::put_callback::put_callback)
                .delete(q::delete_callback::delete_callback),
        ),
        ("/qr/v1/merchant-callback/mobilepay/{beaconId}", put(q::import_beacon::import_beacon)),
    ]
}

/// Operations on payment links, which need what payments need. Nothing limits them.
fn linking() -> Routes {
    use payment_links as l;
    vec![
        ("/kvitt/v1/payment-links", post(l::create::create).get(l::list::list)),
        ("/kvitt/v1/payment-links/{paymentLinkId}", get(l::get::get)),
        ("/kvitt/v1/payment-links/{paymentLinkId}/deactivate", post(l::deactivate::deactivate)),
    ]
}

/// Operations on registrations, for which a partner's keys may name no sales unit. Nothing limits them.
fn registering() -> Routes {
    use webhooks as w;
    vec![
        ("/webhooks/v1/webhooks", post(w::register::register).get(w::list::list)),
        ("/webhooks/v1/webhooks/{webhookId}", MethodRouter::new().delete(w::delete::delete)),
        ("/kvitt/v1/webhooks/{webhookId}/ping", post(w::ping::ping)),
        ("/kvitt/v1/webhooks/{webhookId}/resend", post(deliveries::resend_since::resend_since)),
    ]
}

/// What developers look at, which needs what payments need. Nothing limits it.
fn watching() -> Routes {
    vec![
        ("/kvitt/v1/dashboard", get(dashboard::get::get)),
        ("/kvitt/v1/deliveries", get(deliveries::list::list)),
        ("/kvitt/v1/deliveries/{deliveryId}", get(deliveries::get::get)),
        ("/kvitt/v1/deliveries/{deliveryId}/resend", post(deliveries::resend::resend)),
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
        ("/kvitt/v1/payments/{reference}/payer", get(kvitt::payer::open)),
        ("/kvitt/v1/payments/{reference}/payer/shipping-options", post(kvitt::payer::shipping_options)),
        ("/kvitt/v1/payments/{reference}/payer/approve", post(kvitt::payer::approve)),
        ("/kvitt/v1/payments/{reference}/payer/card", post(kvitt::payer::card)),
        ("/kvitt/v1/payments/{reference}/payer/challenge", post(kvitt::payer::challenge)),
        ("/kvitt/v1/payments/{reference}/payer/reject", post(kvitt::payer::reject)),
        ("/kvitt/v1/payers/{phoneNumber}/customer-token", post(kvitt::person::customer_token)),
        ("/kvitt/v1/payers/{phoneNumber}/personal-qr", post(kvitt::person::personal_qr)),
        ("/kvitt/v1/payers/{phoneNumber}/push", post(kvitt::person::push)),
        ("/kvitt/v1/payers/{phoneNumber}/status", post(kvitt::person::status)),
        ("/kvitt/v1/payers/{phoneNumber}/revoke-consent", post(kvitt::person::revoke_consent)),
        ("/kvitt/v1/payers/{phoneNumber}/scan", post(kvitt::scan::scan)),
        ("/kvitt/v1/payers/{phoneNumber}/vm-number-payments", post(kvitt::scan::pay_vm_number)),
        ("/kvitt/v1/check-ins/{checkInId}", get(kvitt::scan::check_in)),
        ("/kvitt/v1/links/{token}", get(kvitt::link::open)),
        ("/kvitt/v1/links/{token}/payments", post(kvitt::link::pay)),
        ("/kvitt/v1/checkout/sessions/{reference}", get(kvitt::checkout::open)),
        ("/kvitt/v1/checkout/sessions/{reference}/details", post(kvitt::checkout::details)),
        ("/kvitt/v1/checkout/sessions/{reference}/shipping-options", post(kvitt::checkout::shipping_options)),
        ("/kvitt/v1/checkout/sessions/{reference}/payment", post(kvitt::checkout::pay)),
        ("/kvitt/v1/checkout/sessions/{reference}/cancel", post(kvitt::checkout::cancel)),
        ("/kvitt/v1/agreements", get(kvitt::agreement::get).put(kvitt::agreement::set)),
        (
            "/kvitt/v1/report-subscriptions",
            post(kvitt::report_subscription::create).get(kvitt::report_subscription::list),
        ),
        (
            "/kvitt/v1/report-subscriptions/{subscriptionId}",
            put(kvitt::report_subscription::update).delete(kvitt::report_subscription::delete),
        ),
        ("/kvitt/v1/mails", get(kvitt::mails::list)),
        ("/kvitt/v1/ledger-entries", post(kvitt::ledger_entry::post)),
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
    let routes = routes(&gateway, with_sandbox);
    let house = House::new(routes.iter().map(|(path, _)| *path).collect(), gateway.counts().clone());

    let map = routes.into_iter().fold(Router::new(), |map, (path, methods)| map.route(path, methods));
    let map = map.fallback(no_such_path).method_not_allowed_fallback(no_such_method).with_state(gateway);
    Router::new().fallback_service(map).layer(from_fn_with_state(Arc::new(house), layers::pass))
}

/// Every operation, behind what its API asks of a caller.
fn routes(gateway: &Gateway, with_sandbox: bool) -> Routes {
    let prove = from_fn_with_state(gateway.clone(), auth::require);
    let limits = gateway.rate_limits().clone();
    let limited =
        guarded().into_iter().map(|(path, limit, methods)| (path, limits.guard(path, limit, methods)));
    let guarded = limited
        .chain(if with_sandbox { sandbox() } else { Routes::new() })
        .chain(telling())
        .chain(printing())
        .chain(linking())
        .chain(paying_out())
        .chain(watching());
    // A route's own layer leaves its 405 alone: a wrong method is told without asking who calls.
    let guarded = guarded.map(|(path, methods)| (path, methods.route_layer(prove.clone())));
    let prove_reader = from_fn_with_state(gateway.clone(), userinfo::auth::require);
    let reading =
        reading().into_iter().map(|(path, methods)| (path, methods.route_layer(prove_reader.clone())));
    let prove_order = from_fn_with_state(gateway.clone(), ecomm::auth::require);
    let orders = ecomm().into_iter().map(|(path, limit, methods)| (path, limits.guard(path, limit, methods)));
    let orders = orders.chain(if with_sandbox { ecomm_sandbox() } else { Routes::new() });
    let orders = orders.map(|(path, methods)| (path, methods.route_layer(prove_order.clone())));
    let prove_keys = from_fn_with_state(gateway.clone(), checkout::auth::require);
    let sessions =
        sessions().into_iter().map(|(path, methods)| (path, methods.route_layer(prove_keys.clone())));
    let prove_manager = from_fn_with_state(gateway.clone(), management::auth::require);
    let managing =
        managing().into_iter().map(|(path, methods)| (path, methods.route_layer(prove_manager.clone())));
    let prove_accountant = from_fn_with_state(gateway.clone(), report::auth::require);
    let accounting = accounting().into_iter().chain(reporting());
    let accounting = accounting.map(|(path, methods)| (path, methods.route_layer(prove_accountant.clone())));
    let prove_named = from_fn_with_state(gateway.clone(), qr::auth::require);
    let calling_back =
        calling_back().into_iter().map(|(path, methods)| (path, methods.route_layer(prove_named.clone())));
    let prove_registrant = from_fn_with_state(gateway.clone(), webhooks::auth::require);
    let registering = registering()
        .into_iter()
        .map(|(path, methods)| (path, methods.route_layer(prove_registrant.clone())));
    let open = open(openapi::Published { with_sandbox }).into_iter().chain(registering);
    let open = open.chain(calling_back).chain(accounting);
    open.chain(guarded).chain(orders).chain(managing).chain(reading).chain(sessions).collect()
}

async fn no_such_path() -> Refused {
    Refused::because(Reason::RouteNotFound, "No operation lives at this path.")
}

async fn no_such_method() -> Refused {
    Refused::because(Reason::MethodNotAllowed, "The operation at this path takes another method.")
}

#[cfg(test)]
mod tests;
