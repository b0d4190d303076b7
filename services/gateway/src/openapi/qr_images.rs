//! Images of codes.

use utoipa::openapi::{ObjectBuilder, Type};

use super::{
    callers::Calls,
    operation::{Api, Operation},
    refusals::Dialect,
};

pub(super) const NAME: &str = "QR images";

pub(super) fn operations() -> Vec<Operation> {
    let api = Api { name: NAME, dialect: Dialect::Problem, calls: Calls::Openly };
    let size = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(100)).maximum(Some(2000));
    vec![
        api.get("/qr-images/v1/{file}", "getQrImage")
            .says("The code of a payment", "Its address is the `redirectUrl` of a payment with the flow QR.")
            .query("size", size, "Pixels on a side, of a PNG; 1024 unless said.")
            .answers_bytes(200, "The image.", &["image/svg+xml", "image/png"])
            .refuses(&[404]),
    ]
}
