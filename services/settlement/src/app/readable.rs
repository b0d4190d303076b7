//! Who may read a ledger. For everybody else it is not there, and that is said in the very words of one that is nowhere.

use kvitt_primitives::{Currency, Market, Msn};
use kvitt_runtime::{Action, Caller};
use tonic::{Code, Status};

use super::{App, Error};
use crate::domain::LedgerId;

/// A ledger that the caller may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Readable {
    pub(crate) id: LedgerId,
    pub(crate) market: Market,
    pub(crate) currency: Currency,
    /// Whether it is a VM number's, whose payers may be named.
    pub(crate) vm_number: bool,
}

impl Readable {
    /// Whose it is.
    pub(crate) fn msn(&self) -> &Msn {
        self.id.msn()
    }

    /// What settles into it, as entries name it.
    pub(crate) fn recipient_handle(&self) -> String {
        let kind = if self.vm_number { self.market.code() } else { "api" };
        format!("{kind}:{}", self.msn())
    }
}

impl App {
    /// The ledger with this name, if the caller may read it.
    pub(crate) async fn readable(&self, caller: &Caller, ledger_id: &str) -> Result<Readable, Error> {
        let id = LedgerId::parse(ledger_id).ok_or(Error::LedgerNotFound)?;
        self.readable_of(caller, id.msn()).await
    }

    /// The ledger of this unit, if the caller may read it.
    pub(crate) async fn readable_of(&self, caller: &Caller, msn: &Msn) -> Result<Readable, Error> {
        self.authority.may(caller, Action::DownloadReports, msn).await.map_err(hidden)?;
        self.ledger_of(msn).await?.ok_or(Error::LedgerNotFound)
    }

    /// The ledger of this unit, opened or not; `None` for a unit that is not there, and for one that never has a ledger.
    pub(crate) async fn ledger_of(&self, msn: &Msn) -> Result<Option<Readable>, Error> {
        let basics = self.basics(msn).await?.filter(|basics| basics.has_ledger);
        Ok(basics.map(|basics| Readable {
            id: LedgerId::of(msn.clone()),
            market: basics.market,
            currency: basics.currency,
            vm_number: basics.vm_number,
        }))
    }
}

/// Whatever the reason is why the caller may not: they are told no more than of a ledger that is nowhere. Only that nobody
/// could say whether they may is another matter.
fn hidden(status: Status) -> Error {
    match status.code() {
        Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted | Code::Internal => {
            Error::Refused(status)
        }
        _ => Error::LedgerNotFound,
    }
}
