//! Pictures of codes, and where they lead.

use utoipa::openapi::{ObjectBuilder, Type};

use super::{
    callers::Calls,
    operation::{Api, Operation},
    refusals::Dialect,
};

pub(super) const NAME: &str = "QR images";

pub(super) fn operations() -> Vec<Operation> {
    let api = Api { name: NAME, dialect: Dialect::Problem, calls: Calls::Openly };
    let within = |least, most| {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(Some(most))
    };
    vec![
        api.get("/qr-images/v1/{file}", "getQrImage")
            .says(
                "The picture of a code",
                "Its address is told with the code, or is the `redirectUrl` of a payment with the flow QR. That of a payment \
                    ends with its waiting. What is printed may be kept for an hour, and has an `ETag`.",
            )
            .query("size", within(100, 2000), "Pixels on a side, of a PNG; 1024 unless said.")
            .query("border", within(0, 100), "Pixels left white on each side, of a PNG; none unless said.")
            .answers_bytes(200, "The image.", &["image/svg+xml", "image/png"])
            .answers_empty(304, "The image that the caller has.")
            .refuses(&[404]),
        api.get("/qr-images/v1/one-time/{file}", "getOneTimeQrImage")
            .says("The picture of a one-time code", "Its address is told with the code, and ends when its payment waits no more.")
            .query("size", within(100, 2000), "Pixels on a side, of a PNG; 1024 unless said.")
            .query("border", within(0, 100), "Pixels left white on each side, of a PNG; none unless said.")
            .answers_bytes(200, "The image.", &["image/svg+xml", "image/png"])
            .refuses(&[404]),
        api.get("/q/{code}", "followCode")
            .says("Where a code leads", "What codes hold, for browsers. The app knows what to do with one by itself.")
            .answers_empty(302, "It leads to `Location`.")
            .refuses(&[404]),
    ]
}
