//! Money asked for in person.

use kvitt_proto::qr::v1::payment_request_service_server::PaymentRequestService;

use super::Grpc;

#[tonic::async_trait]
impl PaymentRequestService for Grpc {}
