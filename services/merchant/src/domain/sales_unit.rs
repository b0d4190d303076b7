//! Sales units, and which of their attributes may change.

use chrono::{DateTime, Utc};

use kvitt_primitives::{Currency, Market, MerchantId, Msn, Name, PartnerId, PricePackageId};

use super::{
    Address, CaptureType, CategoryCode, Environment, Features, ProductType, SettlementAccount,
    SettlementFrequency, SettlementType,
};

/// The unit that takes payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SalesUnit {
    pub(crate) msn: Msn,
    pub(crate) merchant_id: MerchantId,
    /// What the operator registers may be longer than what merchants order.
    pub(crate) name: Name<100>,
    pub(crate) market: Market,
    pub(crate) active: bool,
    pub(crate) capture_type: CaptureType,
    pub(crate) features: Features,
    pub(crate) environment: Environment,
    pub(crate) product_type: ProductType,
    pub(crate) settlement: Settlement,
    pub(crate) merchant_category_code: Option<CategoryCode>,
    pub(crate) partner_id: Option<PartnerId>,
    pub(crate) price_package_id: Option<PricePackageId>,
    pub(crate) location: Option<Address>,
    pub(crate) has_logo: bool,
    pub(crate) created_at: DateTime<Utc>,
}

/// How a unit is paid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settlement {
    /// None for units that never had one.
    pub(crate) account: Option<SettlementAccount>,
    pub(crate) frequency: SettlementFrequency,
    pub(crate) settlement_type: SettlementType,
}

impl Default for Settlement {
    fn default() -> Self {
        Self { account: None, frequency: SettlementFrequency::Daily, settlement_type: SettlementType::Net }
    }
}

/// A test unit stays what it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TestUnitImmutable;

/// The unit's market pays out daily.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrequencyNotAvailable;

impl SalesUnit {
    /// The only currency it takes: its market's.
    pub(crate) fn currency(&self) -> Currency {
        self.market.currency()
    }

    /// Passes when the unit's people may change it at all.
    pub(crate) fn changeable(&self) -> Result<(), TestUnitImmutable> {
        match self.environment {
            Environment::Production => Ok(()),
            Environment::Test => Err(TestUnitImmutable),
        }
    }
}

impl SettlementFrequency {
    /// Passes when units of that market may be paid out so often (contract-merchant 4.3: MobilePay units are daily only).
    pub(crate) fn available_in(self, market: Market) -> Result<(), FrequencyNotAvailable> {
        match (market, self) {
            (Market::No, _) | (Market::Dk | Market::Fi, Self::Daily) => Ok(()),
            (Market::Dk | Market::Fi, Self::Weekly | Self::Monthly) => Err(FrequencyNotAvailable),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m13_units_in_denmark_and_finland_are_paid_out_daily() {
        for frequency in SettlementFrequency::ALL {
            assert_eq!(frequency.available_in(Market::No), Ok(()));
            for market in [Market::Dk, Market::Fi] {
                let available = frequency.available_in(market).is_ok();
                assert_eq!(available, *frequency == SettlementFrequency::Daily, "{market} {frequency:?}");
            }
        }
    }
}
