//! Requests into the domain's words. Every broken field is named, in the words of the contract's JSON.

use std::str::FromStr;

use kvitt_primitives::{CategoryId, Invalid, Msn};
use kvitt_proto::{ordermanagement::v1, payment::v1 as payment, refusal::FieldViolation};
use kvitt_receipt::Receipt;

use super::receipt;
use crate::domain::{self, CategoryType, ImageId, Link, Order, OrderId, PaymentType};

/// All that is broken.
type Broken = Vec<FieldViolation>;

/// An order as requests name it: `msn`, `payment_type` and `order_id`.
type Named<'a> = (&'a str, i32, &'a str);

/// Reads fields, and remembers what is wrong with them.
#[derive(Default)]
struct Fields(Broken);

impl Fields {
    fn broken<T>(&mut self, field: &str, rule: &str) -> Option<T> {
        self.0.push(FieldViolation::new(field, rule));
        None
    }

    fn parse<T: FromStr<Err = Invalid>>(&mut self, field: &str, text: &str) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            Err(_) if text.is_empty() => self.broken(field, "is required"),
            Err(Invalid { rule }) => self.broken(field, rule),
        }
    }

    fn order(&mut self, (msn, payment_type, order_id): Named<'_>) -> Option<Order> {
        let msn = self.parse("msn", msn);
        let payment_type = self.payment_type(payment_type);
        let order_id = self.parse("orderId", order_id);
        Some(Order { msn: msn?, payment_type: payment_type?, order_id: order_id? })
    }

    fn payment_type(&mut self, payment_type: i32) -> Option<PaymentType> {
        match v1::PaymentType::try_from(payment_type) {
            Ok(v1::PaymentType::Ecom) => Some(PaymentType::Ecom),
            Ok(v1::PaymentType::Recurring) => Some(PaymentType::Recurring),
            Ok(v1::PaymentType::Unspecified) | Err(_) => {
                self.broken("paymentType", "must be one of ECOM, RECURRING")
            }
        }
    }

    fn link(&mut self, link: Option<v1::Link>) -> Option<Link> {
        let Some(link) = link else { return self.broken("link", "is required") };
        let category_type = self.category_type(link.r#type);
        let url = self.parse("link.url", &link.url);
        let image_id: Option<Option<ImageId>> = match link.image_id.as_str() {
            "" => Some(None),
            image_id => self.parse("link.imageId", image_id).map(Some),
        };
        Some(Link { category_type: category_type?, url: url?, image_id: image_id? })
    }

    fn category_type(&mut self, category_type: i32) -> Option<CategoryType> {
        match v1::CategoryType::try_from(category_type) {
            Ok(v1::CategoryType::General) => Some(CategoryType::General),
            Ok(v1::CategoryType::Receipt) => Some(CategoryType::Receipt),
            Ok(v1::CategoryType::OrderConfirmation) => Some(CategoryType::OrderConfirmation),
            Ok(v1::CategoryType::Delivery) => Some(CategoryType::Delivery),
            Ok(v1::CategoryType::Ticket) => Some(CategoryType::Ticket),
            Ok(v1::CategoryType::Booking) => Some(CategoryType::Booking),
            Ok(v1::CategoryType::Unspecified) | Err(_) => {
                let rule = "must be one of GENERAL, RECEIPT, ORDER_CONFIRMATION, DELIVERY, TICKET, BOOKING";
                self.broken("link.type", rule)
            }
        }
    }

    fn receipt(&mut self, receipt: Option<payment::Receipt>) -> Option<Receipt> {
        let Some(receipt) = receipt else { return self.broken("receipt", "is required") };
        let receipt = match receipt::from_proto(receipt) {
            Ok(receipt) => receipt,
            Err(violation) => {
                self.0.push(violation);
                return None;
            }
        };
        let violations = domain::violations(&receipt);
        let holds = violations.is_empty();
        self.0.extend(violations.into_iter().map(|(field, rule)| FieldViolation::new(field, rule)));
        holds.then_some(receipt)
    }

    /// What was read, if nothing was broken.
    fn finish<T>(self, read: Option<T>) -> Result<T, Broken> {
        match read {
            Some(read) if self.0.is_empty() => Ok(read),
            Some(_) | None => Err(self.0),
        }
    }
}

pub(super) fn image(msn: &str, image_id: &str) -> Result<(Msn, ImageId), Broken> {
    let mut fields = Fields::default();
    let read = (fields.parse("msn", msn), fields.parse("imageId", image_id));
    fields.finish(read.0.zip(read.1))
}

pub(super) fn order(named: Named<'_>) -> Result<Order, Broken> {
    let mut fields = Fields::default();
    let order = fields.order(named);
    fields.finish(order)
}

pub(super) fn order_and_link(named: Named<'_>, link: Option<v1::Link>) -> Result<(Order, Link), Broken> {
    let mut fields = Fields::default();
    let read = (fields.order(named), fields.link(link));
    fields.finish(read.0.zip(read.1))
}

pub(super) fn order_and_receipt(
    named: Named<'_>,
    receipt: Option<payment::Receipt>,
) -> Result<(Order, Receipt), Broken> {
    let mut fields = Fields::default();
    let read = (fields.order(named), fields.receipt(receipt));
    fields.finish(read.0.zip(read.1))
}

pub(super) fn msn_and_order_id(msn: &str, order_id: &str) -> Result<(Msn, OrderId), Broken> {
    let mut fields = Fields::default();
    let read = (fields.parse("msn", msn), fields.parse("orderId", order_id));
    fields.finish(read.0.zip(read.1))
}

pub(super) fn msn_and_category_id(msn: &str, category_id: &str) -> Result<(Msn, CategoryId), Broken> {
    let mut fields = Fields::default();
    let read = (fields.parse("msn", msn), fields.parse("categoryId", category_id));
    fields.finish(read.0.zip(read.1))
}
