//! The ledgers that a caller may read, whoever's they are.

use std::collections::BTreeMap;

use kvitt_primitives::Msn;
use kvitt_proto::merchant::v1::{Environment, GetMerchantRequest, ListSalesUnitsRequest, SalesUnit};
use kvitt_runtime::{
    Action, Caller, Principal,
    authority::{
        matrix::{Role, key_permits, permits},
        may_alone,
    },
};

use super::{App, Error, in_own_name, readable::Readable};
use crate::store::entries;

/// Most ledgers on a page.
pub(crate) const MOST_ON_PAGE: i64 = 1000;

/// How many are on a page when no number is asked for.
pub(crate) const USUALLY_ON_PAGE: i64 = 100;

/// Most pages of a merchant's units that are asked for: of 100 units each.
const MOST_PAGES: usize = 1000;

/// Which ledgers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct List {
    /// Only the one that settles for this; empty for all.
    pub(crate) recipient_handle: String,
    /// 1 to [`MOST_ON_PAGE`].
    pub(crate) size: i64,
    /// The unit at which the page before ended.
    pub(crate) after: Option<Msn>,
}

/// A ledger, with what its unit and its owner are called now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    pub(crate) ledger: Readable,
    pub(crate) unit: SalesUnit,
    /// As the owner's register writes it.
    pub(crate) organization_number: String,
}

/// A page of ledgers.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Listed {
    /// Ascending by MSN. Fewer than were asked for where units have no ledger, though others may follow.
    pub(crate) ledgers: Vec<Shown>,
    /// The unit at which it ends, unless nothing follows.
    pub(crate) ends_at: Option<Msn>,
}

/// Units that the caller may read the reports of, with what is known of them already.
type Candidates = BTreeMap<Msn, Option<SalesUnit>>;

/// The page. A list of no ledger is empty: whoever asks is not told more than that.
pub(crate) async fn list_ledgers(app: &App, caller: &Caller, list: List) -> Result<Listed, Error> {
    let narrowed = list.after.is_none() && !list.recipient_handle.is_empty();
    let candidates = if narrowed {
        app.settling_for(caller, &list.recipient_handle).await?
    } else {
        app.candidates(caller, &list).await?
    };
    let mut behind = candidates.into_iter().filter(|(msn, _)| list.after.as_ref().is_none_or(|at| msn > at));
    let page: Vec<_> = behind.by_ref().take(usize::try_from(list.size).unwrap_or_default()).collect();
    let more = behind.next().is_some();
    let ends_at = page.last().filter(|_| more).map(|(msn, _)| msn.clone());
    let (mut ledgers, mut owners) = (Vec::with_capacity(page.len()), BTreeMap::new());
    for (msn, known) in page {
        let unit = match known {
            Some(unit) => Some(unit),
            None => app.find_unit(&msn).await?,
        };
        let (Some(unit), Some(ledger)) = (unit, app.ledger_of(&msn).await?) else { continue };
        if !narrowed || ledger.recipient_handle() == list.recipient_handle {
            let organization_number = app.owner(&unit, &mut owners).await?;
            ledgers.push(Shown { ledger, unit, organization_number });
        }
    }
    Ok(Listed { ledgers, ends_at })
}

impl App {
    /// The unit that the handle names, if the caller may read of it.
    async fn settling_for(&self, caller: &Caller, handle: &str) -> Result<Candidates, Error> {
        let named = handle.split_once(':').and_then(|(_, msn)| msn.parse().ok());
        let Some(msn) = named else { return Ok(Candidates::new()) };
        match self.readable_of(caller, &msn).await {
            Ok(_) => Ok([(msn, None)].into()),
            Err(Error::LedgerNotFound) => Ok(Candidates::new()),
            Err(error) => Err(error),
        }
    }

    /// Every unit that the caller may read of, at least as far as the page goes and one beyond.
    async fn candidates(&self, caller: &Caller, list: &List) -> Result<Candidates, Error> {
        match caller.principal {
            Principal::Client(client) => {
                let client = self.authority.client(client).await.map_err(Error::Refused)?;
                let may = client.kind.is_some_and(|kind| key_permits(kind, Action::DownloadReports));
                let msns = client.msns.iter().filter(|_| may);
                Ok(msns.map(|msn| (msn.clone(), None)).collect())
            }
            Principal::User(user) => {
                let mut candidates = Candidates::new();
                for part in self.authority.memberships(user).await.map_err(Error::Refused)?.iter() {
                    if part.role == Role::Administrator {
                        candidates.extend(self.units_of(&part.merchant_id.to_string()).await?);
                    } else {
                        let units = part.units.iter();
                        let may =
                            units.filter(|(_, grants)| permits(part.role, *grants, Action::DownloadReports));
                        candidates.extend(may.map(|(msn, _)| (msn.clone(), None)));
                    }
                }
                Ok(candidates)
            }
            Principal::Service(service) => {
                if !may_alone(service, Action::DownloadReports) {
                    return Ok(Candidates::new());
                }
                let after = list.after.as_ref().map_or("", Msn::as_str);
                let mut connection = self.pool.acquire().await?;
                let opened = entries::opened(&mut connection, after, list.size + 1).await?;
                Ok(opened.into_iter().map(|msn| (msn, None)).collect())
            }
        }
    }

    /// A merchant's units, in use or not.
    async fn units_of(&self, merchant_id: &str) -> Result<Candidates, Error> {
        let (mut units, mut page_token) = (Candidates::new(), String::new());
        for _ in 0..MOST_PAGES {
            let request = ListSalesUnitsRequest {
                merchant_id: merchant_id.to_owned(),
                page_token,
                environment: Environment::Production.into(),
                with_inactive: true,
                ..Default::default()
            };
            let mut client = self.merchants.clone();
            let page = in_own_name(async { client.list_sales_units(request).await }).await;
            let page = page.map_err(Error::Peer)?.into_inner();
            for unit in page.sales_units {
                let msn = unit.msn.parse().map_err(|_| Error::PeerAnswer("an MSN"))?;
                units.insert(msn, Some(unit));
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(units);
            }
        }
        Err(Error::PeerAnswer("an end of a merchant's units"))
    }

    /// The number of the unit's owner, who is asked for once.
    async fn owner(&self, unit: &SalesUnit, known: &mut BTreeMap<String, String>) -> Result<String, Error> {
        if let Some(number) = known.get(&unit.merchant_id) {
            return Ok(number.clone());
        }
        let request = GetMerchantRequest { merchant_id: unit.merchant_id.clone(), ..Default::default() };
        let mut client = self.merchants.clone();
        let answer = in_own_name(async { client.get_merchant(request).await }).await;
        let owner = answer.map_err(Error::Peer)?.into_inner().merchant;
        let number = owner.ok_or(Error::PeerAnswer("a merchant"))?.organization_number;
        known.insert(unit.merchant_id.clone(), number.clone());
        Ok(number)
    }
}
