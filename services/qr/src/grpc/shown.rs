//! Codes as answers show them.

use kvitt_proto::qr::v1::{CallbackCategory, CallbackFound, MerchantCallback, MerchantRedirect};

use super::Grpc;
use crate::domain::{Callback, Image, Redirect, callback::Category};

/// The life of a code without end.
const ENDLESS: i64 = -1;

impl Grpc {
    pub(super) fn merchant_redirect(&self, redirect: &Redirect, image: Image) -> MerchantRedirect {
        let links = &self.app.links;
        MerchantRedirect {
            id: redirect.id.as_str().to_owned(),
            url: links.shown(redirect.code.as_str(), &links.content(&redirect.code), image),
            redirect_url: redirect.url.as_str().to_owned(),
            expires_in_seconds: redirect.seconds_left(self.app.clock.now()).unwrap_or(ENDLESS),
        }
    }

    pub(super) fn merchant_callback(&self, callback: &Callback, image: Image) -> MerchantCallback {
        let links = &self.app.links;
        let content = links.callback_content(&callback.code, callback.beacon.as_ref());
        MerchantCallback {
            msn: callback.msn.to_string(),
            merchant_qr_id: callback.id.as_str().to_owned(),
            location_description: callback.location.as_str().to_owned(),
            category: category(callback.category).into(),
            qr_image_url: links.shown(callback.code.as_str(), &content, image),
            qr_content: content,
        }
    }
}

pub(super) fn callback_found(callback: &Callback) -> CallbackFound {
    CallbackFound {
        msn: callback.msn.to_string(),
        merchant_qr_id: callback.id.as_str().to_owned(),
        location_description: callback.location.as_str().to_owned(),
        category: category(callback.category).into(),
    }
}

fn category(category: Category) -> CallbackCategory {
    match category {
        Category::InStore => CallbackCategory::InStore,
        Category::Vending => CallbackCategory::Vending,
    }
}
