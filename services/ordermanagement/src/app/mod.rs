//! One use case, one file. Each asks what the caller may do, asks the store, and says what was refused.

mod add_category;
mod add_image;
mod add_receipt;
mod delete_category;
mod get_category;
mod get_image;
mod get_order;
mod keep_receipts;
mod list_categories;
mod pictures;
mod set_category;

use kvitt_primitives::{CategoryId, Msn, ReceiptId};
use kvitt_runtime::{Action, Authority, Caller, Clock};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{domain::MOST_CATEGORIES, store::categories::Given};

pub(crate) use add_category::add_category;
pub(crate) use add_image::add_image;
pub(crate) use add_receipt::add_receipt;
pub(crate) use delete_category::delete_category;
pub(crate) use get_category::get_category;
pub(crate) use get_image::get_image;
pub(crate) use get_order::{Told, get_order};
pub(crate) use keep_receipts::{Brought, keep_receipts};
pub(crate) use list_categories::list_categories;
pub(crate) use pictures::Pictures;
pub(crate) use set_category::set_category;

/// What use cases work with; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) pool: PgPool,
    pub(crate) authority: Authority,
    pub(crate) clock: Clock,
    pub(crate) pictures: Pictures,
}

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The caller may not; the layer that knows has already said it in the words of the wire.
    #[error("the caller may not do this")]
    Refused(#[source] tonic::Status),
    /// A field that could not be judged by itself.
    #[error("{field} {rule}")]
    Field { field: &'static str, rule: String },
    #[error("the sales unit has an image of this id")]
    ImageExists,
    #[error("the order has a receipt")]
    ReceiptExists,
    #[error("there is no such image")]
    ImageNotFound,
    #[error("there is no such category")]
    CategoryNotFound,
    #[error("nothing has been told of this order")]
    OrderNotFound,
    #[error("too many images are being looked at")]
    Overloaded,
    #[error("the database did not do what it was asked")]
    Database(#[from] sqlx::Error),
}

impl App {
    /// Passes when the caller may read what was told of the unit's orders.
    async fn may_read(&self, caller: &Caller, msn: &Msn) -> Result<(), Error> {
        self.authority.may(caller, Action::ReadPayment, msn).await.map_err(Error::Refused)
    }

    /// Passes when the caller may tell something of the unit's orders.
    async fn may_write(&self, caller: &Caller, msn: &Msn) -> Result<(), Error> {
        self.authority.may(caller, Action::CreatePayment, msn).await.map_err(Error::Refused)
    }
}

/// Ids of this kind rise, so that what was given last is found by its id.
fn fresh_category_id() -> CategoryId {
    CategoryId::from_uuid(Uuid::now_v7())
}

fn fresh_receipt_id() -> ReceiptId {
    ReceiptId::from_uuid(Uuid::now_v7())
}

/// What it means for the caller that an order was or was not given a category.
fn outcome(given: Given) -> Result<(), Error> {
    match given {
        Given::Done => Ok(()),
        Given::Full => {
            Err(Error::Field { field: "orderId", rule: format!("has {MOST_CATEGORIES} categories already") })
        }
        Given::NoImage => Err(Error::Field {
            field: "link.imageId",
            rule: "must be the id of an image that was added before".to_owned(),
        }),
    }
}
