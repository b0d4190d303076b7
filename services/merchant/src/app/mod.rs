//! One use case, one file. Each opens its transaction, asks the store, and says what was refused.

mod create_merchant;
mod create_sales_unit;
mod get_merchant;
mod get_sales_unit;
mod list_sales_unit_changes;
mod list_sales_units;

pub(crate) use create_merchant::create_merchant;
pub(crate) use create_sales_unit::create_sales_unit;
pub(crate) use get_merchant::get_merchant;
pub(crate) use get_sales_unit::get_sales_unit;
pub(crate) use list_sales_unit_changes::{Changed, list_sales_unit_changes};
pub(crate) use list_sales_units::{MOST_PER_PAGE, Page, list_sales_units};

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The caller may not; the layer that knows has already said it in the words of the wire.
    #[error("the caller may not do this")]
    Refused(#[source] tonic::Status),
    #[error("there is no such merchant")]
    MerchantNotFound,
    #[error("there is no such sales unit")]
    SalesUnitNotFound,
    #[error("the merchant exists with other attributes")]
    MerchantExists,
    #[error("the sales unit exists with other attributes")]
    SalesUnitExists,
    #[error("the database did not do what it was asked")]
    Database(#[from] sqlx::Error),
}

#[cfg(test)]
mod tests;
