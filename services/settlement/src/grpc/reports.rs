//! Report files, and who is sent them.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use kvitt_primitives::Msn;
use kvitt_proto::settlement::v1::{
    CreateSubscriptionRequest, CreateSubscriptionResponse, DeleteSubscriptionRequest,
    DeleteSubscriptionResponse, DownloadReportRequest, DownloadReportResponse, ListMailsRequest,
    ListMailsResponse, ListSubscriptionsRequest, ListSubscriptionsResponse, UpdateSubscriptionRequest,
    UpdateSubscriptionResponse, report_service_server::ReportService,
};
use kvitt_runtime::{Action, Caller, Principal};
use tokio_stream::Stream;
use tonic::{Request, Response, Status, codegen::BoxStream};

use super::{
    Answer, Grpc, authorized,
    page_token::{self, List},
};
use crate::app::{
    create_subscription::create_subscription,
    delete_subscription::delete_subscription,
    download_report::{Download, download_report},
    list_mails::list_mails,
    list_subscriptions::list_subscriptions,
    update_subscription::update_subscription,
};

mod decode;
mod encode;

impl Grpc {
    /// Passes for those who may say how often a unit's reports come: users by their role, the operator, and in the sandbox
    /// clients that may download the unit's reports, who have no portal to do it in.
    async fn sets_frequency(&self, caller: &Caller, msn: &str) -> Result<Msn, Status> {
        let msn = authorized::msn(msn)?;
        let action = match caller.principal {
            Principal::Client(_) if self.app.sandbox => Action::DownloadReports,
            Principal::Client(_) | Principal::User(_) | Principal::Service(_) => Action::EditFrequency,
        };
        self.app.authority.may(caller, action, &msn).await?;
        Ok(msn)
    }
}

#[tonic::async_trait]
impl ReportService for Grpc {
    async fn download_report(
        &self,
        request: Request<DownloadReportRequest>,
    ) -> Answer<BoxStream<DownloadReportResponse>> {
        let caller = *Caller::of(&request)?;
        let request = request.into_inner();
        let msns = decode::msns(&request)?;
        for msn in &msns {
            self.app.readable_of(&caller, msn).await?;
        }
        let download = download_report(&self.app, decode::wanted(&request, msns)?).await?;
        Ok(Response::new(Box::pin(Pieces { download, begun: false })))
    }

    async fn create_subscription(
        &self,
        request: Request<CreateSubscriptionRequest>,
    ) -> Answer<CreateSubscriptionResponse> {
        let caller = *Caller::of(&request)?;
        let wanted = request.into_inner().subscription.unwrap_or_default();
        let msn = self.sets_frequency(&caller, &wanted.msn).await?;
        let subscription = decode::new_subscription(msn, &wanted)?;
        let created = create_subscription(&self.app, subscription).await?;
        Ok(Response::new(CreateSubscriptionResponse { subscription: Some(encode::subscription(created)) }))
    }

    async fn list_subscriptions(
        &self,
        request: Request<ListSubscriptionsRequest>,
    ) -> Answer<ListSubscriptionsResponse> {
        let msn = self.sets_frequency(Caller::of(&request)?, &request.get_ref().msn).await?;
        let subscriptions = list_subscriptions(&self.app, &msn).await?;
        let subscriptions = subscriptions.into_iter().map(encode::subscription).collect();
        Ok(Response::new(ListSubscriptionsResponse { subscriptions }))
    }

    async fn update_subscription(
        &self,
        request: Request<UpdateSubscriptionRequest>,
    ) -> Answer<UpdateSubscriptionResponse> {
        let caller = *Caller::of(&request)?;
        let wanted = request.into_inner().subscription.unwrap_or_default();
        let msn = self.sets_frequency(&caller, &wanted.msn).await?;
        let updated = update_subscription(&self.app, decode::subscription(msn, &wanted)?).await?;
        Ok(Response::new(UpdateSubscriptionResponse { subscription: Some(encode::subscription(updated)) }))
    }

    async fn delete_subscription(
        &self,
        request: Request<DeleteSubscriptionRequest>,
    ) -> Answer<DeleteSubscriptionResponse> {
        let msn = self.sets_frequency(Caller::of(&request)?, &request.get_ref().msn).await?;
        let id = decode::subscription_id(&request.get_ref().subscription_id)?;
        delete_subscription(&self.app, (&msn, id)).await?;
        Ok(Response::new(DeleteSubscriptionResponse {}))
    }

    async fn list_mails(&self, request: Request<ListMailsRequest>) -> Answer<ListMailsResponse> {
        let msn = self.sets_frequency(Caller::of(&request)?, &request.get_ref().msn).await?;
        let listed = list_mails(&self.app, &msn, decode::mails(request.get_ref())?).await?;
        let last = listed.mails.last().filter(|_| listed.more);
        let next = last.map(|(mail, _)| page_token::seal(List::Mails, &encode::place(mail)));
        Ok(Response::new(ListMailsResponse {
            mails: listed.mails.into_iter().map(encode::mail).collect(),
            next_page_token: next.unwrap_or_default(),
        }))
    }
}

/// A report on its way. What it is called comes first, before anything is written, so that whoever waits knows that it
/// comes.
#[derive(Debug)]
struct Pieces {
    download: Download,
    begun: bool,
}

impl Stream for Pieces {
    type Item = Result<DownloadReportResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.begun {
            self.begun = true;
            return Poll::Ready(Some(Ok(DownloadReportResponse {
                piece: Vec::new(),
                file_name: std::mem::take(&mut self.download.file_name),
                media_type: self.download.media_type.to_owned(),
            })));
        }
        let piece = |piece| DownloadReportResponse { piece, ..Default::default() };
        let next = self.download.pieces.poll_recv(cx);
        next.map(|next| next.map(|next| next.map(piece).map_err(Status::from)))
    }
}

#[cfg(test)]
mod tests;
