//! What is scanned.

use kvitt_proto::qr::v1::scan_service_server::ScanService;

use super::Grpc;

#[tonic::async_trait]
impl ScanService for Grpc {}
