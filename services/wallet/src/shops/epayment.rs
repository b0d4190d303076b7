//! The wire of ePayment's Express (contract-payments section 5.5).

use kvitt_primitives::{Currency, Money};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Question, Unreadable, number, priority};
use crate::domain::shipping::{Group, ShippingOption};

/// The spelling that shops read; upstream's own documentation has another.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    reference: &'a str,
    #[serde(rename = "addressLine1")]
    line_1: &'a str,
    #[serde(rename = "addressLine2")]
    line_2: &'a str,
    city: &'a str,
    post_code: &'a str,
    country: &'a str,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    groups: Vec<WireGroup<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireGroup<'a> {
    #[serde(rename = "type")]
    kind: String,
    brand: String,
    is_default: Option<bool>,
    #[serde(borrow)]
    priority: Option<&'a RawValue>,
    #[serde(borrow)]
    options: Vec<WireOption<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireOption<'a> {
    id: String,
    name: String,
    #[serde(borrow)]
    amount: Amount<'a>,
    is_default: Option<bool>,
    #[serde(borrow)]
    priority: Option<&'a RawValue>,
    meta: Option<String>,
    estimated_delivery: Option<String>,
}

#[derive(Deserialize)]
struct Amount<'a> {
    currency: Currency,
    #[serde(borrow)]
    value: &'a RawValue,
}

pub(super) fn question(question: &Question<'_>) -> Vec<u8> {
    let address = &question.address.address;
    let request = Request {
        reference: &question.key.reference,
        line_1: &address.line_1,
        line_2: &address.line_2,
        city: &address.city,
        post_code: &address.post_code,
        country: &address.country,
    };
    serde_json::to_vec(&request).expect("texts have a form in JSON")
}

pub(super) fn groups(body: &[u8]) -> Result<Vec<Group>, Unreadable> {
    let answer: Answer<'_> = serde_json::from_slice(body)?;
    answer.groups.into_iter().map(group).collect()
}

fn group(wire: WireGroup<'_>) -> Result<Group, Unreadable> {
    Ok(Group {
        kind: wire.kind,
        brand: wire.brand,
        is_default: wire.is_default.unwrap_or(false),
        priority: priority(wire.priority)?,
        options: wire.options.into_iter().map(option).collect::<Result<_, _>>()?,
    })
}

fn option(wire: WireOption<'_>) -> Result<ShippingOption, Unreadable> {
    Ok(ShippingOption {
        id: wire.id,
        name: wire.name,
        // Minor units already; some shops write them as `4900.0`.
        amount: Money::new(wire.amount.currency, number(wire.amount.value, 0)?),
        is_default: wire.is_default.unwrap_or(false),
        priority: priority(wire.priority)?,
        meta: wire.meta.unwrap_or_default(),
        estimated_delivery: wire.estimated_delivery.unwrap_or_default(),
    })
}
