//! A merchant's codes.

use kvitt_proto::{
    qr::v1::{
        CreateMerchantRedirectRequest, CreateMerchantRedirectResponse, CreateOneTimeQrRequest,
        CreateOneTimeQrResponse, DeleteMerchantCallbackRequest, DeleteMerchantCallbackResponse,
        DeleteMerchantRedirectRequest, DeleteMerchantRedirectResponse, ExchangeCustomerRequest,
        ExchangeCustomerResponse, ExchangeQrRequest, ExchangeQrResponse, GetMerchantCallbackRequest,
        GetMerchantCallbackResponse, GetMerchantRedirectRequest, GetMerchantRedirectResponse,
        GetUnitQrRequest, GetUnitQrResponse, ImportBeaconRequest, ImportBeaconResponse,
        ListMerchantCallbacksRequest, ListMerchantCallbacksResponse, ListMerchantRedirectsRequest,
        ListMerchantRedirectsResponse, PutMerchantCallbackRequest, PutMerchantCallbackResponse,
        UpdateMerchantRedirectRequest, UpdateMerchantRedirectResponse, qr_service_server::QrService,
    },
    time,
    wallet::v1::PersonalCodeVersion,
};
use kvitt_runtime::Action;
use tonic::{Request, Response};

use super::{
    Answer, Grpc,
    decode::{Fields, page_token},
    wish::{callback_id, callback_wish, redirect_id, redirect_wish},
};
use crate::app::{
    Error, create_merchant_redirect::create_merchant_redirect, create_one_time_qr::create_one_time_qr,
    delete_merchant_callback::delete_merchant_callback, delete_merchant_redirect::delete_merchant_redirect,
    exchange_customer::exchange_customer, exchange_qr::exchange_qr,
    get_merchant_callback::get_merchant_callback, get_merchant_redirect::get_merchant_redirect,
    get_unit_qr::get_unit_qr, import_beacon::import_beacon, list_merchant_callbacks::list_merchant_callbacks,
    list_merchant_redirects::list_merchant_redirects, put_merchant_callback::put_merchant_callback,
    update_merchant_redirect::update_merchant_redirect,
};

/// Characters of a payer's own code.
const QR_CODE: (usize, usize) = (5, 255);

/// Characters of a customer token.
pub(super) const CUSTOMER_TOKEN: (usize, usize) = (1, 1000);

