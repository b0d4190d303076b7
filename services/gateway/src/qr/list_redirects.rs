//! `GET /qr/v1/merchant-redirect`: all codes of a sales unit that lead to pages of the merchant, oldest first.

use axum::{Extension, Json, extract::State};
use http::HeaderMap;
use kvitt_primitives::Msn;
use kvitt_proto::qr::v1::ListMerchantRedirectsRequest;

use super::{
    call::{PAGE_SIZE, all_pages},
    image,
    json::Redirect,
};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn list_redirects(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    headers: HeaderMap,
) -> Result<Json<Vec<Redirect>>, Refused> {
    let image = image::of_headers(&headers)?;
    let (codes, msn) = (gateway.codes(), msn.to_string());
    let page = |page_token| {
        let (mut codes, msn) = (codes.clone(), msn.clone());
        async move {
            let request =
                ListMerchantRedirectsRequest { msn, image: Some(image), page_size: PAGE_SIZE, page_token };
            let answer = codes.list_merchant_redirects(request).await?.into_inner();
            Ok((answer.merchant_redirects, answer.next_page_token))
        }
    };
    Ok(Json(all_pages(page).await?.into_iter().map(Redirect::from_proto).collect()))
}
