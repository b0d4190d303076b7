//! `kvitt.payment.v1.TransactionService`.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::{Money, TransactionNumber};
use kvitt_proto::{
    money::to_proto,
    payment::v1::{
        self as wire, SearchPaymentsRequest, SearchPaymentsResponse, SumPaymentsRequest, SumPaymentsResponse,
        TransactionFilter, TransactionStatus, transaction_service_server::TransactionService,
    },
    time,
};
use kvitt_runtime::{Action, Caller};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    decode::Fields,
    encode,
    refusal::{Verb, status},
};
use crate::{
    app::{
        App,
        search::{self, Search},
    },
    domain::transaction::{self, LONGEST_QUERY},
    store::transactions::{
        Sum, Transaction,
        search::{After, Filter},
    },
};

/// Sales units in one search.
const MOST_UNITS: usize = 200;
/// Payments on a page.
const MOST_PAYMENTS: i32 = 100;
/// The same when the caller says nothing.
const USUAL_PAYMENTS: i32 = 50;
/// The longest period that is summed up.
const LONGEST_SUM: TimeDelta = TimeDelta::days(400);

/// The rpcs over the use cases.
#[derive(Debug, Clone)]
pub(crate) struct TransactionGrpc {
    pub(crate) app: App,
}

impl TransactionGrpc {
    /// The search, once the caller may see every unit it names.
    async fn search(&self, caller: &Caller, search: Search) -> Result<Search, Status> {
        for msn in &search.filter.msns {
            self.app.authority.may(caller, Action::ReadPayment, msn).await?;
        }
        Ok(search)
    }
}

#[tonic::async_trait]
impl TransactionService for TransactionGrpc {
    async fn search_payments(
        &self,
        request: Request<SearchPaymentsRequest>,
    ) -> Result<Response<SearchPaymentsResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let request = request.into_inner();
        let mut fields = Fields::default();
        let search = filter(&request.filter.unwrap_or_default(), &mut fields);
        let asked = if request.page_size == 0 { USUAL_PAYMENTS } else { request.page_size };
        let size = fields.page_size(asked, MOST_PAYMENTS);
        let after = page_token(&request.page_token, &mut fields);
        let ((search, size), after) = fields.all(search.zip(size).zip(after))?;
        let search = self.search(&caller, search).await?;
        let size = usize::try_from(size).unwrap_or_default();
        let page = search::search(&self.app, &search, after, size).await;
        let page = page.map_err(|error| status(Verb::Read, &error))?;
        Ok(Response::new(SearchPaymentsResponse {
            next_page_token: page.next.map(|after| token(&after)).unwrap_or_default(),
            transactions: page.transactions.into_iter().map(transaction).collect(),
        }))
    }

    async fn sum_payments(
        &self,
        request: Request<SumPaymentsRequest>,
    ) -> Result<Response<SumPaymentsResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let mut fields = Fields::default();
        let search = filter(&request.into_inner().filter.unwrap_or_default(), &mut fields);
        if let Some(search) = search.as_ref().filter(|search| search.meanings.is_empty()) {
            let bounded = search.filter.before - search.filter.from <= LONGEST_SUM;
            let rule = "must be given, at most 400 days before createdBefore";
            fields.check(bounded, "filter.createdFrom", rule);
        }
        let search = fields.all(search)?;
        let search = self.search(&caller, search).await?;
        let sums = search::sum(&self.app, &search).await.map_err(|error| status(Verb::Read, &error))?;
        Ok(Response::new(SumPaymentsResponse { sums: sums.into_iter().map(sum).collect() }))
    }
}

fn filter(filter: &TransactionFilter, fields: &mut Fields) -> Option<Search> {
    let counted = (1..=MOST_UNITS).contains(&filter.msns.len());
    let counted = fields.check(counted, "filter.msns", "must name 1 to 200 sales units");
    let msns = filter.msns.iter().map(|msn| fields.parsed("filter.msns", msn.parse()));
    let mut msns = msns.collect::<Option<Vec<_>>>();
    if let Some(msns) = &mut msns {
        msns.sort();
        msns.dedup();
    }
    let from = instant(filter.created_from, "filter.createdFrom", fields);
    let before = instant(filter.created_before, "filter.createdBefore", fields);
    let known = filter.statuses().count() == filter.statuses.len();
    // One that says nothing is every status, and so is none at all.
    let statuses = filter.statuses().map(status_of).collect::<Option<Vec<_>>>().unwrap_or_default();
    let statuses = known.then_some(statuses);
    let statuses = fields.one_of("filter.statuses", statuses);
    let link = Some(filter.payment_link_id.as_str()).filter(|link| !link.is_empty());
    let rule = kvitt_primitives::Invalid { rule: "must be a UUID" };
    let link =
        link.map(|link| fields.parsed("filter.paymentLinkId", Uuid::try_parse(link).map_err(|_| rule)));
    let meanings = meanings(&filter.query, fields);
    counted?;
    Some(Search {
        filter: Filter {
            msns: msns?,
            from: from?.unwrap_or(DateTime::<Utc>::UNIX_EPOCH),
            before: before?.unwrap_or(LAST),
            statuses: statuses?,
            payment_link_id: link.map_or(Some(None), |link| link.map(Some))?,
        },
        meanings: meanings?,
    })
}

/// After every payment: the end of the year 9999.
const LAST: DateTime<Utc> = match DateTime::from_timestamp(253_402_300_799, 0) {
    Some(last) => last,
    None => DateTime::<Utc>::UNIX_EPOCH,
};

