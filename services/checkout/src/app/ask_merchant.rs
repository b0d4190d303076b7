//! Ask a merchant's server how the goods can be sent. Whatever it does, there is an answer in 8 seconds.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue, Method, header};
use kvitt_egress::{Beyond, Call, Egress};
use serde::Serialize;
use tokio::sync::Semaphore;
use tracing::info;

use super::Error;
use crate::domain::{Person, Session, ShippingOption, read_answer};

/// How long a merchant's server has (contract: dynamic logistics).
const LIMIT: Duration = Duration::from_secs(8);
/// Far more than a hundred options need.
const LARGEST_ANSWER: usize = 256 * 1024;
/// Merchants' servers asked at a time; each may take its whole time.
const MOST_ASKED: usize = 128;

/// The bound on how many are asked at a time; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Asking(Arc<Semaphore>);

/// `MerchantLogisticsCallbackRequestBody`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Question<'a> {
    street_address: &'a str,
    postal_code: &'a str,
    region: &'a str,
    country: &'a str,
}

impl Asking {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(MOST_ASKED)))
    }

    /// The options, as they are shown; none where there is no usable answer.
    pub(super) async fn ask(
        &self,
        egress: &Egress,
        session: &Session,
        person: &Person,
    ) -> Result<Vec<ShippingOption>, Error> {
        let Some(logistics) = &session.terms.logistics else { return Ok(Vec::new()) };
        let _place = self.0.try_acquire().map_err(|_| Error::Overloaded)?;
        let question = Question {
            street_address: &person.street_address,
            postal_code: &person.postal_code,
            region: &person.city,
            country: &person.country,
        };
        let call = Call {
            method: Method::POST,
            url: logistics.callback_url.clone(),
            headers: headers(&session.terms.merchant.callback_token),
            body: serde_json::to_vec(&question).unwrap_or_default(),
            limit: LIMIT,
            largest_answer: LARGEST_ANSWER,
            beyond: Beyond::Refuse,
        };
        let msn = session.key.msn.as_str();
        let answer = match egress.send(call).await {
            Ok(answer) => answer,
            Err(error) => {
                info!(msn, %error, "a merchant's server did not name its shipping options");
                return Ok(Vec::new());
            }
        };
        if !answer.status.is_success() {
            info!(msn, status = answer.status.as_u16(), "a merchant's server named no shipping options");
            return Ok(Vec::new());
        }
        Ok(read_answer(&answer.body, session.terms.amount.currency).unwrap_or_else(|unusable| {
            info!(msn, error = %unusable, "a merchant's answer is passed over");
            Vec::new()
        }))
    }
}

/// What every call to a merchant carries. The token was judged when the session was opened, so it fits into a header.
pub(super) fn headers(token: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let media_type = HeaderValue::from_static("application/json; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, media_type);
    if let Ok(mut token) = HeaderValue::from_str(token) {
        token.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, token);
    }
    headers
}
