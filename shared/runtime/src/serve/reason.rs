//! What tonic refuses before a handler sees it has a Reason, too, as every refusal of the platform has. An unknown
//! rpc stays UNIMPLEMENTED without one, since tools look for exactly that.

use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal;
use tonic::{Code, Status};

use super::{Request, Response};
use crate::telemetry::rpc;

/// A handler gives details with all its refusals; tonic gives none.
pub(super) async fn supply<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let response = next(request).await;
    if response.headers().contains_key("grpc-status-details-bin") {
        return response;
    }
    let refused = match rpc::code(response.headers()) {
        // A message of more than 4 MiB, tonic's limit.
        Some(Code::OutOfRange) => {
            refusal::status(Reason::BodyTooLarge, "the request is larger than the service takes")
        }
        Some(Code::Internal) if cannot_be_read(&response) => {
            refusal::status(Reason::BodyMalformed, "the request is not a message of this rpc")
        }
        _ => return response,
    };
    refused.into_http()
}

fn cannot_be_read(response: &Response) -> bool {
    Status::from_header_map(response.headers())
        .is_some_and(|status| status.message().starts_with("failed to decode Protobuf message"))
}
