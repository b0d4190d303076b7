//! The project's own OpenAPI document: what every operation takes, what it answers, and how it refuses.
//!
//! It is made from this crate, once per process: the answers are the very types that the operations answer with (they
//! derive `ToSchema`), rules that the code keeps as constants are taken from there (`words.rs`), and who may call and in
//! which words a call is refused is said once per API (`callers.rs`, `refusals.rs`). Bodies of requests are read by hand
//! (`body/`), so their schemas are types of their own here, which nothing else uses. They tell what a client should send;
//! the reader takes more than that.
//!
//! To add an operation: describe it in the file of its API, which stands in [`operations`]. A test holds that every route
//! of `router.rs` is described and nothing else; `tests/openapi` plays thousands of requests made from the document
//! against a running platform.

mod accesstoken;
mod callers;
pub(crate) mod checkout;
pub(crate) mod dashboard;
mod deliveries;
mod ecomm;
pub(crate) mod epayment;
mod management;
mod operation;
mod order_management;
mod page;
mod parameters;
pub(crate) mod payment_links;
pub(crate) mod platform;
pub(crate) mod qr;
mod qr_images;
mod receipt;
mod refusals;
pub(crate) mod report;
pub(crate) mod reports;
#[cfg(feature = "sandbox")]
pub(crate) mod sandbox;
mod userinfo;
pub(crate) mod webhooks;
pub(crate) mod words;

use std::sync::LazyLock;

use axum::{
    Extension,
    body::Bytes,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use utoipa::openapi::{Components, Info, License, OpenApi, Paths, Tag};

use self::operation::{Described, Operation};

/// Nothing is loaded from anywhere, and nothing runs.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// What the document is called and said to be.
const TITLE: &str = "Kvitt";

const ABOUT: &str = "The REST API of this Kvitt platform. Amounts are whole numbers of minor units unless a field says \
    otherwise. Fields that are not known are ignored, and a field that is null counts as absent.";

/// The APIs, in the order of the page.
const APIS: [(&str, &str); 15] = [
    (accesstoken::NAME, "Keys for access tokens. Everything else is called with one."),
    (epayment::NAME, "Payments: asked for, approved by the payer, captured, refunded, cancelled."),
    (ecomm::NAME, "The older API for the same payments, for integrations that were written for it."),
    (checkout::NAME, "A page on which payers say who they are, where the goods go and how they pay."),
    (userinfo::NAME, "What a payer shares with a sales unit."),
    (qr::NAME, "Codes that payers scan, and codes that they show."),
    (qr_images::NAME, "Pictures of codes, and where they lead."),
    (payment_links::NAME, "Links by which anybody can pay."),
    (order_management::NAME, "What payers are told about their orders: receipts, links and pictures."),
    (webhooks::NAME, "Who is told of what happens to payments, and what became of it."),
    (management::NAME, "Merchants, sales units, and what partners order for merchants."),
    (report::NAME, "What sales units earned, what it cost them, and what they were paid out."),
    (dashboard::NAME, "How a sales unit's calls went, and what its developers should know."),
    (SANDBOX, "What only a sandbox has: payers to play, time to move, faults to make."),
    (platform::NAME, "The platform itself."),
];

/// Stands here because it is also the name of operations that belong to another API.
const SANDBOX: &str = "Sandbox";

/// Which document is published: with or without the operations of the sandbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Published {
    pub(crate) with_sandbox: bool,
}

impl Published {
    /// The document, made when somebody asks for it first: making it takes more memory than all else that an idle gateway does.
    fn texts(self) -> &'static Texts {
        static WITH_SANDBOX: LazyLock<Texts> = LazyLock::new(|| Texts::of(&document(true)));
        static WITHOUT_SANDBOX: LazyLock<Texts> = LazyLock::new(|| Texts::of(&document(false)));
        if self.with_sandbox { &WITH_SANDBOX } else { &WITHOUT_SANDBOX }
    }
}

/// What `GET /openapi.json` and `GET /docs` answer.
struct Texts {
    json: Bytes,
    page: Bytes,
}

impl Texts {
    fn of(document: &OpenApi) -> Self {
        let value = serde_json::to_value(document).expect("a document is made of texts and numbers");
        Self { json: value.to_string().into(), page: page::of(&value).into() }
    }
}

/// `GET /openapi.json`.
pub(crate) async fn json(Extension(published): Extension<Published>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], published.texts().json.clone()).into_response()
}

/// `GET /docs`: the document as a page.
pub(crate) async fn page(Extension(published): Extension<Published>) -> Response {
    let mut response = published.texts().page.clone().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
    response
}

/// All operations; those of the sandbox only where there is one.
fn operations(with_sandbox: bool) -> Vec<Operation> {
    let mut operations = platform::operations();
    operations.extend(accesstoken::operations());
    operations.extend(epayment::operations());
    operations.extend(ecomm::operations());
    operations.extend(checkout::operations());
    operations.extend(userinfo::operations());
    operations.extend(qr::operations());
    operations.extend(qr_images::operations());
    operations.extend(payment_links::operations());
    operations.extend(order_management::operations());
    operations.extend(webhooks::operations());
    operations.extend(deliveries::operations());
    operations.extend(management::operations());
    operations.extend(report::operations());
    operations.extend(reports::operations());
    operations.extend(dashboard::operations());
    if with_sandbox {
        operations.extend(of_sandbox());
    }
    operations
}

#[cfg(feature = "sandbox")]
fn of_sandbox() -> Vec<Operation> {
    let mut operations = sandbox::operations();
    operations.extend(epayment::of_sandbox());
    operations.extend(ecomm::of_sandbox());
    operations.extend(checkout::of_sandbox());
    operations.extend(payment_links::of_sandbox());
    operations.extend(report::of_sandbox());
    operations.extend(reports::of_sandbox());
    operations
}

#[cfg(not(feature = "sandbox"))]
fn of_sandbox() -> Vec<Operation> {
    Vec::new()
}

fn document(with_sandbox: bool) -> OpenApi {
    let (mut paths, mut components) = (Paths::new(), Components::new());
    for operation in operations(with_sandbox) {
        let Described { path, method, told, schemas } = operation.described();
        paths.add_path_operation(path, vec![method], told);
        components.schemas.extend(schemas);
    }
    for (name, scheme) in callers::schemes() {
        components.add_security_scheme(name, scheme);
    }
    let mut info = Info::new(TITLE, env!("CARGO_PKG_VERSION"));
    info.description = Some(ABOUT.to_owned());
    let mut license = License::new("Apache License 2.0");
    license.identifier = Some("Apache-2.0".to_owned());
    info.license = Some(license);
    let mut document = OpenApi::new(info, paths);
    document.components = Some(components);
    let apis = APIS.into_iter().filter(|(name, _)| with_sandbox || *name != SANDBOX);
    let tag = |(name, says)| {
        let mut tag = Tag::new(name);
        tag.description = Some(String::from(says));
        tag
    };
    document.tags = Some(apis.map(tag).collect());
    document
}

#[cfg(test)]
pub(crate) mod tests;
