//! Opens a sales unit of the test environment.

use chrono::{DateTime, Utc};

use kvitt_primitives::{MerchantId, Msn, Name, OrderId, PartnerId};
use kvitt_runtime::{Action, Caller};

use super::open;
use crate::{
    app::{App, By, Error, audit},
    domain::{CaptureType, Environment, Features, Merchant, ProductType, SalesUnit, Settlement},
    store::{
        merchants, msn, revision,
        sales_units::{self as store, KeysState, Opening},
    },
};

/// The test unit that is wanted. What it can do never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TestUnit {
    pub(crate) merchant_id: MerchantId,
    /// By which a repetition is recognised.
    pub(crate) order_id: OrderId,
    pub(crate) name: Name<100>,
    pub(crate) partner_id: Option<PartnerId>,
    pub(crate) features: Features,
    pub(crate) capture_type: CaptureType,
}

/// The unit's MSN, and from when the unit is there.
pub(crate) async fn create_test_sales_unit(
    app: &App,
    caller: &Caller,
    wanted: &TestUnit,
) -> Result<(Msn, DateTime<Utc>), Error> {
    let merchant_id = wanted.merchant_id;
    app.authority.may_for(caller, Action::CreateTestData, merchant_id).await.map_err(Error::Refused)?;
    let by = By::caller(caller, &app.clock);
    let available_at = by.at + app.test_unit_delay;
    kvitt_postgres::transaction!(&app.pool, "create_test_sales_unit", async |tx| -> Result<_, Error> {
        let revision = revision::advance(tx).await?;
        let merchant = merchants::find(tx, merchant_id).await?.ok_or(Error::MerchantNotFound)?;
        let ordered = store::find_ordered(tx, merchant_id, Environment::Test, wanted.order_id).await?;
        if let Some(stored) = ordered {
            let digest = audit::unit_digest(&unit(wanted, &merchant, stored.unit.msn.clone(), by.at));
            let same = stored.registered_as.as_deref() == Some(&digest);
            let answer = (stored.unit.msn, stored.available_at);
            return if same { Ok(answer) } else { Err(Error::SalesUnitExists) };
        }
        let unit = unit(wanted, &merchant, msn::take(tx, Environment::Test).await?, by.at);
        let opening = Opening {
            revision,
            registered_as: audit::unit_digest(&unit),
            order_id: Some(wanted.order_id),
            available_at,
            keys: KeysState::Wanted,
            account_decide_at: None,
        };
        if !open(tx, &by, &unit, &opening).await? {
            return Err(Error::SalesUnitExists);
        }
        Ok((unit.msn, available_at))
    })
}

fn unit(wanted: &TestUnit, merchant: &Merchant, msn: Msn, created_at: DateTime<Utc>) -> SalesUnit {
    SalesUnit {
        msn,
        merchant_id: merchant.id,
        name: wanted.name.clone(),
        market: merchant.market,
        active: true,
        capture_type: wanted.capture_type,
        features: wanted.features.clone(),
        environment: Environment::Test,
        product_type: ProductType::PaymentIntegration,
        settlement: Settlement::default(),
        merchant_category_code: None,
        partner_id: wanted.partner_id,
        price_package_id: None,
        location: None,
        has_logo: false,
        created_at,
    }
}
