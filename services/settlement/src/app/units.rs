//! What is asked of merchant, in this service's own name.

use std::collections::HashMap;

use kvitt_primitives::{Currency, Market, Msn};
use kvitt_proto::{
    error::v1::Reason,
    merchant::v1::{
        AccountState, Environment, GetMerchantRequest, GetSalesUnitRequest, ListPricePackagesRequest,
        Market as MarketMessage, Merchant, ProductType, SalesUnit, SettlementFrequency, SettlementType,
    },
    refusal::reason_of,
};
use moka::future::Cache;
use rust_decimal::Decimal;
use tokio::task::JoinSet;
use tracing::error;

use super::{App, Error, in_own_name};
use crate::domain::{Frequency, Owner, Terms};

/// Units and packages that are remembered.
const MOST_REMEMBERED: u64 = 100_000;
/// Units that are asked about side by side.
const SIDE_BY_SIDE: usize = 16;

/// What is known of a unit and never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Basic {
    pub(crate) market: Market,
    pub(crate) currency: Currency,
    /// Whether its payers may be named.
    pub(crate) vm_number: bool,
    /// Test units and units that only log payers in have none.
    pub(crate) has_ledger: bool,
    /// What a capture costs, in percent, where nothing was agreed.
    pub(crate) percentage: Decimal,
}

/// What is known of units and never changes: remembered for as long as there is room.
#[derive(Clone, Debug)]
pub(crate) struct Basics {
    units: Cache<Msn, Basic>,
    /// Hundredths of a percent, by price package.
    packages: Cache<String, i32>,
}

impl Default for Basics {
    fn default() -> Self {
        Self { units: Cache::new(MOST_REMEMBERED), packages: Cache::new(MOST_REMEMBERED) }
    }
}

impl App {
    /// The sales unit; `None` when there is none.
    pub(crate) async fn find_unit(&self, msn: &Msn) -> Result<Option<SalesUnit>, Error> {
        let request = GetSalesUnitRequest { msn: msn.to_string() };
        let mut client = self.merchants.clone();
        match in_own_name(async { client.get_sales_unit(request).await }).await {
            Ok(answer) => answer.into_inner().sales_unit.map(Some).ok_or(Error::PeerAnswer("a sales unit")),
            Err(status) if reason_of(&status) == Some(Reason::NotFound) => Ok(None),
            Err(status) => Err(Error::Peer(status)),
        }
    }

    /// What is known of a unit and never changes; `None` when there is no such unit.
    pub(crate) async fn basics(&self, msn: &Msn) -> Result<Option<Basic>, Error> {
        if let Some(known) = self.basics.units.get(msn).await {
            return Ok(Some(known));
        }
        let Some(unit) = self.find_unit(msn).await? else { return Ok(None) };
        let market = market(&unit)?;
        let test = unit.environment() == Environment::Test;
        let basis_points = self.basis_points(&unit.price_package_id).await?;
        let basic = Basic {
            market,
            currency: market.currency(),
            vm_number: unit.product_type() == ProductType::VmNumber,
            has_ledger: !test && unit.product_type() != ProductType::Login,
            percentage: Decimal::new(basis_points.unwrap_or_default().into(), 2),
        };
        // A package that is not there yet may come.
        if basis_points.is_some() {
            self.basics.units.insert(msn.clone(), basic).await;
        }
        Ok(Some(basic))
    }

    /// The same of many units; those that there are not are not in it.
    pub(crate) async fn basics_of(&self, msns: &[Msn]) -> Result<HashMap<Msn, Basic>, Error> {
        let ask = |msn: Msn| {
            let app = self.clone();
            async move { app.basics(&msn).await.map(|basic| (msn, basic)) }
        };
        let found = side_by_side(msns, ask).await.into_iter().collect::<Result<Vec<_>, Error>>()?;
        Ok(found.into_iter().filter_map(|(msn, basic)| Some((msn, basic?))).collect())
    }

    /// What merchant knows of a unit now that decides its settlement; `None` when there is no such unit.
    pub(crate) async fn terms(&self, msn: &Msn) -> Result<Option<Terms>, Error> {
        let Some(unit) = self.find_unit(msn).await? else { return Ok(None) };
        let request = GetMerchantRequest { merchant_id: unit.merchant_id.clone(), ..Default::default() };
        let mut client = self.merchants.clone();
        let answer = in_own_name(async { client.get_merchant(request).await }).await.map_err(Error::Peer)?;
        let merchant = answer.into_inner().merchant.ok_or(Error::PeerAnswer("a merchant"))?;
        terms(&unit, merchant).map(Some)
    }

