//! Whose registrations a caller makes and sees.

use kvitt_primitives::Msn;
use kvitt_proto::{error::v1::Reason, refusal};
use kvitt_runtime::{Caller, Principal, authority::matrix::KeyKind};

use super::{App, Error};
use crate::domain::Owner;

impl App {
    /// The owner of what the caller registers for the unit, or for no unit in particular, which only a partner's keys may.
    pub(crate) async fn owner(&self, caller: &Caller, msn: Option<Msn>) -> Result<Owner, Error> {
        if let Some(msn) = &msn {
            self.may(caller, msn).await?;
        }
        let partner = match caller.principal {
            Principal::Client(client) => {
                let keys = self.authority.client(client).await.map_err(Error::Refused)?;
                keys.partner_id.filter(|_| keys.kind == Some(KeyKind::Partner))
            }
            Principal::User(_) | Principal::Service(_) => None,
        };
        match (partner, msn) {
            (None, Some(msn)) => Ok(Owner::Unit(msn)),
            (Some(partner), Some(msn)) => Ok(Owner::Partner(partner, msn)),
            (Some(partner), None) => Ok(Owner::PartnerOfAll(partner)),
            (None, None) => {
                let detail = "Only a partner's keys may leave the sales unit open.";
                Err(Error::Refused(refusal::status(Reason::MsnRequired, detail)))
            }
        }
    }
}
