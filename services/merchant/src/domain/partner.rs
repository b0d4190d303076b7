//! Partners, and the prices they may offer.

use kvitt_primitives::{Invalid, Market, Name, PartnerId, PricePackageId};

use crate::domain::ProductType;

/// A company that integrates for merchants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Partner {
    pub(crate) id: PartnerId,
    pub(crate) name: Name<100>,
}

/// What a merchant pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PricePackage {
    pub(crate) id: PricePackageId,
    pub(crate) name: Name<30>,
    /// As people write the price.
    pub(crate) description: Name<6>,
    pub(crate) visible_in_signup_form: bool,
    pub(crate) product_type: ProductType,
    pub(crate) market: Market,
    pub(crate) commission: BasisPoints,
    /// The partner that may offer it; every partner may, without one.
    pub(crate) partner_id: Option<PartnerId>,
}

impl PricePackage {
    /// Whether a product in that market, offered by that partner or none, may be sold at this price.
    pub(crate) fn fits(&self, product: ProductType, market: Market, offered_by: Option<PartnerId>) -> bool {
        let offered = self.partner_id.is_none() || self.partner_id == offered_by;
        self.product_type == product && self.market == market && offered
    }
}

/// Part of a payment, in hundredths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BasisPoints(i32);

impl BasisPoints {
    pub(crate) fn try_new(points: i32) -> Result<Self, Invalid> {
        if (0..=10_000).contains(&points) {
            Ok(Self(points))
        } else {
            Err(Invalid { rule: "must be between 0 and 10000" })
        }
    }

    pub(crate) fn as_i32(self) -> i32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_price_is_of_its_product_market_and_partner() {
        let [own, other] = [1, 2].map(|id| Some(PartnerId::from_uuid(Uuid::from_u128(id))));
        let common = PricePackage {
            id: PricePackageId::from_uuid(Uuid::from_u128(3)),
            name: Name::try_new("Standard".to_owned()).unwrap(),
            description: Name::try_new("2.99%".to_owned()).unwrap(),
            visible_in_signup_form: true,
            product_type: ProductType::Checkout,
            market: Market::Dk,
            commission: BasisPoints::try_new(299).unwrap(),
            partner_id: None,
        };
        let exclusive = PricePackage { partner_id: own, ..common.clone() };
        let table = [
            (&common, ProductType::Checkout, Market::Dk, None, true),
            (&common, ProductType::Checkout, Market::Dk, own, true),
            (&common, ProductType::Login, Market::Dk, own, false),
            (&common, ProductType::Checkout, Market::No, own, false),
            (&exclusive, ProductType::Checkout, Market::Dk, own, true),
            (&exclusive, ProductType::Checkout, Market::Dk, other, false),
            (&exclusive, ProductType::Checkout, Market::Dk, None, false),
        ];
        for (package, product, market, partner, fits) in table {
            assert_eq!(package.fits(product, market, partner), fits, "{product:?} {market} {partner:?}");
        }
    }

    #[test]
    fn a_commission_is_a_part() {
        for (points, valid) in [(-1, false), (0, true), (10_000, true), (10_001, false)] {
            assert_eq!(BasisPoints::try_new(points).is_ok(), valid, "{points}");
        }
    }
}
