//! Ledgers as merchants and their accountants read them. Whether the caller may comes before everything else that a request
//! says, so that nobody learns from a broken field that there is a ledger.

use kvitt_proto::settlement::v1::{
    FollowEntriesRequest, FollowEntriesResponse, ListEntriesOfDateRequest, ListEntriesOfDateResponse,
    ListLedgersRequest, ListLedgersResponse, ListPayoutsRequest, ListPayoutsResponse,
    ListTransactionsRequest, ListTransactionsResponse, ledger_service_server::LedgerService,
};
use kvitt_runtime::Caller;
use tonic::{Request, Response};

use super::{
    Answer, Grpc, authorized, decode, encode,
    page_token::{self, List},
};
use crate::{
    app::{
        follow_entries::follow_entries, list_entries_of_date::list_entries_of_date,
        list_ledgers::list_ledgers, list_payouts::list_payouts, list_transactions::list_transactions,
    },
    domain::cursor::Cursor,
};

#[tonic::async_trait]
impl LedgerService for Grpc {
    async fn list_ledgers(&self, request: Request<ListLedgersRequest>) -> Answer<ListLedgersResponse> {
        let caller = *Caller::of(&request)?;
        let list = decode::ledgers(request.into_inner())?;
        let listed = list_ledgers(&self.app, &caller, list).await?;
        let next = listed.ends_at.map(|msn| page_token::seal(List::Ledgers, msn.as_str()));
        Ok(Response::new(ListLedgersResponse {
            ledgers: listed.ledgers.into_iter().map(encode::ledger).collect(),
            next_page_token: next.unwrap_or_default(),
        }))
    }

    async fn list_entries_of_date(
        &self,
        request: Request<ListEntriesOfDateRequest>,
    ) -> Answer<ListEntriesOfDateResponse> {
        let ledger = self.app.readable(Caller::of(&request)?, &request.get_ref().ledger_id).await?;
        let wanted = decode::of_date(request.get_ref(), &ledger)?;
        let (topic, date) = (wanted.topic, wanted.date);
        let Some(page) = list_entries_of_date(&self.app, &ledger, wanted).await? else {
            return Ok(Response::new(ListEntriesOfDateResponse { try_later: true, ..Default::default() }));
        };
        let last = page.entries.last().filter(|_| page.more);
        let next =
            last.map(|last| Cursor { ledger: ledger.id.clone(), topic, date: Some(date), seq: last.number });
        Ok(Response::new(ListEntriesOfDateResponse {
            entries: encode::entries(&ledger, &page),
            cursor: next.map(|cursor| cursor.to_string()).unwrap_or_default(),
            try_later: false,
        }))
    }

    async fn follow_entries(&self, request: Request<FollowEntriesRequest>) -> Answer<FollowEntriesResponse> {
        let ledger = self.app.readable(Caller::of(&request)?, &request.get_ref().ledger_id).await?;
        let wanted = decode::since(request.get_ref(), &ledger)?;
        let (topic, after) = (wanted.topic, wanted.after);
        let page = follow_entries(&self.app, &ledger, wanted).await?;
        let seq = page.entries.last().map_or(after, |last| last.seq);
        let cursor = Cursor { ledger: ledger.id.clone(), topic, date: None, seq };
        Ok(Response::new(FollowEntriesResponse {
            entries: encode::entries(&ledger, &page),
            cursor: cursor.to_string(),
            try_later: !page.more,
        }))
    }

    async fn list_transactions(
        &self,
        request: Request<ListTransactionsRequest>,
    ) -> Answer<ListTransactionsResponse> {
        let ledger = self.app.readable(Caller::of(&request)?, &request.get_ref().ledger_id).await?;
        let (dates, size) = decode::transactions(request.get_ref(), &ledger)?;
        let (page, rest) = list_transactions(&self.app, &ledger, dates, size).await?;
        Ok(Response::new(ListTransactionsResponse {
            entries: encode::entries(&ledger, &page),
            cursor: rest.map(|rest| decode::rest_token(&ledger, &rest)).unwrap_or_default(),
        }))
    }

    async fn list_payouts(&self, request: Request<ListPayoutsRequest>) -> Answer<ListPayoutsResponse> {
        let msn = authorized::msn(&request.get_ref().msn)?;
        let ledger = self.app.readable_of(Caller::of(&request)?, &msn).await?;
        let list = decode::payouts(request.get_ref())?;
        let (payouts, more) = list_payouts(&self.app, &ledger, list).await?;
        let last = payouts.last().filter(|_| more);
        let next = last.map(|last| page_token::seal(List::Payouts, &last.number.to_string()));
        Ok(Response::new(ListPayoutsResponse {
            payouts: payouts.into_iter().map(encode::payout).collect(),
            next_page_token: next.unwrap_or_default(),
        }))
    }
}

#[cfg(test)]
mod tests;
