//! `qr`, as what payers scan leads to it. It is asked in this service's own name, as everything that a scan leads to is: a client
//! that plays a payer in the sandbox has no keys of the sales unit whose code the payer finds.

use kvitt_proto::qr::v1::{
    CheckInRequest, PayVmNumberRequest, ResolveQrRequest,
    payment_request_service_client::PaymentRequestServiceClient, resolve_qr_response::Found,
    scan_service_client::ScanServiceClient,
};
use kvitt_runtime::{
    PeerChannel,
    context::{self, Context},
};

use crate::error::Error;

/// A client of qr.
#[derive(Clone)]
pub(crate) struct Scans {
    codes: ScanServiceClient<PeerChannel>,
    requests: PaymentRequestServiceClient<PeerChannel>,
}

impl Scans {
    /// Asks the service behind the channel.
    pub(crate) fn new(channel: PeerChannel) -> Self {
        let requests = PaymentRequestServiceClient::new(channel.clone());
        Self { codes: ScanServiceClient::new(channel), requests }
    }

    /// What the text is.
    pub(super) async fn resolve(&self, text: String) -> Result<Found, Error> {
        let mut client = self.codes.clone();
        let resolved = in_own_name(async { client.resolve_qr(ResolveQrRequest { text }).await }).await;
        resolved.map_err(Error::Peer)?.into_inner().found.ok_or(Error::PeerAnswer("found"))
    }

    /// Tells the merchant that a payer is there; false when nobody listens.
    pub(super) async fn check_in(&self, request: CheckInRequest) -> Result<bool, Error> {
        let mut client = self.codes.clone();
        let told = in_own_name(async { client.check_in(request).await }).await;
        Ok(told.map_err(Error::Peer)?.into_inner().listening)
    }

    /// Makes the payment to a VM number; answers its reference.
    pub(super) async fn pay_vm_number(&self, request: PayVmNumberRequest) -> Result<String, Error> {
        let mut client = self.requests.clone();
        let made = in_own_name(async { client.pay_vm_number(request).await }).await;
        Ok(made.map_err(Error::Peer)?.into_inner().reference)
    }
}

/// Calls others without the token of whoever asked this service.
pub(super) async fn in_own_name<F: Future>(call: F) -> F::Output {
    context::scope(Context { token: None, ..context::current() }, call).await
}
