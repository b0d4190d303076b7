//! Make a link by which anybody can pay.

use kvitt_primitives::{Currency, Msn};
use kvitt_proto::{
    merchant::v1::{Feature, ProductType, SalesUnit},
    money::currency_from_proto,
    refusal::FieldViolation,
};
use kvitt_runtime::authority::no_such_unit;

use super::{App, Error, fresh_code};
use crate::{
    domain::{
        Found, Kind, Screening,
        link::{Link, LinkId, Statistics, Terms},
    },
    store::payment_links,
};

/// The link to make.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) msn: Msn,
    pub(crate) id: LinkId,
    pub(crate) terms: Terms,
}

/// Makes it, or answers the one that the same wish has made. `found` is what was wrong with the request's form.
pub(crate) async fn create_payment_link(app: &App, wish: Wish, mut found: Found) -> Result<Link, Error> {
    let existing = find(app, &wish).await?;
    if let Some(link) = existing.clone().filter(|link| found.is_empty() && link.terms == wish.terms) {
        return Ok(link);
    }
    let unit = app.find_unit(&wish.msn).await?.ok_or_else(|| Error::Refused(no_such_unit()))?;
    let now = app.clock.now();
    wish.terms.check(currency(&unit)?, now, &mut found);
    let ships = wish.terms.shipping.is_none() || unit.features().any(|feature| feature == Feature::Express);
    found.check(ships, "shipping", "needs a sales unit that may have Express payments");
    all_right(found)?;
    if existing.is_some() {
        return Err(Error::LinkExists);
    }
    if !has_links(&unit) {
        return Err(Error::LinksNotAllowed);
    }
    let link = Link {
        msn: wish.msn.clone(),
        id: wish.id,
        token: fresh_code(Kind::Link)?,
        screening: Screening::of_new(&wish.terms, app.sandbox),
        terms: wish.terms.clone(),
        created_at: now,
        deactivated: false,
        statistics: Statistics::default(),
    };
    let mut connection = app.pool.acquire().await?;
    if payment_links::insert(&mut connection, &link).await? {
        return Ok(link);
    }
    drop(connection);
    // Another was faster.
    let link = find(app, &wish).await?;
    link.filter(|link| link.terms == wish.terms).ok_or(Error::LinkExists)
}

async fn find(app: &App, wish: &Wish) -> Result<Option<Link>, Error> {
    let mut connection = app.pool.acquire().await?;
    Ok(payment_links::find(&mut connection, (&wish.msn, wish.id)).await?)
}

/// Passes when nothing is wrong.
pub(super) fn all_right(found: Found) -> Result<(), Error> {
    if found.is_empty() {
        return Ok(());
    }
    let violation = |(path, rule): (String, String)| FieldViolation::new(path, rule);
    Err(Error::Fields(found.0.into_iter().map(violation).collect()))
}

/// The one currency of the unit.
fn currency(unit: &SalesUnit) -> Result<Currency, Error> {
    currency_from_proto(unit.currency, "currency").map_err(|_| Error::PeerAnswer("a currency"))
}

fn has_links(unit: &SalesUnit) -> bool {
    let product = match unit.product_type() {
        ProductType::Unspecified | ProductType::PaymentIntegration | ProductType::Checkout => true,
        ProductType::Cashier | ProductType::Login | ProductType::Donations | ProductType::VmNumber => false,
    };
    product && unit.features().any(|feature| feature == Feature::PaymentLinks)
}
