//! A merchant's codes.

use kvitt_proto::qr::v1::qr_service_server::QrService;

use super::Grpc;

#[tonic::async_trait]
impl QrService for Grpc {}
