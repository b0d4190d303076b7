//! What is asked of merchant, in this service's own name.

use kvitt_primitives::Msn;
use kvitt_proto::{
    error::v1::Reason,
    merchant::v1::{GetSalesUnitRequest, SalesUnit},
    refusal::reason_of,
};

use super::{App, Error, in_own_name};

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
}
