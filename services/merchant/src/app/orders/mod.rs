//! Applications and orders: what merchants and partners ask for, and what comes of it.

mod apply_for_agreement;
mod approve;
mod decide_due_order;
mod decide_order;
mod delete_order;
mod get_order;
mod list_orders;
mod order_product;
mod partner;
mod prefill_order;
mod product_fields;
mod request_feature;
mod set_automatic_decision;
mod submit_order;
mod view_order;

use serde_json::{Value, json};
use sqlx::PgConnection;

use kvitt_audit_log::Entry;
use kvitt_primitives::Invalid;

use crate::{
    app::{self, By},
    domain::{NotOpen, NotRequestable, Order, Subject},
    store::orders as store,
};

pub(crate) use apply_for_agreement::{Application, apply_for_agreement};
pub(crate) use decide_due_order::decide_due_order;
pub(crate) use decide_order::decide_order;
pub(crate) use delete_order::delete_order;
pub(crate) use get_order::get_order;
pub(crate) use list_orders::{List, MOST_PER_PAGE, list_orders};
pub(crate) use order_product::{ProductOrder, order_product};
pub(crate) use partner::partner_of;
pub(crate) use prefill_order::{Prefill, prefill_order};
pub(crate) use request_feature::request_feature;
pub(crate) use set_automatic_decision::set_automatic_decision;
pub(crate) use submit_order::{Submission, submit_order};
pub(crate) use view_order::view_order;

/// Why something was not done with an order.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The layer that knows has already said it in the words of the wire.
    #[error("the caller may not do this")]
    Refused(#[source] tonic::Status),
    #[error("there is no such order")]
    OrderNotFound,
    #[error("the order exists with other content")]
    OrderExists,
    #[error("the company is a merchant already")]
    CompanyIsMerchant,
    #[error("there is no such merchant any more, or it is deactivated")]
    MerchantNotActive,
    #[error("the idempotency key has been used for another order")]
    KeyConflict,
    #[error("the order has been submitted, decided or has expired")]
    NotOpen,
    #[error("the sales unit has the feature, or there is a request for it")]
    FeaturePresent,
    #[error("a test sales unit never changes")]
    TestUnit,
    /// Fields that are valid by themselves and not where they stand, by their names on the wire.
    #[error("fields are not valid")]
    Fields(Vec<(String, Invalid)>),
    /// What merchants and units are refused for.
    #[error(transparent)]
    Other(#[from] app::Error),
    #[error("the database did not do what it was asked")]
    Database(#[from] sqlx::Error),
}

impl From<NotOpen> for Error {
    fn from(NotOpen: NotOpen) -> Self {
        Self::NotOpen
    }
}

impl From<NotRequestable> for Error {
    fn from(reason: NotRequestable) -> Self {
        match reason {
            NotRequestable::TestUnit => Self::TestUnit,
            NotRequestable::Present => Self::FeaturePresent,
            NotRequestable::NotInMarket => {
                let rule = "is for units in Denmark and Finland, since Norway has it anyway";
                Self::Fields(vec![("request.feature".to_owned(), Invalid { rule })])
            }
        }
    }
}

/// What was done to an order, for the audit log.
#[derive(Debug)]
struct Told<'a> {
    action: &'static str,
    before: Option<&'a Order>,
    after: Option<&'a Order>,
}

/// Adds to the audit log. What people wrote in their own words is left out: it may be about somebody.
async fn tell(tx: &mut PgConnection, by: &By, told: Told<'_>) -> Result<(), sqlx::Error> {
    let Some(order) = told.after.or(told.before) else { return Ok(()) };
    let entry = Entry {
        at: by.at,
        actor: by.actor.clone(),
        action: told.action,
        subject: format!("order:{}", order.id),
        merchant_id: order.merchant_id,
        before: told.before.map(facts),
        after: told.after.map(facts),
        trace_id: by.trace_id.clone(),
    };
    kvitt_audit_log::append(tx, &entry).await
}

fn facts(order: &Order) -> Value {
    let what = match &order.subject {
        Subject::Agreement(_) => Value::Null,
        Subject::Product(product) => json!(product.product_type.code()),
        Subject::Feature(request) => json!({ "msn": request.msn.as_str(), "wanted": request.wanted.code() }),
    };
    json!({
        "type": order.order_type.code(),
        "kind": order.subject.kind(),
        "what": what,
        "status": order.status.code(),
        "merchantId": order.merchant_id.map(|id| id.to_string()),
        "partnerId": order.partner_id.map(|id| id.to_string()),
        "msn": order.msn.as_ref().map(|msn| msn.as_str()),
    })
}

/// What was made under the id before; a refusal when that is something else.
async fn made_before(tx: &mut PgConnection, order: &Order) -> Result<Option<Order>, Error> {
    match store::find(tx, order.id).await? {
        None => Ok(None),
        Some(stored) if same(&stored, order) => Ok(Some(stored)),
        Some(_) => Err(Error::OrderExists),
    }
}

/// Stores an order that waits for a decision from now on. When somebody else has just made the same one, that is
/// answered; when its id is taken otherwise it is a conflict, and when what it asks for is asked for already, too.
async fn make(tx: &mut PgConnection, order: &Order, by: &By) -> Result<Order, Error> {
    if store::insert(tx, order, None).await? {
        tell(tx, by, Told { action: "order.made", before: None, after: Some(order) }).await?;
        return Ok(order.clone());
    }
    match (made_before(tx, order).await?, &order.subject) {
        (Some(stored), _) => Ok(stored),
        (None, Subject::Feature(_)) => Err(Error::FeaturePresent),
        (None, Subject::Agreement(_) | Subject::Product(_)) => Err(Error::OrderExists),
    }
}

/// Whether the caller has asked for this before.
fn same(stored: &Order, asked: &Order) -> bool {
    let merchant = asked.merchant_id.is_none() || stored.merchant_id == asked.merchant_id;
    merchant
        && stored.order_type == asked.order_type
        && stored.company == asked.company
        && stored.applicant == asked.applicant
        && stored.subject == asked.subject
}
