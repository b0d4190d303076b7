//! Merchants' servers, which name the shipping options of an Express payment once the address is known.
//!
//! What they answer is as hostile as any input: it is bounded in time, size and number before it is read, and judged by
//! `domain::shipping` before it is believed. To speak another wire, add a file like `epayment.rs` and a `Style`.

mod calls;
mod ecom;
mod epayment;
mod psp;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use kvitt_egress::{Answer, Beyond, Call, Destination, Egress, Policy};
use kvitt_primitives::Money;
use serde_json::value::RawValue;

use self::calls::Calls;
pub(crate) use self::psp::CardQuestion;
use crate::domain::{
    card_callback::Said,
    decimal,
    inbox::Key,
    person::PayerAddress,
    shipping::{Callback, Group, Groups, Style, Unusable},
};

/// For how long a merchant's server is waited for (contract-payments section 9.4).
const LIMIT: Duration = Duration::from_secs(10);
/// For how long a PSP's server is waited for (contract-payments section 5.6).
const CARD_LIMIT: Duration = Duration::from_secs(20);
/// Most bytes of a PSP's answer.
const LARGEST_CARD_ANSWER: usize = 16 * 1024;
/// Most bytes of an answer.
const LARGEST_ANSWER: usize = 256 * 1024;
/// Most servers waited for at a time.
const MOST_CALLS: usize = 128;
/// Most calls for one sales unit at a time, so that no slow merchant uses up what the others need.
const MOST_CALLS_OF_ONE: usize = 8;

/// Asks merchants' servers. Clones share the bound on calls.
#[derive(Clone)]
pub(crate) struct Shops {
    egress: Egress,
    calls: Arc<Calls>,
    limit: Duration,
    card_limit: Duration,
}

/// What a PSP will be sent, once it is signed.
pub(crate) struct Unsigned {
    url: String,
    pub(crate) destination: Destination,
    pub(crate) body: Vec<u8>,
}

/// The headers by which a PSP knows who asks.
pub(crate) struct Signature {
    pub(crate) date: String,
    pub(crate) content_sha256: String,
    pub(crate) authorization: String,
}

/// What a merchant's server is asked.
pub(crate) struct Question<'a> {
    pub(crate) callback: &'a Callback,
    pub(crate) key: &'a Key,
    /// Of the payment, without shipping.
    pub(crate) amount: Money,
    pub(crate) address: &'a PayerAddress,
    /// The number of the address, for wires that number them.
    pub(crate) number: usize,
}

