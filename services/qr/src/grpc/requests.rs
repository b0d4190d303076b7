//! Money asked for in person.

use kvitt_proto::qr::v1::{
    PayVmNumberRequest, PayVmNumberResponse, RequestPaymentRequest, RequestPaymentResponse,
    payment_request_service_server::PaymentRequestService,
};
use kvitt_runtime::{Action, Caller};
use tonic::{Request, Response};

use super::{Answer, Grpc, link_decode as decode};
use crate::app::{pay_vm_number::pay_vm_number, request_payment::request_payment};

#[tonic::async_trait]
impl PaymentRequestService for Grpc {
    async fn request_payment(
        &self,
        request: Request<RequestPaymentRequest>,
    ) -> Answer<RequestPaymentResponse> {
        let caller = *Caller::of(&request)?;
        let (request, msn) = self.authorized(request, |request| &request.msn, Action::RequestPayment).await?;
        let wish = decode::request_wish(request, msn)?;
        let reference = request_payment(&self.app, &caller, wish).await?;
        Ok(Response::new(RequestPaymentResponse { reference: reference.to_string() }))
    }

    async fn pay_vm_number(&self, request: Request<PayVmNumberRequest>) -> Answer<PayVmNumberResponse> {
        let (payer_name, wish) = decode::vm_wish(request.into_inner())?;
        let reference = pay_vm_number(&self.app, payer_name, wish).await?;
        Ok(Response::new(PayVmNumberResponse { reference: reference.to_string() }))
    }
}

#[cfg(test)]
mod tests;
