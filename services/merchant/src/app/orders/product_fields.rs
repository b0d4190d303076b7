//! What of a product has to go with the company that orders it.

use kvitt_primitives::{Invalid, Market, PartnerId};
use sqlx::PgConnection;

use super::Error;
use crate::{app::units::decoded_logo, domain::Product, store::price_packages};

/// Passes when the account is of the company's market and the price is one of the product there, which the partner that
/// prefills, if one does, may offer.
pub(super) async fn check(
    tx: &mut PgConnection,
    product: &Product,
    market: Market,
    partner: Option<PartnerId>,
) -> Result<(), Error> {
    let mut broken = Vec::new();
    if product.settlement_account.as_ref().is_some_and(|account| account.market() != market) {
        broken.push(("product.settlementAccount.scheme", "must be of the company's market"));
    }
    if let Some(id) = product.price_package_id {
        let package = price_packages::find(tx, id).await?;
        if !package.is_some_and(|package| package.fits(product.product_type, market, partner)) {
            broken.push(("product.pricePackageId", "must be a price package of the product and its market"));
        }
    }
    refuse(broken)
}

/// Passes when the product's logo, if it has one, decodes. This is asked of whoever may order, and of nobody else.
pub(super) async fn check_logo(product: &Product) -> Result<(), Error> {
    let Some(logo) = product.logo.clone() else { return Ok(()) };
    let broken = |invalid| Error::Fields(vec![("product.logoPng".to_owned(), invalid)]);
    decoded_logo(logo).await.map(drop).map_err(broken)
}

/// Passes when nothing is missing of what a merchant's own order has.
pub(super) fn check_complete(product: &Product) -> Result<(), Error> {
    let missing = product.missing().into_iter();
    let broken = missing.map(|field| (format!("product.{field}"), Invalid { rule: "is required" }));
    let broken: Vec<_> = broken.collect();
    if broken.is_empty() { Ok(()) } else { Err(Error::Fields(broken)) }
}

fn refuse(broken: Vec<(&str, &'static str)>) -> Result<(), Error> {
    if broken.is_empty() {
        return Ok(());
    }
    let named = broken.into_iter().map(|(field, rule)| (field.to_owned(), Invalid { rule }));
    Err(Error::Fields(named.collect()))
}
