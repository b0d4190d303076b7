//! `CheckoutService`.

use kvitt_primitives::Msn;
use kvitt_proto::checkout::v1::{self as wire, checkout_service_server::CheckoutService};
use kvitt_runtime::{Action, Caller};
use tonic::{Request, Response, Status};

use super::{CheckoutGrpc, decode};
use crate::{
    app::{
        cancel_session::cancel_session,
        create_session::create_session,
        expire_session::expire_session,
        get_session::{Read, get_session},
        list_shipping_options::list_shipping_options,
        open_session::open_session,
        start_payment::start_payment,
        submit_details::submit_details,
        update_session::update_session,
    },
    encode,
};

impl CheckoutGrpc {
    /// Who may act for whom comes before everything but the form of the MSN itself.
    async fn authorized<T>(
        &self,
        request: Request<T>,
        msn: fn(&T) -> &str,
        action: Action,
    ) -> Result<(T, Msn), Status> {
        let caller = *Caller::of(&request)?;
        let request = request.into_inner();
        let msn = decode::msn("msn", msn(&request))?;
        self.app.authority.may(&caller, action, &msn).await?;
        Ok((request, msn))
    }

    fn session(&self, read: Read) -> Option<wire::Session> {
        Some(encode::session(read, self.app.clock.now()))
    }
}

#[tonic::async_trait]
impl CheckoutService for CheckoutGrpc {
    async fn create_session(
        &self,
        request: Request<wire::CreateSessionRequest>,
    ) -> Result<Response<wire::CreateSessionResponse>, Status> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::CreatePayment).await?;
        let (creation, found) = decode::creation(request, msn);
        let session = create_session(&self.app, creation, found).await?;
        let links = &self.app.links;
        Ok(Response::new(wire::CreateSessionResponse {
            token: session.token.expose().to_owned(),
            checkout_frontend_url: links.frontend_url.clone(),
            polling_url: format!("{}/checkout/v3/session/{}", links.api_url, session.key.reference),
        }))
    }

    async fn get_session(
        &self,
        request: Request<wire::GetSessionRequest>,
    ) -> Result<Response<wire::GetSessionResponse>, Status> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::ReadPayment).await?;
        let read = get_session(&self.app, &decode::key(msn, &request.reference)?).await?;
        Ok(Response::new(wire::GetSessionResponse { session: self.session(read) }))
    }

    async fn update_session(
        &self,
        request: Request<wire::UpdateSessionRequest>,
    ) -> Result<Response<wire::UpdateSessionResponse>, Status> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::CreatePayment).await?;
        let key = decode::key(msn, &request.reference)?;
        let (change, found) = decode::change(request);
        let read = update_session(&self.app, &key, change, found).await?;
        Ok(Response::new(wire::UpdateSessionResponse { session: self.session(read) }))
    }

    async fn expire_session(
        &self,
        request: Request<wire::ExpireSessionRequest>,
    ) -> Result<Response<wire::ExpireSessionResponse>, Status> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::CreatePayment).await?;
        let read = expire_session(&self.app, &decode::key(msn, &request.reference)?).await?;
        Ok(Response::new(wire::ExpireSessionResponse { session: self.session(read) }))
    }

    async fn open_session(
        &self,
        request: Request<wire::OpenSessionRequest>,
    ) -> Result<Response<wire::OpenSessionResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let named = self.for_payer(&caller, request.into_inner().key).await?;
        let read = open_session(&self.app, &named).await?;
        Ok(Response::new(encode::opened(read, self.app.clock.now())))
    }

    async fn submit_details(
        &self,
        request: Request<wire::SubmitDetailsRequest>,
    ) -> Result<Response<wire::SubmitDetailsResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let request = request.into_inner();
        let key = self.key_for_payer(&caller, request.key.clone()).await?;
        submit_details(&self.app, &key, decode::details(request)).await?;
        Ok(Response::new(wire::SubmitDetailsResponse {}))
    }

    async fn list_shipping_options(
        &self,
        request: Request<wire::ListShippingOptionsRequest>,
    ) -> Result<Response<wire::ListShippingOptionsResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let key = self.key_for_payer(&caller, request.into_inner().key).await?;
        let options = list_shipping_options(&self.app, &key).await?;
        let options = options.into_iter().map(encode::option).collect();
        Ok(Response::new(wire::ListShippingOptionsResponse { options }))
    }

    async fn start_payment(
        &self,
        request: Request<wire::StartPaymentRequest>,
    ) -> Result<Response<wire::StartPaymentResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let request = request.into_inner();
        let key = self.key_for_payer(&caller, request.key.clone()).await?;
        let redirect_url = start_payment(&self.app, &key, decode::choice(request)?).await?;
        Ok(Response::new(wire::StartPaymentResponse { reference: key.reference.to_string(), redirect_url }))
    }

    async fn cancel_session(
        &self,
        request: Request<wire::CancelSessionRequest>,
    ) -> Result<Response<wire::CancelSessionResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let key = self.key_for_payer(&caller, request.into_inner().key).await?;
        cancel_session(&self.app, &key).await?;
        Ok(Response::new(wire::CancelSessionResponse {}))
    }
}
