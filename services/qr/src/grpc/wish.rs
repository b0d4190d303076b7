//! What a merchant's code should be, as requests say it.

use kvitt_proto::qr::v1::{CreateMerchantRedirectRequest, PutMerchantCallbackRequest};
use tonic::Status;

use super::decode::Fields;
use crate::{
    app::{Error, create_merchant_redirect, put_merchant_callback},
    domain::{
        Image,
        callback::CallbackId,
        redirect::{RedirectId, Ttl},
    },
};

/// A code to make, and how it is shown.
pub(super) fn redirect_wish(
    request: &CreateMerchantRedirectRequest,
) -> Result<(create_merchant_redirect::Wish, Image), Status> {
    let mut fields = Fields::default();
    let id = fields.parse("id", &request.id);
    let url = fields.parse("redirectUrl", &request.redirect_url);
    let ttl = request.ttl_seconds.and_then(|seconds| fields.check("ttl", Ttl::try_new(seconds)));
    let image = fields.image(request.image);
    let wish = id.zip(url).map(|(id, url)| create_merchant_redirect::Wish { id, url, ttl });
    fields.finish(wish.zip(image))
}

/// What a code should say.
pub(super) fn callback_wish(
    request: &PutMerchantCallbackRequest,
) -> Result<put_merchant_callback::Wish, Status> {
    let mut fields = Fields::default();
    let id = fields.parse("merchantQrId", &request.merchant_qr_id);
    let location = fields.parse("locationDescription", &request.location_description);
    let category = fields.category(request.category);
    let wish = id.zip(location).zip(category);
    fields.finish(wish.map(|((id, location), category)| put_merchant_callback::Wish {
        id,
        location,
        category,
    }))
}

/// What is no id is the id of nothing.
pub(super) fn redirect_id(text: &str) -> Result<RedirectId, Error> {
    text.parse().map_err(|_| Error::CodeNotFound)
}

/// As above.
pub(super) fn callback_id(text: &str) -> Result<CallbackId, Error> {
    text.parse().map_err(|_| Error::CodeNotFound)
}
