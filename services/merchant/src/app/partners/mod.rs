//! Partners, the units they look after, and the prices they may offer.

mod create_partner;
mod create_price_package;
mod get_partner;
mod link_partner;
mod list_price_packages;

pub(crate) use create_partner::create_partner;
pub(crate) use create_price_package::create_price_package;
pub(crate) use get_partner::get_partner;
pub(crate) use link_partner::link_partner;
pub(crate) use list_price_packages::list_price_packages;

/// Why something was not done about partners and prices.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The layer that knows has already said it in the words of the wire.
    #[error("the caller may not do this")]
    Refused(#[source] tonic::Status),
    #[error("there is no such partner")]
    PartnerNotFound,
    #[error("the partner exists with other attributes")]
    PartnerExists,
    #[error("the price package exists with other attributes")]
    PricePackageExists,
    /// What units are refused for.
    #[error(transparent)]
    Other(#[from] crate::app::Error),
    #[error("the database did not do what it was asked")]
    Database(#[from] sqlx::Error),
}
