//! Payment links.

use kvitt_proto::qr::v1::payment_link_service_server::PaymentLinkService;

use super::Grpc;

#[tonic::async_trait]
impl PaymentLinkService for Grpc {}
