//! Whose a sales unit is: what a partner's keys and a user's role are decided by.

use std::fmt;
use std::sync::Arc;

use kvitt_primitives::{MerchantId, Msn, PartnerId};
use kvitt_proto::merchant::v1::merchant_service_client::MerchantServiceClient;
use kvitt_proto::merchant::v1::{ListSalesUnitChangesRequest, ResolveSalesUnitRequest};
use tonic::Status;

use super::unreadable;
use crate::mesh::PeerChannel;
use crate::remembered::{Answer, Answers, Changed, Changes, Remembered, Source};

/// How many units' answers are remembered.
const REMEMBERED_LIMIT: u64 = 16_384;

/// Whose a sales unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The merchant.
    pub merchant_id: MerchantId,
    /// The partner it is linked to.
    pub partner_id: Option<PartnerId>,
}

/// Knows whose sales units are without asking another service: the service `merchant` itself.
#[tonic::async_trait]
pub trait KnowsUnits: Send + Sync {
    /// Whose the unit is; `None` when there is none.
    async fn unit(&self, msn: &Msn) -> Result<Option<Unit>, Status>;
}

/// Where to learn whose a sales unit is; clones share what they remember.
#[derive(Clone)]
pub struct Units(Inner);

#[derive(Clone)]
enum Inner {
    Remote(Remembered<Merchant>),
    Local(Arc<dyn KnowsUnits>),
}

impl Units {
    /// Asks the service `merchant` at the other end of the channel, and remembers what it says.
    pub fn of_merchant(channel: PeerChannel) -> Self {
        let client = MerchantServiceClient::new(channel);
        let units = Answers::at_most(REMEMBERED_LIMIT);
        Self(Inner::Remote(Remembered::new(Merchant { client, units })))
    }

    /// Looks for itself, every time.
    pub fn local(units: Arc<dyn KnowsUnits>) -> Self {
        Self(Inner::Local(units))
    }

    /// Whose the unit is; `None` when there is none.
    pub async fn unit(&self, msn: &Msn) -> Result<Option<Unit>, Status> {
        match &self.0 {
            Inner::Remote(merchant) => {
                let source = merchant.source();
                merchant.get(&source.units, msn, source.resolve(msn)).await
            }
            Inner::Local(units) => units.unit(msn).await,
        }
    }
}

impl fmt::Debug for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Units(..)")
    }
}

/// The service `merchant`, and what it has said. That there is no such unit is remembered too.
struct Merchant {
    client: MerchantServiceClient<PeerChannel>,
    units: Answers<Msn, Option<Unit>>,
}

impl Merchant {
    async fn resolve(&self, msn: &Msn) -> Result<Answer<Option<Unit>>, Status> {
        let request = ResolveSalesUnitRequest { msn: msn.to_string() };
        let unit = self.client.clone().resolve_sales_unit(request).await?.into_inner();
        let revision = unit.revision;
        if unit.merchant_id.is_empty() {
            return Ok(Answer { value: None, revision });
        }
        let merchant_id = unit.merchant_id.parse().map_err(|_| unreadable("a merchant id"))?;
        let partner_id = match unit.partner_id.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|_| unreadable("a partner id"))?),
        };
        Ok(Answer { value: Some(Unit { merchant_id, partner_id }), revision })
    }
}

impl Source for Merchant {
    type Key = Msn;

    async fn changes(&self, after_revision: i64) -> Result<Changes<Msn>, Status> {
        let request = ListSalesUnitChangesRequest { after_revision };
        let changes = self.client.clone().list_sales_unit_changes(request).await?.into_inner();
        let msns = changes.msns.iter().map(|msn| msn.parse().map_err(|_| unreadable("an MSN")));
        let changed =
            if changes.all { Changed::All } else { Changed::These(msns.collect::<Result<_, _>>()?) };
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
