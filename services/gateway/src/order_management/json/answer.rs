//! What the operations answer.

use kvitt_proto::{
    error::v1::Reason,
    ordermanagement::v1::{self, CategoryType, GetOrderResponse, PaymentType},
    refusal,
};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

use super::{
    read::{CATEGORY_TYPES, PAYMENT_TYPES},
    receipt::Receipt,
};

/// The picture is kept.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ordermanagement::AddedImage)]
pub(crate) struct AddedImage {
    pub(crate) image_id: String,
}

/// The category was added.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ordermanagement::AddedCategory)]
pub(crate) struct AddedCategory {
    pub(crate) category_id: String,
}

/// The category is gone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ordermanagement::DeletedCategory)]
pub(crate) struct DeletedCategory {}

/// What was told of an order. What was not told is left out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ordermanagement::Order)]
pub(crate) struct ToldOrder {
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<OrderCategory>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<Receipt>,
}

/// An order's category, in the words of version 2.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ordermanagement::OrderCategory)]
struct OrderCategory {
    category: &'static str,
    order_details_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_id: Option<String>,
}

/// The categories of an order, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ordermanagement::Categories)]
pub(crate) struct Categories {
    categories: Vec<Category>,
}

/// A category, in the words of version 3.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ordermanagement::Category)]
pub(crate) struct Category {
    category_id: String,
    order_id: String,
    payment_type: &'static str,
    r#type: &'static str,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_id: Option<String>,
}

impl ToldOrder {
    pub(crate) fn from_proto(answer: GetOrderResponse) -> Result<Self, Status> {
        Ok(Self {
            category: answer.category.map(OrderCategory::from_proto).transpose()?,
            receipt: answer.receipt.map(Receipt::from_proto).transpose()?,
        })
    }
}

impl OrderCategory {
    fn from_proto(category: v1::Category) -> Result<Self, Status> {
        let link = category.link.ok_or_else(unreadable)?;
        Ok(Self {
            category: category_type(link.r#type())?,
            order_details_url: link.url,
            image_id: given(link.image_id),
        })
    }
}

impl Categories {
    pub(crate) fn from_proto(categories: Vec<v1::Category>) -> Result<Self, Status> {
        let categories = categories.into_iter().map(|category| Category::from_proto(Some(category)));
        Ok(Self { categories: categories.collect::<Result<_, _>>()? })
    }
}

impl Category {
    pub(crate) fn from_proto(category: Option<v1::Category>) -> Result<Self, Status> {
        let category = category.ok_or_else(unreadable)?;
        let payment_type = payment_type(category.payment_type())?;
        let link = category.link.ok_or_else(unreadable)?;
        Ok(Self {
            category_id: category.category_id,
            order_id: category.order_id,
            payment_type,
            r#type: category_type(link.r#type())?,
            url: link.url,
            image_id: given(link.image_id),
        })
    }
}

fn payment_type(payment_type: PaymentType) -> Result<&'static str, Status> {
    let found = PAYMENT_TYPES.iter().find(|(_, known)| *known == payment_type);
    found.map(|(word, _)| *word).ok_or_else(unreadable)
}

fn category_type(category_type: CategoryType) -> Result<&'static str, Status> {
    let found = CATEGORY_TYPES.iter().find(|(_, known)| *known == category_type);
    found.map(|(word, _)| *word).ok_or_else(unreadable)
}

pub(super) fn given(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

pub(super) fn unreadable() -> Status {
    refusal::status(Reason::Internal, "a service answered with an order that cannot be read")
}

#[cfg(test)]
mod tests;
