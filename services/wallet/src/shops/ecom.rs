//! The wire of eCom v2's Express (contract-payments section 9.4). Its amounts are in kroner.

use kvitt_primitives::{Currency, Money};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Question, Unreadable, number, priority};
use crate::domain::{
    person::AddressKind,
    shipping::{Group, OTHER, ShippingOption},
};

/// Addresses are numbered from here.
const FIRST_ADDRESS: usize = 100;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    address_id: usize,
    #[serde(rename = "addressLine1")]
    line_1: &'a str,
    #[serde(rename = "addressLine2")]
    line_2: Option<&'a str>,
    country: &'a str,
    city: &'a str,
    post_code: &'a str,
    address_type: &'static str,
}

/// The merchant also says which address and which order it is about; it was asked about one of each.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    #[serde(borrow)]
    shipping_details: Vec<Method<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Method<'a> {
    is_default: Option<YesNo>,
    #[serde(borrow)]
    priority: Option<&'a RawValue>,
    #[serde(borrow)]
    shipping_cost: &'a RawValue,
    shipping_method: String,
    shipping_method_id: String,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
enum YesNo {
    Y,
    N,
}

/// The prefix may end with a slash or not.
pub(super) fn url(question: &Question<'_>) -> String {
    let prefix = question.callback.url.trim_end_matches('/');
    format!("{prefix}/v2/payments/{}/shippingDetails", question.key.reference)
}

pub(super) fn question(question: &Question<'_>) -> Vec<u8> {
    let address = &question.address.address;
    let request = Request {
        address_id: FIRST_ADDRESS + question.number,
        line_1: &address.line_1,
        line_2: Some(address.line_2.as_str()).filter(|line| !line.is_empty()),
        country: &address.country,
        city: &address.city,
        post_code: &address.post_code,
        address_type: match question.address.kind {
            AddressKind::Home => "H",
            AddressKind::Work => "W",
            AddressKind::Other => "O",
        },
    };
    serde_json::to_vec(&request).expect("texts and numbers have a form in JSON")
}

/// All options in one group, since this wire knows neither carriers nor kinds.
pub(super) fn groups(body: &[u8], currency: Currency) -> Result<Vec<Group>, Unreadable> {
    let answer: Answer<'_> = serde_json::from_slice(body)?;
    let options = answer.shipping_details.into_iter().map(|method| option(method, currency));
    Ok(vec![Group {
        kind: OTHER.to_owned(),
        brand: OTHER.to_owned(),
        is_default: true,
        priority: None,
        options: options.collect::<Result<_, _>>()?,
    }])
}

fn option(method: Method<'_>, currency: Currency) -> Result<ShippingOption, Unreadable> {
    Ok(ShippingOption {
        id: method.shipping_method_id,
        name: method.shipping_method,
        amount: Money::new(currency, number(method.shipping_cost, 2)?),
        is_default: method.is_default == Some(YesNo::Y),
        priority: priority(method.priority)?,
        meta: String::new(),
        estimated_delivery: String::new(),
    })
}