/// Why there are no options.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The merchant does not send there.
    #[error("the merchant does not send there")]
    NotPossible,
    /// Too many servers are being waited for.
    #[error("too many merchants' servers are being waited for")]
    Busy,
    /// There is no answer.
    #[error("the merchant's server gave no answer: {0}")]
    NoAnswer(#[from] kvitt_egress::Error),
    /// The answer is no answer to the question.
    #[error("the merchant's server answered with status {0}")]
    Status(StatusCode),
    /// The body is not what was asked for.
    #[error("the answer of the merchant's server cannot be read")]
    Unreadable,
    /// The options make no sense.
    #[error("the answer of the merchant's server is of no use: {0}")]
    Unusable(#[from] Unusable),
    /// The merchant's token cannot be sent.
    #[error("the merchant's token does not fit into a header")]
    Token,
    /// The signature cannot be sent.
    #[error("the signature does not fit into a header")]
    Signature,
}

/// A body that is not what was asked for. What is wrong with it is not told: the text of the error would quote it.
struct Unreadable;

impl From<Unreadable> for Error {
    fn from(_: Unreadable) -> Self {
        Self::Unreadable
    }
}

impl From<serde_json::Error> for Unreadable {
    fn from(_: serde_json::Error) -> Self {
        Self
    }
}

impl Shops {
    /// Asks servers that the policy allows.
    pub(crate) fn new(policy: Policy) -> Self {
        let egress = Egress::new(policy);
        Self { egress, calls: Arc::default(), limit: LIMIT, card_limit: CARD_LIMIT }
    }

    #[cfg(test)]
    pub(crate) fn with_limit(self, limit: Duration) -> Self {
        Self { limit, card_limit: limit, ..self }
    }

    /// The options for an address, as the merchant's server names them now.
    pub(crate) async fn shipping_options(&self, question: &Question<'_>) -> Result<Groups, Error> {
        let _under_way = Calls::begin(&self.calls, &question.key.msn).ok_or(Error::Busy)?;
        let call = self.call(question)?;
        let answer = self.egress.send(call).await?;
        Ok(Groups::try_offered(groups(question, &answer)?, question.amount)?)
    }

    /// What is going to be sent to a PSP.
    pub(crate) fn card_callback(&self, question: &CardQuestion<'_>) -> Result<Unsigned, Error> {
        let url = question.passthrough.callback_url.clone();
        let destination = self.egress.destination(&url).map_err(kvitt_egress::Error::from)?;
        Ok(Unsigned { url, destination, body: psp::question(question) })
    }

    /// Asks a PSP to charge a card.
    pub(crate) async fn send_card(
        &self,
        msn: &str,
        callback: Unsigned,
        signature: &Signature,
    ) -> Result<Said, Error> {
        let _under_way = Calls::begin(&self.calls, msn).ok_or(Error::Busy)?;
        let answer = self.egress.send(self.card_call(callback, signature)?).await?;
        if answer.status != StatusCode::OK {
            return Err(Error::Status(answer.status));
        }
        Ok(psp::answer(&answer.body, |url| self.egress.destination(url).map(drop))?)
    }

    fn card_call(&self, callback: Unsigned, signature: &Signature) -> Result<Call, Error> {
        let value = |text: &str| HeaderValue::from_str(text).map_err(|_| Error::Signature);
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, json);
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(kvitt_signing::DATE_HEADER, value(&signature.date)?);
        headers.insert(kvitt_signing::CONTENT_HEADER, value(&signature.content_sha256)?);
        let mut authorization = value(&signature.authorization)?;
        authorization.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, authorization);
        let Unsigned { url, body, .. } = callback;
        let (limit, largest_answer) = (self.card_limit, LARGEST_CARD_ANSWER);
        Ok(Call { method: Method::POST, url, headers, body, limit, largest_answer, beyond: Beyond::Refuse })
    }

    fn call(&self, question: &Question<'_>) -> Result<Call, Error> {
        let callback = question.callback;
        let (url, body) = match callback.style {
            Style::Epayment => (callback.url.clone(), epayment::question(question)),
            Style::Ecom => (ecom::url(question), ecom::question(question)),
        };
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json;charset=UTF-8");
        headers.insert(header::CONTENT_TYPE, json);
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if !callback.token.is_empty() {
            let mut token = HeaderValue::from_str(&callback.token).map_err(|_| Error::Token)?;
            token.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, token);
        }
        let (limit, largest_answer) = (self.limit, LARGEST_ANSWER);
        Ok(Call { method: Method::POST, url, headers, body, limit, largest_answer, beyond: Beyond::Refuse })
    }
}

fn groups(question: &Question<'_>, answer: &Answer) -> Result<Vec<Group>, Error> {
    match answer.status {
        StatusCode::OK => Ok(match question.callback.style {
            Style::Epayment => epayment::groups(&answer.body)?,
            Style::Ecom => ecom::groups(&answer.body, question.amount.currency)?,
        }),
        StatusCode::BAD_REQUEST => Err(Error::NotPossible),
        status => Err(Error::Status(status)),
    }
}

/// A number as the merchant wrote it, so that no floating point comes in between. Many shops write amounts as texts.
fn number(raw: &RawValue, places: usize) -> Result<i64, Unreadable> {
    let text = raw.get();
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    decimal::scaled(bare, places).ok_or(Unreadable)
}

fn priority(raw: Option<&RawValue>) -> Result<Option<i32>, Unreadable> {
    raw.map(|raw| i32::try_from(number(raw, 0)?).map_err(|_| Unreadable)).transpose()
}
