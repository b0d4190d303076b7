//! What payment needs to know of sales units, read from the merchant service.

use std::sync::Arc;

use kvitt_primitives::Msn;
use kvitt_proto::{
    merchant::v1::{
        AccountState, CaptureType, Feature, GetSalesUnitRequest, ListSalesUnitChangesRequest, ProductType,
        SalesUnit as Wire, SettlementAccount, merchant_service_client::MerchantServiceClient,
    },
    money::currency_from_proto,
};
use kvitt_runtime::{
    PeerChannel,
    remembered::{Answer, Answers, Changed, Changes, Remembered, Source},
};
use tonic::Status;

use super::Error;
use crate::domain::SalesUnit;

/// How many sales units are kept.
const CAPACITY: u64 = 10_000;

/// Sales units, remembered until the merchant service says that they have changed.
#[derive(Debug, Clone)]
pub(crate) struct Merchants {
    merchant: Remembered<Merchant>,
}

impl Merchants {
    pub(crate) fn new(peer: PeerChannel) -> Self {
        let client = MerchantServiceClient::new(peer);
        Self { merchant: Remembered::new(Merchant { client, units: Answers::at_most(CAPACITY) }) }
    }

    /// The sales unit. A change of it holds for new payments after [`MAX_AGE`](kvitt_runtime::remembered::MAX_AGE) at
    /// the latest. Callers that wait for the same one share one question.
    pub(crate) async fn load(&self, msn: &Msn) -> Result<Arc<SalesUnit>, Error> {
        let merchant = self.merchant.source();
        Ok(self.merchant.get(&merchant.units, msn, merchant.sales_unit(msn)).await?)
    }
}

/// The merchant service, and what it has said.
#[derive(Debug)]
struct Merchant {
    client: MerchantServiceClient<PeerChannel>,
    units: Answers<Msn, Arc<SalesUnit>>,
}

impl Merchant {
    async fn sales_unit(&self, msn: &Msn) -> Result<Answer<Arc<SalesUnit>>, Status> {
        let request = GetSalesUnitRequest { msn: msn.to_string() };
        let answer = self.client.clone().get_sales_unit(request).await?.into_inner();
        let unit =
            answer.sales_unit.ok_or_else(|| Status::internal("merchant answered without a sales unit"))?;
        Ok(Answer { value: Arc::new(read(&unit)?), revision: answer.revision })
    }
}

impl Source for Merchant {
    type Key = Msn;

    async fn changes(&self, after_revision: i64) -> Result<Changes<Msn>, Status> {
        let request = ListSalesUnitChangesRequest { after_revision };
        let changes = self.client.clone().list_sales_unit_changes(request).await?.into_inner();
        let changed = if changes.all {
            Changed::All
        } else {
            let msns = changes.msns.iter().map(|msn| msn.parse()).collect::<Result<_, _>>();
            Changed::These(msns.map_err(|_| Status::internal("merchant named a unit without an MSN"))?)
        };
        Ok(Changes { revision: changes.revision, changed })
    }

    async fn forget(&self, changed: Changed<Msn>) {
        match changed {
            Changed::These(msns) => {
                for msn in &msns {
                    self.units.forget(msn).await;
                }
            }
            Changed::All => self.units.forget_all(),
        }
    }
}

fn read(unit: &Wire) -> Result<SalesUnit, Status> {
    let has = |feature| unit.features().any(|known| known == feature);
    let currency = currency_from_proto(unit.currency, "currency")
        .map_err(|_| Status::internal("merchant answered without a currency"))?;
    Ok(SalesUnit {
        currency,
        active: unit.active,
        takes_payments: unit.product_type() != ProductType::Login,
        account_verified: unit.settlement_account.as_ref().is_none_or(is_verified),
        partial_capture: unit.capture_type() != CaptureType::ReserveCaptureFull,
        push_message: has(Feature::PushMessage),
        long_living: has(Feature::LongLiving),
        nin_scope: has(Feature::NinScope),
        late_capture: has(Feature::LateCapture),
        express: has(Feature::Express),
        direct_capture: unit.capture_type() == CaptureType::DirectCapture,
        vm_number: unit.product_type() == ProductType::VmNumber,
    })
}

/// What the wire leaves open was verified before it was registered.
fn is_verified(account: &SettlementAccount) -> bool {
    matches!(account.state(), AccountState::Verified | AccountState::Unspecified)
}

#[cfg(test)]
mod tests;
