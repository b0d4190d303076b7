//! A merchant's codes as its callers see them.

mod access;
mod callbacks;
mod exchange;
mod one_time;
mod redirects;
mod units;

use kvitt_proto::{
    payment::v1::QrFormat,
    qr::v1::{
        CreateMerchantRedirectRequest, GetCodeRequest, GetCodeResponse, ImportBeaconRequest,
        MerchantCallback, MerchantRedirect, PutMerchantCallbackRequest, QrImage, ResolveQrRequest,
        qr_service_server::QrService as _, resolve_qr_response::Found, scan_service_server::ScanService as _,
    },
};
use kvitt_runtime::ServiceName;
use tonic::{Response, Status};

use crate::fixture::{Fixture, MSN, answered, by_client, by_service};

const PAGE: &str = "https://shop.example/menu";

/// A redirect to make.
pub(super) fn redirect(id: &str) -> CreateMerchantRedirectRequest {
    CreateMerchantRedirectRequest {
        msn: MSN.to_owned(),
        id: id.to_owned(),
        redirect_url: PAGE.to_owned(),
        ttl_seconds: None,
        image: None,
    }
}

/// A callback to put.
pub(super) fn callback(msn: &str, id: &str) -> PutMerchantCallbackRequest {
    PutMerchantCallbackRequest {
        msn: msn.to_owned(),
        merchant_qr_id: id.to_owned(),
        location_description: "Kiosk 7".to_owned(),
        category: 0,
    }
}

/// A beacon to import.
pub(super) fn beacon(msn: &str, id: &str) -> ImportBeaconRequest {
    ImportBeaconRequest {
        msn: msn.to_owned(),
        beacon_id: id.to_owned(),
        location_description: "Kiosk 8".to_owned(),
    }
}

/// How a picture should be.
pub(super) fn image(format: QrFormat, size: Option<i32>, white_border: Option<i32>) -> Option<QrImage> {
    Some(QrImage { format: format.into(), size, white_border })
}

/// What a picture's address has for a file.
pub(super) fn code_of(url: &str) -> String {
    let file = url.rsplit('/').next().expect("a path");
    file.split('.').next().expect("a name").to_owned()
}

impl Fixture {
    /// Makes a redirect.
    async fn make(&self, request: CreateMerchantRedirectRequest) -> MerchantRedirect {
        let made = self.grpc().create_merchant_redirect(by_client(request)).await;
        answered(made).merchant_redirect.expect("a redirect")
    }

    /// The unit's callback of that name.
    async fn callback(&self, msn: &str, id: &str) -> Result<MerchantCallback, Status> {
        let request = kvitt_proto::qr::v1::GetMerchantCallbackRequest {
            msn: msn.to_owned(),
            merchant_qr_id: id.to_owned(),
            image: None,
        };
        let request = match msn {
            MSN => by_client(request),
            _ => crate::fixture::by_foreigner(request),
        };
        let got = self.grpc().get_merchant_callback(request).await?.into_inner();
        Ok(got.merchant_callback.expect("a callback"))
    }

    /// What the edge is told of a code.
    pub(crate) async fn held(&self, code: &str) -> Result<Response<GetCodeResponse>, Status> {
        let request = GetCodeRequest { code: code.to_owned() };
        self.grpc().get_code(by_service(ServiceName::Gateway, request)).await
    }

    /// What a scan leads to.
    pub(crate) async fn scan(&self, text: &str) -> Result<Response<Found>, Status> {
        let request = ResolveQrRequest { text: text.to_owned() };
        let resolved = self.grpc().resolve_qr(by_service(ServiceName::Wallet, request)).await?;
        Ok(Response::new(resolved.into_inner().found.expect("something")))
    }
}
