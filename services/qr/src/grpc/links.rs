//! Payment links.

use kvitt_proto::qr::v1::{
    CreatePaymentLinkRequest, CreatePaymentLinkResponse, DeactivatePaymentLinkRequest,
    DeactivatePaymentLinkResponse, GetPaymentLinkRequest, GetPaymentLinkResponse, ListPaymentLinksRequest,
    ListPaymentLinksResponse, OpenPaymentLinkRequest, OpenPaymentLinkResponse, PayPaymentLinkRequest,
    PayPaymentLinkResponse, PaymentLink, ScreenPaymentLinkRequest, ScreenPaymentLinkResponse,
    payment_link_service_server::PaymentLinkService,
};
use kvitt_runtime::{Action, Caller};
use tonic::{Request, Response, Status};

use super::{Answer, Grpc, authorized::msn, link_decode as decode, link_encode as encode};
use crate::{
    app::{
        create_payment_link::{Wish, create_payment_link},
        deactivate_payment_link::deactivate_payment_link,
        get_payment_link::get_payment_link,
        list_payment_links::list_payment_links,
        open_payment_link::open_payment_link,
        pay_payment_link::pay_payment_link,
        screen_payment_link::screen_payment_link,
    },
    domain::{Found, link::Link},
};

impl Grpc {
    fn link(&self, link: Link) -> Result<PaymentLink, Status> {
        Ok(encode::link(&self.app.links, link, self.app.clock.now())?)
    }
}

#[tonic::async_trait]
impl PaymentLinkService for Grpc {
    async fn create_payment_link(
        &self,
        request: Request<CreatePaymentLinkRequest>,
    ) -> Answer<CreatePaymentLinkResponse> {
        let (request, msn) = self.authorized(request, |request| &request.msn, Action::CreateLinks).await?;
        let mut found = Found::default();
        let id = decode::new_link_id(&request.payment_link_id, &mut found);
        let wish = Wish { msn, id, terms: decode::terms(request.terms, &mut found) };
        let link = create_payment_link(&self.app, wish, found).await?;
        Ok(Response::new(CreatePaymentLinkResponse { payment_link: Some(self.link(link)?) }))
    }

    async fn get_payment_link(
        &self,
        request: Request<GetPaymentLinkRequest>,
    ) -> Answer<GetPaymentLinkResponse> {
        let (request, msn) = self.authorized(request, |request| &request.msn, Action::CreateLinks).await?;
        let link = get_payment_link(&self.app, &msn, decode::link_id(&request.payment_link_id)?).await?;
        Ok(Response::new(GetPaymentLinkResponse { payment_link: Some(self.link(link)?) }))
    }

    async fn list_payment_links(
        &self,
        request: Request<ListPaymentLinksRequest>,
    ) -> Answer<ListPaymentLinksResponse> {
        let (request, msn) = self.authorized(request, |request| &request.msn, Action::CreateLinks).await?;
        let (links, more) = list_payment_links(&self.app, &msn, decode::list(&request)?).await?;
        let last = links.last().filter(|_| more).map(|link| encode::page_token((link.created_at, link.id)));
        let payment_links = links.into_iter().map(|link| self.link(link)).collect::<Result<_, _>>()?;
        let next_page_token = last.unwrap_or_default();
        Ok(Response::new(ListPaymentLinksResponse { payment_links, next_page_token }))
    }

    async fn deactivate_payment_link(
        &self,
        request: Request<DeactivatePaymentLinkRequest>,
    ) -> Answer<DeactivatePaymentLinkResponse> {
        let (request, msn) = self.authorized(request, |request| &request.msn, Action::CreateLinks).await?;
        let id = decode::link_id(&request.payment_link_id)?;
        let link = deactivate_payment_link(&self.app, &msn, id).await?;
        Ok(Response::new(DeactivatePaymentLinkResponse { payment_link: Some(self.link(link)?) }))
    }

    async fn screen_payment_link(
        &self,
        request: Request<ScreenPaymentLinkRequest>,
    ) -> Answer<ScreenPaymentLinkResponse> {
        let request = request.into_inner();
        let (msn, id) = (msn(&request.msn)?, decode::link_id(&request.payment_link_id)?);
        let link = screen_payment_link(&self.app, &msn, id, request.rejection_reason).await?;
        Ok(Response::new(ScreenPaymentLinkResponse { payment_link: Some(self.link(link)?) }))
    }

    async fn open_payment_link(
        &self,
        request: Request<OpenPaymentLinkRequest>,
    ) -> Answer<OpenPaymentLinkResponse> {
        let caller = *Caller::of(&request)?;
        let (link, merchant_name) = open_payment_link(&self.app, &caller, &request.get_ref().token).await?;
        let state = encode::state(link.state(self.app.clock.now()));
        Ok(Response::new(OpenPaymentLinkResponse {
            payment_link_id: link.id.to_string(),
            msn: link.msn.to_string(),
            merchant_name,
            terms: Some(encode::terms(link.terms)?),
            state: state.into(),
        }))
    }

    async fn pay_payment_link(
        &self,
        request: Request<PayPaymentLinkRequest>,
    ) -> Answer<PayPaymentLinkResponse> {
        let caller = *Caller::of(&request)?;
        let request = request.into_inner();
        let (token, wish) = (request.token.clone(), decode::payer_wish(request)?);
        let begun = pay_payment_link(&self.app, &caller, &token, wish).await?;
        Ok(Response::new(PayPaymentLinkResponse {
            msn: begun.msn.to_string(),
            reference: begun.reference.to_string(),
            redirect_url: begun.redirect_url,
        }))
    }
}

#[cfg(test)]
mod tests;
