//! What payment needs to know of sales units, read from the merchant service.

use std::{sync::Arc, time::Duration};

use kvitt_primitives::Msn;
use kvitt_proto::{
    merchant::v1::{
        CaptureType, Feature, GetSalesUnitRequest, SalesUnit as Wire,
        merchant_service_client::MerchantServiceClient,
    },
    money::currency_from_proto,
};
use kvitt_runtime::{
    PeerChannel,
    context::{self, Context},
};
use moka::future::Cache;
use tonic::Status;

use super::Error;
use crate::domain::SalesUnit;

/// How old an answer may be: a change of a sales unit holds for new payments after this long.
const STALENESS: Duration = Duration::from_secs(2);
/// How long asking may take, whoever asks.
const ASK_LIMIT: Duration = Duration::from_secs(5);
/// How many sales units are kept.
const CAPACITY: u64 = 10_000;

/// Sales units, through a bounded cache.
#[derive(Debug, Clone)]
pub(crate) struct Merchants {
    client: MerchantServiceClient<PeerChannel>,
    cache: Cache<Msn, Arc<SalesUnit>>,
}

impl Merchants {
    pub(crate) fn new(peer: PeerChannel) -> Self {
        let cache = Cache::builder().max_capacity(CAPACITY).time_to_live(STALENESS).build();
        Self { client: MerchantServiceClient::new(peer), cache }
    }

    /// The sales unit, at most [`STALENESS`] old. Callers that wait for the same one share one question.
    pub(crate) async fn load(&self, msn: &Msn) -> Result<Arc<SalesUnit>, Error> {
        let ask = async {
            let request = GetSalesUnitRequest { msn: msn.to_string() };
            // One question serves all who wait for it, so it has neither the first one's token nor its deadline.
            let deadline = Some(tokio::time::Instant::now() + ASK_LIMIT);
            let mut client = self.client.clone();
            let asking = context::scope(Context { token: None, deadline }, client.get_sales_unit(request));
            let answer = asking.await?.into_inner();
            let unit = answer
                .sales_unit
                .ok_or_else(|| Status::internal("merchant answered without a sales unit"))?;
            read(&unit).map(Arc::new)
        };
        self.cache
            .try_get_with_by_ref(msn, ask)
            .await
            .map_err(|status: Arc<Status>| Error::Peer((*status).clone()))
    }
}

fn read(unit: &Wire) -> Result<SalesUnit, Status> {
    let has = |feature| unit.features().any(|known| known == feature);
    let currency = currency_from_proto(unit.currency, "currency")
        .map_err(|_| Status::internal("merchant answered without a currency"))?;
    Ok(SalesUnit {
        currency,
        active: unit.active,
        partial_capture: unit.capture_type() != CaptureType::ReserveCaptureFull,
        push_message: has(Feature::PushMessage),
        long_living: has(Feature::LongLiving),
        nin_scope: has(Feature::NinScope),
        late_capture: has(Feature::LateCapture),
    })
}
