//! What is asked of merchant, in this service's own name.

use std::time::Duration;

use kvitt_primitives::Msn;
use kvitt_proto::{
    error::v1::Reason,
    merchant::v1::{GetSalesUnitRequest, SalesUnit},
    refusal::reason_of,
};

use moka::future::Cache;

use super::{App, Error, in_own_name};

/// Names that are remembered, and for how long: nobody sees an older one.
const MOST_REMEMBERED: u64 = 10_000;
const REMEMBERED_FOR: Duration = Duration::from_secs(2);

/// What sales units are called; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Names(Cache<Msn, String>);

impl Default for Names {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MOST_REMEMBERED).time_to_live(REMEMBERED_FOR).build())
    }
}

impl App {
    /// What the sales unit is called; `None` when there is none.
    pub(crate) async fn find_unit_name(&self, msn: &Msn) -> Result<Option<String>, Error> {
        if let Some(name) = self.names.0.get(msn).await {
            return Ok(Some(name));
        }
        let Some(unit) = self.find_unit(msn).await? else { return Ok(None) };
        self.names.0.insert(msn.clone(), unit.name.clone()).await;
        Ok(Some(unit.name))
    }

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
}
