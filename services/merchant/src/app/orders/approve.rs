//! What comes of an approval, in the transaction of the decision.

use kvitt_primitives::{BankAccount, Invalid, MerchantId, Msn};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Error, decide_order::Decider};
use crate::{
    app::{
        audit,
        merchants::register,
        units::{change, open, to_change},
    },
    domain::{
        AccountState, Agreement, DECISION_DELAY, Environment, FeatureRequest, Merchant, MerchantStatus,
        NewUnit, Order, Ownership, Product, SettlementAccount, Subject, register_says,
    },
    store::{
        logos, merchants, msn,
        orders::due,
        revision,
        sales_units::{self, KeysState, Opening},
    },
};

/// Makes what was ordered, and answers the order with what came of it.
pub(super) async fn take_effect(
    tx: &mut PgConnection,
    order: Order,
    decider: &Decider,
) -> Result<Order, Error> {
    match &order.subject {
        Subject::Agreement(agreement) => {
            let id = open_merchant(tx, &order, agreement, decider).await?;
            Ok(Order { merchant_id: Some(id), ..order })
        }
        Subject::Product(product) => {
            let msn = open_unit(tx, &order, product, decider).await?;
            Ok(Order { msn: Some(msn), ..order })
        }
        Subject::Feature(request) => {
            grant(tx, request, decider).await?;
            let msn = Some(request.msn.clone());
            Ok(Order { msn, ..order })
        }
    }
}

/// The company is a merchant from now on, and the applicant its Administrator as soon as access can be told.
async fn open_merchant(
    tx: &mut PgConnection,
    order: &Order,
    agreement: &Agreement,
    decider: &Decider,
) -> Result<MerchantId, Error> {
    if merchants::find_by_number(tx, order.company.number()).await?.is_some() {
        return Err(Error::CompanyIsMerchant);
    }
    let id = MerchantId::from_uuid(Uuid::new_v4());
    let merchant = agreement.merchant(id, &order.company, decider.by.at);
    if !register(tx, &decider.by, &merchant).await? {
        // Nobody has this id, which is random.
        return Err(Error::OrderExists);
    }
    if let Some(user_id) = order.applicant {
        let wanted = due::WantedAdministrator { merchant_id: id, user_id };
        due::want_administrator(tx, wanted, decider.by.at).await?;
    }
    Ok(id)
}

/// The merchant has one unit more, whose keys access is asked for if its product has any.
async fn open_unit(
    tx: &mut PgConnection,
    order: &Order,
    product: &Product,
    decider: &Decider,
) -> Result<Msn, Error> {
    let revision = revision::advance(tx).await?;
    let merchant = match order.merchant_id {
        Some(id) => merchants::find(tx, id).await?,
        None => None,
    };
    let merchant = merchant.filter(|merchant| merchant.status == MerchantStatus::Active);
    let merchant = merchant.ok_or(Error::MerchantNotActive)?;
    let msn = msn::take(tx, Environment::Production).await?;
    let account = match &product.settlement_account {
        Some(account) => Some(known_of(tx, account, &merchant, &msn).await?),
        None => None,
    };
    let decide_at = account
        .as_ref()
        .filter(|account| decider.sandbox && account.state == AccountState::Unverified)
        .map(|_| decider.by.at + DECISION_DELAY);
    let opened = NewUnit { msn, account, partner_id: order.partner_id };
    let unit =
        product.unit(&merchant, opened, decider.by.at).map_err(|invalid| broken("salesUnitName", invalid))?;
    let opening = Opening {
        revision,
        registered_as: audit::unit_digest(&unit),
        order_id: Some(order.id),
        available_at: decider.by.at,
        keys: KeysState::Wanted,
        account_decide_at: decide_at,
    };
    if !open(tx, &decider.by, &unit, &opening).await? {
        // Nobody else opens units while this transaction has a revision, and the number was free.
        return Err(Error::OrderExists);
    }
    if let Some(logo) = &product.logo {
        logos::put(tx, &unit.msn, logo, decider.by.at).await?;
    }
    Ok(unit.msn)
}

/// The account of a new unit, and what the bank says of it.
async fn known_of(
    tx: &mut PgConnection,
    account: &BankAccount,
    merchant: &Merchant,
    msn: &Msn,
) -> Result<SettlementAccount, Error> {
    let uses = sales_units::uses_of_account(tx, account, merchant.id, msn).await?;
    let state = match register_says(uses) {
        Ownership::Owned => AccountState::Verified,
        Ownership::Unknown => AccountState::Unverified,
        Ownership::NotOwned => AccountState::Rejected,
    };
    Ok(SettlementAccount { account: account.clone(), state })
}

/// The unit has what was asked for.
async fn grant(tx: &mut PgConnection, request: &FeatureRequest, decider: &Decider) -> Result<(), Error> {
    let (unit, revision) = to_change(tx, &request.msn).await?;
    let granted = request.granted_to(&unit)?;
    change(tx, &decider.by, "unit.granted", (unit, revision), granted).await?;
    Ok(())
}

fn broken(field: &str, invalid: Invalid) -> Error {
    Error::Fields(vec![(format!("product.{field}"), invalid)])
}
