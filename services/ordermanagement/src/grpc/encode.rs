//! The domain's words into answers.

use kvitt_proto::ordermanagement::v1;

use crate::domain::{Category, CategoryType, PaymentType};

pub(super) fn category(category: Category) -> v1::Category {
    let Category { category_id, order, link } = category;
    let link = v1::Link {
        r#type: category_type(link.category_type).into(),
        url: link.url.as_str().to_owned(),
        image_id: link.image_id.map(|image_id| image_id.as_str().to_owned()).unwrap_or_default(),
    };
    v1::Category {
        category_id: category_id.to_string(),
        payment_type: payment_type(order.payment_type).into(),
        order_id: order.order_id.to_string(),
        link: Some(link),
    }
}

fn payment_type(payment_type: PaymentType) -> v1::PaymentType {
    match payment_type {
        PaymentType::Ecom => v1::PaymentType::Ecom,
        PaymentType::Recurring => v1::PaymentType::Recurring,
    }
}

fn category_type(category_type: CategoryType) -> v1::CategoryType {
    match category_type {
        CategoryType::General => v1::CategoryType::General,
        CategoryType::Receipt => v1::CategoryType::Receipt,
        CategoryType::OrderConfirmation => v1::CategoryType::OrderConfirmation,
        CategoryType::Delivery => v1::CategoryType::Delivery,
        CategoryType::Ticket => v1::CategoryType::Ticket,
        CategoryType::Booking => v1::CategoryType::Booking,
    }
}
