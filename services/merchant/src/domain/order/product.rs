//! The order of a sales unit (contract-merchant 15, ProductOrderRequest).

use std::fmt;

use chrono::{DateTime, Utc};

use kvitt_primitives::{BankAccount, Invalid, Name, PartnerId, PricePackageId};

use super::{Prose, Site};
use crate::domain::{
    CategoryCode, Environment, Feature, Features, Logo, Merchant, ProductType, SalesUnit, SalesUnitName,
    Settlement, SettlementAccount, masked,
};

/// What is ordered. A partner may leave out what the merchant completes; see [`Product::missing`].
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Product {
    pub(crate) product_type: ProductType,
    pub(crate) sales_unit_name: Option<SalesUnitName>,
    pub(crate) logo: Option<Logo>,
    pub(crate) settlement_account: Option<BankAccount>,
    pub(crate) price_package_id: Option<PricePackageId>,
    pub(crate) use_case: Option<UseCase>,
    pub(crate) annual_turnover: Turnover,
    pub(crate) turnover_share: Option<TurnoverShare>,
    pub(crate) intended_purpose: Option<Prose<1000>>,
    pub(crate) app_name: Option<Name<100>>,
    pub(crate) site: Option<Site>,
    pub(crate) has_recurring: bool,
    pub(crate) merchant_category_code: Option<CategoryCode>,
}

/// The account's number and the picture are not for logs.
impl fmt::Debug for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Product")
            .field("product_type", &self.product_type)
            .field("sales_unit_name", &self.sales_unit_name)
            .field("settlement_account", &self.settlement_account.as_ref().map(masked))
            .field("price_package_id", &self.price_package_id)
            .finish_non_exhaustive()
    }
}

impl Product {
    /// What a merchant's order must have and this has not, by the names of the wire.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let payments = self.product_type == ProductType::PaymentIntegration;
        let needed = [
            ("salesUnitName", self.sales_unit_name.is_none()),
            ("settlementAccount", self.settlement_account.is_none()),
            ("websiteUrl", payments && self.site.is_none()),
            ("websiteTermsUrl", payments && self.site.is_none()),
        ];
        needed.into_iter().filter(|(_, missing)| *missing).map(|(field, _)| field).collect()
    }

    /// Passes when a merchant may submit this instead of what a partner prefilled: the product and the price stay.
    pub(crate) fn completes(&self, prefilled: &Self) -> Result<(), (&'static str, Invalid)> {
        let fixed = Invalid { rule: "must be as it was prefilled" };
        if self.product_type != prefilled.product_type {
            return Err(("productType", fixed));
        }
        if prefilled.price_package_id.is_some() && self.price_package_id != prefilled.price_package_id {
            return Err(("pricePackageId", fixed));
        }
        Ok(())
    }

    /// The unit that an approval opens, without an MSN that is known yet.
    pub(crate) fn unit(
        &self,
        merchant: &Merchant,
        new: NewUnit,
        now: DateTime<Utc>,
    ) -> Result<SalesUnit, Invalid> {
        let name = self.sales_unit_name.as_ref().map_or("", SalesUnitName::as_str);
        let features = if self.has_recurring { vec![Feature::Recurring] } else { Vec::new() };
        Ok(SalesUnit {
            msn: new.msn,
            merchant_id: merchant.id,
            name: Name::try_new(name.to_owned())?,
            market: merchant.market,
            active: true,
            capture_type: self.product_type.usual_capture_type(),
            features: Features::try_new(features)?,
            environment: Environment::Production,
            product_type: self.product_type,
            settlement: Settlement { account: new.account, ..Settlement::default() },
            merchant_category_code: self.merchant_category_code.clone(),
            partner_id: new.partner_id,
            price_package_id: self.price_package_id,
            location: None,
            has_logo: self.logo.is_some(),
            created_at: now,
        })
    }
}

/// What an approval adds to what was ordered.
#[derive(Debug, Clone)]
pub(crate) struct NewUnit {
    pub(crate) msn: kvitt_primitives::Msn,
    /// The account that was ordered, and what the bank says of it.
    pub(crate) account: Option<SettlementAccount>,
    /// The partner that prefilled the order.
    pub(crate) partner_id: Option<PartnerId>,
}

/// Where payments will be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UseCase {
    Website,
    WebsiteWithTest,
    App,
    /// A point of sale.
    Unknown,
}

impl UseCase {
    pub(crate) const ALL: [Self; 4] = [Self::Website, Self::WebsiteWithTest, Self::App, Self::Unknown];

    /// Upstream's word, under which it is stored too.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Website => "Website",
            Self::WebsiteWithTest => "WebsiteWithTest",
            Self::App => "App",
            Self::Unknown => "Unknown",
        }
    }

    pub(crate) fn try_new(code: &str) -> Result<Self, Invalid> {
        let rule = "must be one of Website, WebsiteWithTest, App, Unknown";
        Self::ALL.into_iter().find(|use_case| use_case.code() == code).ok_or(Invalid { rule })
    }
}

/// What a company turns over in a year, in major units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Turnover(i64);

impl Turnover {
    pub(crate) fn try_new(amount: i64) -> Result<Self, Invalid> {
        if (0..=999_999_999).contains(&amount) {
            Ok(Self(amount))
        } else {
            Err(Invalid { rule: "must be between 0 and 999999999" })
        }
    }

    pub(crate) fn as_i64(self) -> i64 {
        self.0
    }
}

/// The part of the turnover that the product will take: tens of percent, from 10 to 100.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TurnoverShare(String);

impl TurnoverShare {
    pub(crate) fn try_new(text: String) -> Result<Self, Invalid> {
        let tens = text.strip_suffix('0').unwrap_or_default();
        if tens == "10" || matches!(tens.as_bytes(), [b'1'..=b'9']) {
            Ok(Self(text))
        } else {
            Err(Invalid { rule: "must match the regular expression '^(10|[1-9])0$'" })
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_turnover_is_tens_of_percent() {
        for tens in 1..=10 {
            assert!(TurnoverShare::try_new(format!("{tens}0")).is_ok());
        }
        for text in ["", "0", "00", "5", "15", "110", "1000", "010", "10%", "１0", " 10", "10\n"] {
            assert!(TurnoverShare::try_new(text.to_owned()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_turnover_has_nine_digits_at_most() {
        for (amount, valid) in [(-1, false), (0, true), (999_999_999, true), (1_000_000_000, false)] {
            assert_eq!(Turnover::try_new(amount).is_ok(), valid, "{amount}");
        }
    }

    #[test]
    fn a_use_case_is_upstreams_word() {
        for use_case in UseCase::ALL {
            assert_eq!(UseCase::try_new(use_case.code()), Ok(use_case));
        }
        assert!(UseCase::try_new("website").is_err());
    }
}