fn meanings(query: &str, fields: &mut Fields) -> Option<Vec<transaction::Meaning>> {
    if query.is_empty() {
        return Some(Vec::new());
    }
    let meanings = transaction::meanings(query).filter(|_| query.len() <= LONGEST_QUERY);
    let rule = "must be a transaction id, an amount, or at least 3 characters of a reference";
    fields.check(meanings.is_some(), "filter.query", rule);
    meanings
}

#[expect(clippy::option_option, reason = "an instant that is broken is not one that is absent")]
fn instant(
    at: Option<prost_types::Timestamp>,
    field: &str,
    fields: &mut Fields,
) -> Option<Option<DateTime<Utc>>> {
    at.map(|at| fields.read(time::from_proto(at, field))).map_or(Some(None), |at| at.map(Some))
}

/// Where a page begins, as text that tells nobody anything.
fn token(after: &After) -> String {
    let mut bytes = after.created_at.timestamp_micros().to_be_bytes().to_vec();
    bytes.extend(after.payment_id.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

#[expect(clippy::option_option, reason = "a token that is broken is not one that is absent")]
fn page_token(token: &str, fields: &mut Fields) -> Option<Option<After>> {
    if token.is_empty() {
        return Some(None);
    }
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (created_at, payment_id) = bytes.split_first_chunk::<8>()?;
        let created_at = DateTime::from_timestamp_micros(i64::from_be_bytes(*created_at))?;
        // No payment is older or newer, and not every instant fits into a column.
        let storable = (DateTime::UNIX_EPOCH..=LAST).contains(&created_at);
        let payment_id = Uuid::from_slice(payment_id).ok()?;
        storable.then_some(After { created_at, payment_id })
    };
    let after = read();
    fields.check(after.is_some(), "pageToken", "must be the token of the page before");
    after.map(Some)
}

fn status_of(status: TransactionStatus) -> Option<transaction::Status> {
    match status {
        TransactionStatus::Unspecified => None,
        TransactionStatus::Requested => Some(transaction::Status::Requested),
        TransactionStatus::Rejected => Some(transaction::Status::Rejected),
        TransactionStatus::Expired => Some(transaction::Status::Expired),
        TransactionStatus::Reserved => Some(transaction::Status::Reserved),
        TransactionStatus::Cancelled => Some(transaction::Status::Cancelled),
        TransactionStatus::Captured => Some(transaction::Status::Captured),
        TransactionStatus::Refunded => Some(transaction::Status::Refunded),
    }
}

fn status_to(status: transaction::Status) -> TransactionStatus {
    match status {
        transaction::Status::Requested => TransactionStatus::Requested,
        transaction::Status::Rejected => TransactionStatus::Rejected,
        transaction::Status::Expired => TransactionStatus::Expired,
        transaction::Status::Reserved => TransactionStatus::Reserved,
        transaction::Status::Cancelled => TransactionStatus::Cancelled,
        transaction::Status::Captured => TransactionStatus::Captured,
        transaction::Status::Refunded => TransactionStatus::Refunded,
    }
}

fn transaction(found: Transaction) -> wire::Transaction {
    wire::Transaction {
        msn: found.msn.to_string(),
        reference: found.reference.to_string(),
        psp_reference: found.payment_id.to_string(),
        transaction_id: TransactionNumber::of(found.payment_id.as_uuid()).to_string(),
        created_at: Some(time::to_proto(found.created_at)),
        changed_at: Some(time::to_proto(found.changed_at)),
        status: status_to(found.status).into(),
        amount: Some(to_proto(found.amount)),
        aggregate: Some(encode::aggregate(found.amount.currency, found.sums)),
        description: found.description,
        payment_link_id: found.payment_link_id.map(|id| id.to_string()).unwrap_or_default(),
        origin: encode::origin(found.origin).into(),
        payer_name: found.payer_name.unwrap_or_default(),
        message: found.message.unwrap_or_default(),
    }
}

fn sum(sum: Sum) -> wire::TransactionSum {
    wire::TransactionSum {
        status: status_to(sum.status).into(),
        count: sum.count,
        amount: Some(to_proto(Money::new(sum.currency, sum.amount))),
        aggregate: Some(encode::aggregate(sum.currency, sum.sums)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_begins_only_where_a_payment_can_be() {
        let payment_id = Uuid::from_u128(7);
        let after = |created_at| After { created_at, payment_id };
        for (created_at, possible) in [
            (DateTime::UNIX_EPOCH, true),
            (LAST, true),
            (DateTime::UNIX_EPOCH - TimeDelta::microseconds(1), false),
            (LAST + TimeDelta::seconds(1), false),
            (DateTime::<Utc>::MIN_UTC + TimeDelta::days(1), false),
        ] {
            let mut fields = Fields::default();
            let read = page_token(&token(&after(created_at)), &mut fields);
            assert_eq!(read, possible.then(|| Some(after(created_at))), "{created_at}");
            assert_eq!(fields.all(Some(())).is_ok(), possible, "{created_at}");
        }
    }

    #[test]
    fn a_status_that_says_nothing_is_every_status() {
        use TransactionStatus::{Captured, Refunded, Unspecified};
        let found = |statuses: Vec<i32>| {
            let wanted = TransactionFilter { msns: vec!["123456".into()], statuses, ..Default::default() };
            filter(&wanted, &mut Fields::default()).map(|search| search.filter.statuses)
        };
        let (captured, refunded) = (transaction::Status::Captured, transaction::Status::Refunded);
        assert_eq!(found(vec![Captured.into(), Refunded.into()]), Some(vec![captured, refunded]));
        assert_eq!(found(vec![Captured.into(), Unspecified.into()]), Some(Vec::new()));
        assert_eq!(found(vec![Captured.into(), 99]), None);
    }
}
