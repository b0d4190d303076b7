//! What a merchant and a sales unit are. A value that exists keeps its rules; the constraints of the migrations
//! repeat them.

mod account;
mod company;
mod logo;
mod merchant;
mod order;
mod partner;
mod sales_unit;
mod unit_terms;

pub(crate) use account::{
    AccountState, DECISION_DELAY, Ownership, SettlementAccount, Uses, masked, register_says,
};
pub(crate) use company::{Address, AddressParts, Company, Website};
pub(crate) use kvitt_primitives::{Name, OrganizationNumber, SalesUnitName};
pub(crate) use logo::Logo;
#[cfg(test)]
pub(crate) use logo::tests::picture;
pub(crate) use merchant::{Merchant, MerchantStatus};
pub(crate) use order::{
    Agreement, Decision, FeatureRequest, NewUnit, NotOpen, NotRequestable, Order, OrderType, Outcome,
    Product, Prose, Reason, Site, SiteParts, Status, Step, Subject, Turnover, TurnoverShare, UseCase, Wanted,
};
pub(crate) use partner::{BasisPoints, Partner, PricePackage};
pub(crate) use sales_unit::{FrequencyNotAvailable, SalesUnit, Settlement, TestUnitImmutable};
pub(crate) use unit_terms::{
    CaptureType, CategoryCode, Environment, Feature, Features, ProductType, SettlementFrequency,
    SettlementType,
};