#[tonic::async_trait]
impl QrService for Grpc {
    async fn create_one_time_qr(
        &self,
        request: Request<CreateOneTimeQrRequest>,
    ) -> Answer<CreateOneTimeQrResponse> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::CreateLinks).await?;
        let mut fields = Fields::default();
        let image = fields.image(request.image);
        let image = fields.finish(image)?;
        let made = create_one_time_qr(&self.app, &msn, &request.url, image).await?;
        Ok(Response::new(CreateOneTimeQrResponse {
            url: made.url,
            expires_in_seconds: made.expires_in_seconds,
        }))
    }

    async fn create_merchant_redirect(
        &self,
        request: Request<CreateMerchantRedirectRequest>,
    ) -> Answer<CreateMerchantRedirectResponse> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::CreateLinks).await?;
        let (wish, image) = redirect_wish(&request)?;
        let redirect = create_merchant_redirect(&self.app, msn, wish).await?;
        let merchant_redirect = Some(self.merchant_redirect(&redirect, image));
        Ok(Response::new(CreateMerchantRedirectResponse { merchant_redirect }))
    }

    async fn get_merchant_redirect(
        &self,
        request: Request<GetMerchantRedirectRequest>,
    ) -> Answer<GetMerchantRedirectResponse> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::CreateLinks).await?;
        let mut fields = Fields::default();
        let image = fields.image(request.image);
        let image = fields.finish(image)?;
        let redirect = get_merchant_redirect(&self.app, &msn, &redirect_id(&request.id)?).await?;
        let merchant_redirect = Some(self.merchant_redirect(&redirect, image));
        Ok(Response::new(GetMerchantRedirectResponse { merchant_redirect }))
    }

    async fn list_merchant_redirects(
        &self,
        request: Request<ListMerchantRedirectsRequest>,
    ) -> Answer<ListMerchantRedirectsResponse> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::CreateLinks).await?;
        let mut fields = Fields::default();
        let read = (fields.image(request.image), fields.page(request.page_size, &request.page_token));
        let (image, page) = fields.finish(read.0.zip(read.1))?;
        let (redirects, next) = list_merchant_redirects(&self.app, &msn, &page).await?;
        Ok(Response::new(ListMerchantRedirectsResponse {
            merchant_redirects: redirects.iter().map(|it| self.merchant_redirect(it, image)).collect(),
            next_page_token: page_token(next),
        }))
    }

    async fn update_merchant_redirect(
        &self,
        request: Request<UpdateMerchantRedirectRequest>,
    ) -> Answer<UpdateMerchantRedirectResponse> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::CreateLinks).await?;
        let mut fields = Fields::default();
        let read = (fields.parse("redirectUrl", &request.redirect_url), fields.image(request.image));
        let (url, image) = fields.finish(read.0.zip(read.1))?;
        let redirect = update_merchant_redirect(&self.app, &msn, &redirect_id(&request.id)?, &url).await?;
        let merchant_redirect = Some(self.merchant_redirect(&redirect, image));
        Ok(Response::new(UpdateMerchantRedirectResponse { merchant_redirect }))
    }

    async fn delete_merchant_redirect(
        &self,
        request: Request<DeleteMerchantRedirectRequest>,
    ) -> Answer<DeleteMerchantRedirectResponse> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::CreateLinks).await?;
        delete_merchant_redirect(&self.app, &msn, &redirect_id(&request.id)?).await?;
        Ok(Response::new(DeleteMerchantRedirectResponse {}))
    }

    async fn put_merchant_callback(
        &self,
        request: Request<PutMerchantCallbackRequest>,
    ) -> Answer<PutMerchantCallbackResponse> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::CreateLinks).await?;
        put_merchant_callback(&self.app, msn, callback_wish(&request)?).await?;
        Ok(Response::new(PutMerchantCallbackResponse {}))
    }

    async fn get_merchant_callback(
        &self,
        request: Request<GetMerchantCallbackRequest>,
    ) -> Answer<GetMerchantCallbackResponse> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::CreateLinks).await?;
        let mut fields = Fields::default();
        let image = fields.picture(request.image);
        let image = fields.finish(image)?;
        let callback = get_merchant_callback(&self.app, &msn, &callback_id(&request.merchant_qr_id)?).await?;
        let merchant_callback = Some(self.merchant_callback(&callback, image));
        Ok(Response::new(GetMerchantCallbackResponse { merchant_callback }))
    }

    async fn list_merchant_callbacks(
        &self,
        request: Request<ListMerchantCallbacksRequest>,
    ) -> Answer<ListMerchantCallbacksResponse> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::CreateLinks).await?;
        let mut fields = Fields::default();
        let read = (fields.picture(request.image), fields.page(request.page_size, &request.page_token));
        let (image, page) = fields.finish(read.0.zip(read.1))?;
        let (callbacks, next) = list_merchant_callbacks(&self.app, &msn, &page).await?;
        Ok(Response::new(ListMerchantCallbacksResponse {
            merchant_callbacks: callbacks.iter().map(|it| self.merchant_callback(it, image)).collect(),
            next_page_token: page_token(next),
        }))
    }

    async fn delete_merchant_callback(
        &self,
        request: Request<DeleteMerchantCallbackRequest>,
    ) -> Answer<DeleteMerchantCallbackResponse> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::CreateLinks).await?;
        delete_merchant_callback(&self.app, &msn, &callback_id(&request.merchant_qr_id)?).await?;
        Ok(Response::new(DeleteMerchantCallbackResponse {}))
    }

    async fn import_beacon(&self, request: Request<ImportBeaconRequest>) -> Answer<ImportBeaconResponse> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::CreateLinks).await?;
        let mut fields = Fields::default();
        let read = (
            fields.parse("beaconId", &request.beacon_id),
            fields.parse("locationDescription", &request.location_description),
        );
        let (beacon, location) = fields.finish(read.0.zip(read.1))?;
        import_beacon(&self.app, msn, beacon, location).await?;
        Ok(Response::new(ImportBeaconResponse {}))
    }

    async fn get_unit_qr(&self, request: Request<GetUnitQrRequest>) -> Answer<GetUnitQrResponse> {
        let (request, msn) = self.authorized(request, |r| &r.msn, Action::CreateLinks).await?;
        let mut fields = Fields::default();
        let image = fields.image(request.image);
        let image = fields.finish(image)?;
        let code = get_unit_qr(&self.app, &msn).await?;
        let qr_content = self.app.links.content(&code);
        let url = self.app.links.shown(code.as_str(), &qr_content, image);
        Ok(Response::new(GetUnitQrResponse { url, qr_content }))
    }

    async fn exchange_qr(&self, request: Request<ExchangeQrRequest>) -> Answer<ExchangeQrResponse> {
        let (request, _) = self.authorized(request, |r| &r.msn, Action::CreatePayment).await?;
        let mut fields = Fields::default();
        let qr_code = fields.text("qrCode", request.qr_code, QR_CODE);
        let known = exchange_qr(&self.app, fields.finish(qr_code)?).await?;
        let version = match known.answer.personal_code_version() {
            PersonalCodeVersion::PersonalCodeVersion10 => "1.0",
            PersonalCodeVersion::PersonalCodeVersion20 => "2.0",
            PersonalCodeVersion::Unspecified => return Err(Error::PeerAnswer("a version").into()),
        };
        Ok(Response::new(ExchangeQrResponse {
            phone_number: known.answer.phone_number,
            made_at: known.made_at.map(time::to_proto),
            version: version.to_owned(),
        }))
    }

    async fn exchange_customer(
        &self,
        request: Request<ExchangeCustomerRequest>,
    ) -> Answer<ExchangeCustomerResponse> {
        let (request, _) = self.authorized(request, |r| &r.msn, Action::CreatePayment).await?;
        let mut fields = Fields::default();
        let token = fields.text("customerToken", request.customer_token, CUSTOMER_TOKEN);
        let known = exchange_customer(&self.app, fields.finish(token)?).await?;
        Ok(Response::new(ExchangeCustomerResponse {
            phone_number: known.answer.phone_number,
            made_at: known.made_at.map(time::to_proto),
        }))
    }
}

#[cfg(test)]
mod tests;
