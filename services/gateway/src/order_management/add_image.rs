//! `POST /order-management/v1/images`: a picture for the links of any number of orders.

use axum::{
    Extension, Json,
    extract::{Request, State},
};
use kvitt_primitives::Msn;
use kvitt_proto::ordermanagement::v1::AddImageRequest;

use super::json::{AddedImage, read};
use crate::{
    body::{ImageRoom, decode_bytes, renamed},
    gateway::Gateway,
    problem::Refused,
};

/// The operation. The body holds the picture.
pub(crate) async fn add_image(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    Extension(room): Extension<ImageRoom>,
    request: Request,
) -> Result<Json<AddedImage>, Refused> {
    let body = room.collect(request.into_body()).await?;
    let request = decode_bytes(&body.bytes, |root, _| AddImageRequest {
        msn: msn.to_string(),
        image_id: read::image_id(&root.field("imageId").required()),
        data: read::picture(root),
    })?;
    let image_id = request.image_id.clone();
    let added = gateway.order_management().add_image(request).await;
    drop(body);
    added.map_err(|status| renamed(status, &[("data", "src")]))?;
    Ok(Json(AddedImage { image_id }))
}
