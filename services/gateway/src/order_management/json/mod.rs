//! Wire types of Order Management: how its bodies are read, and what its answers look like.

mod answer;
pub(super) mod read;
mod receipt;

pub(crate) use answer::{AddedCategory, AddedImage, Categories, Category, DeletedCategory, ToldOrder};
pub(super) use read::payment_type;
pub(crate) use read::{CATEGORY_TYPES, PAYMENT_TYPES};
