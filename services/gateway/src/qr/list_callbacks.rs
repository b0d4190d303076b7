//! `GET /qr/v1/merchant-callback`: all codes of a sales unit whose scan tells the merchant, oldest first.

use axum::{
    Extension, Json,
    extract::{RawQuery, State},
};
use kvitt_primitives::Msn;
use kvitt_proto::qr::v1::ListMerchantCallbacksRequest;

use super::{
    call::{PAGE_SIZE, all_pages},
    image,
    json::Callback,
};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn list_callbacks(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    RawQuery(query): RawQuery,
) -> Result<Json<Vec<Callback>>, Refused> {
    let image = image::of_query(query.as_deref().unwrap_or_default())?;
    let (codes, msn) = (gateway.codes(), msn.to_string());
    let page = |page_token| {
        let (mut codes, msn) = (codes.clone(), msn.clone());
        async move {
            let request =
                ListMerchantCallbacksRequest { msn, image: Some(image), page_size: PAGE_SIZE, page_token };
            let answer = codes.list_merchant_callbacks(request).await?.into_inner();
            Ok((answer.merchant_callbacks, answer.next_page_token))
        }
    };
    Ok(Json(all_pages(page).await?.into_iter().map(Callback::from_proto).collect()))
}
