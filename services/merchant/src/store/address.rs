//! Addresses, which are stored as JSON objects.

use serde_json::{Value, json};

use super::valid;
use crate::domain::Address;
use crate::domain::AddressParts;

pub(super) fn to_json(address: &Address) -> Value {
    let AddressParts { lines, post_code, city, country_code } = address.parts();
    json!({ "lines": lines, "postCode": post_code, "city": city, "countryCode": country_code })
}

pub(super) fn from_json(value: &Value) -> Result<Address, sqlx::Error> {
    let text = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
    let lines = value["lines"].as_array().map(Vec::as_slice).unwrap_or_default();
    let parts = AddressParts {
        lines: lines.iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect(),
        post_code: text("postCode"),
        city: text("city"),
        country_code: text("countryCode"),
    };
    let first =
        |broken: Vec<(String, kvitt_primitives::Invalid)>| broken.first().map(|(_, invalid)| *invalid);
    valid(Address::try_new(parts).map_err(|broken| first(broken).unwrap_or(super::UNKNOWN_CODE)))
}