    /// The same of many units: those whose terms could be learnt, and why the others' could not.
    pub(crate) async fn terms_of(&self, msns: &[Msn]) -> (HashMap<Msn, Terms>, Option<Error>) {
        let (mut known, mut failure) = (HashMap::new(), None);
        let ask = |msn: Msn| {
            let app = self.clone();
            async move { app.terms(&msn).await.map(|terms| (msn, terms)) }
        };
        for answer in side_by_side(msns, ask).await {
            match answer {
                Ok((msn, Some(terms))) => drop(known.insert(msn, terms)),
                Ok((_, None)) => failure = failure.or(Some(Error::PeerAnswer("a unit that has a ledger"))),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        (known, failure)
    }

    /// What a price package takes of each payment, in hundredths of a percent; `None` while merchant does not list it.
    async fn basis_points(&self, price_package_id: &str) -> Result<Option<i32>, Error> {
        if price_package_id.is_empty() {
            return Ok(Some(0));
        }
        if let Some(known) = self.basics.packages.get(price_package_id).await {
            return Ok(Some(known.clamp(0, 10_000)));
        }
        let mut client = self.partners.clone();
        let asked = in_own_name(async { client.list_price_packages(ListPricePackagesRequest {}).await });
        let packages = asked.await.map_err(Error::Peer)?.into_inner().price_packages;
        let mut found = None;
        for package in packages {
            if package.price_package_id == price_package_id {
                found = Some(package.commission_basis_points);
            }
            self.basics.packages.insert(package.price_package_id, package.commission_basis_points).await;
        }
        if found.is_none() {
            // One unit's fees, which can be corrected, must not keep all others from being posted.
            error!(price_package_id, "a unit's price package is not listed; its captures cost nothing");
        }
        Ok(found.map(|found| found.clamp(0, 10_000)))
    }
}

/// Asks about each of these units, a few at a time.
async fn side_by_side<T, F>(msns: &[Msn], ask: impl Fn(Msn) -> F) -> Vec<Result<T, Error>>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Error>> + Send + 'static,
{
    let (mut answers, mut asking) = (Vec::with_capacity(msns.len()), JoinSet::new());
    let mut msns = msns.iter();
    loop {
        while asking.len() < SIDE_BY_SIDE
            && let Some(msn) = msns.next()
        {
            asking.spawn(ask(msn.clone()));
        }
        let Some(answer) = asking.join_next().await else { return answers };
        answers.push(answer.unwrap_or(Err(Error::PeerAnswer("what was asked"))));
    }
}

fn market(unit: &SalesUnit) -> Result<Market, Error> {
    match unit.market() {
        MarketMessage::No => Ok(Market::No),
        MarketMessage::Dk => Ok(Market::Dk),
        MarketMessage::Fi => Ok(Market::Fi),
        MarketMessage::Unspecified => Err(Error::PeerAnswer("a unit's market")),
    }
}

fn terms(unit: &SalesUnit, merchant: Merchant) -> Result<Terms, Error> {
    let market = market(unit)?;
    let frequency = match (market, unit.settlement_frequency()) {
        (Market::No, SettlementFrequency::Weekly) => Frequency::Weekly,
        (Market::No, SettlementFrequency::Monthly) => Frequency::Monthly,
        (Market::No, SettlementFrequency::Daily | SettlementFrequency::Unspecified)
        | (Market::Dk | Market::Fi, _) => Frequency::Daily,
    };
    let account = unit.settlement_account.clone();
    let verified = account.filter(|account| account.state() == AccountState::Verified);
    Ok(Terms {
        market,
        frequency,
        gross: unit.settlement_type() == SettlementType::Gross,
        account: verified.map(|account| (account.scheme, account.id)),
        sales_unit_name: unit.name.clone(),
        product: product(market, unit.product_type()).to_owned(),
        owner: owner(market, merchant),
    })
}

/// Upstream's names of what is sold (contract-merchant section 7.1).
fn product(market: Market, product: ProductType) -> &'static str {
    let in_person = matches!(product, ProductType::VmNumber | ProductType::Cashier);
    match (market, in_person) {
        (Market::No, true) => "Vipps Bedrift",
        (Market::No, false) => "Vipps Netthandel",
        (Market::Dk | Market::Fi, true) => "MobilePay MyShop",
        (Market::Dk | Market::Fi, false) => "MobilePay Online",
    }
}

fn owner(market: Market, merchant: Merchant) -> Owner {
    let company = merchant.company.unwrap_or_default();
    let address = company.business_address.or(company.postal_address).unwrap_or_default();
    let country = address.country_code.as_str();
    Owner {
        name: merchant.name,
        organization_number: merchant.organization_number,
        address: address.lines.join(", "),
        post_code: address.post_code,
        city: address.city,
        country_code: if country.len() == 2 { country } else { market.code() }.to_owned(),
    }
}

#[cfg(test)]
mod tests;
