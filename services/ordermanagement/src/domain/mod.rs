//! The rules of orders, their links, pictures and receipts.

mod category;
mod image;
mod order;
mod receipt;

pub(crate) use category::{Category, CategoryType, Link, MOST_CATEGORIES};
#[cfg(test)]
pub(crate) use image::tests as pictures;
pub(crate) use image::{Image, ImageId};
pub(crate) use order::{Order, OrderId, PaymentType};
pub(crate) use receipt::violations;
