//! What the payer shares: where the goods go and who they are (contract-payments section 5.3).

use kvitt_proto::payment::v1::{self, Address};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

use super::answer::amount;

/// The option that the payer chose, and where the goods go.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = epayment::ShippingDetails)]
pub(super) struct ShippingDetails {
    /// Absent when it is no longer readable.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<PostalAddress>,
    shipping_cost: i64,
    shipping_option_id: String,
    shipping_option_name: String,
}

/// What the payer consented to share, as far as it was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = epayment::UserDetails)]
pub(super) struct UserDetails {
    #[serde(skip_serializing_if = "String::is_empty")]
    email: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    first_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    last_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    mobile_number: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    date_of_birth: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    addresses: Vec<PostalAddress>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = epayment::PostalAddress)]
struct PostalAddress {
    address_line1: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    address_line2: String,
    city: String,
    country: String,
    post_code: String,
}

impl ShippingDetails {
    pub(super) fn from_proto(details: v1::ShippingDetails) -> Result<Self, Status> {
        Ok(Self {
            address: details.address.map(PostalAddress::from),
            shipping_cost: amount(details.cost)?.value,
            shipping_option_id: details.option_id,
            shipping_option_name: details.option_name,
        })
    }
}

impl UserDetails {
    /// None when the payer's data is no longer readable: upstream then leaves the field out.
    pub(super) fn from_proto(details: v1::UserDetails) -> Option<Self> {
        (!details.expired).then(|| Self {
            email: details.email,
            first_name: details.first_name,
            last_name: details.last_name,
            mobile_number: details.mobile_number,
            date_of_birth: details.birth_date,
            addresses: details.addresses.into_iter().map(PostalAddress::from).collect(),
        })
    }
}

impl From<Address> for PostalAddress {
    fn from(address: Address) -> Self {
        Self {
            address_line1: address.line_1,
            address_line2: address.line_2,
            city: address.city,
            country: address.country,
            post_code: address.post_code,
        }
    }
}

#[cfg(test)]
mod tests {
    use kvitt_primitives::{Currency, Money};
    use kvitt_proto::money;

    use super::*;

    fn address() -> Address {
        Address {
            line_1: "Storgata 1".to_owned(),
            line_2: String::new(),
            post_code: "0155".to_owned(),
            city: "Oslo".to_owned(),
            country: "NO".to_owned(),
            ..Address::default()
        }
    }

    #[test]
    fn shipping_is_told_in_upstreams_shape() {
        let details = v1::ShippingDetails {
            cost: Some(money::to_proto(Money::new(Currency::Nok, 3900))),
            option_id: "home".to_owned(),
            option_name: "Home".to_owned(),
            address: Some(address()),
        };
        let told = serde_json::to_string(&ShippingDetails::from_proto(details).unwrap()).unwrap();
        let expected = concat!(
            r#"{"address":{"addressLine1":"Storgata 1","city":"Oslo","country":"NO","postCode":"0155"},"#,
            r#""shippingCost":3900,"shippingOptionId":"home","shippingOptionName":"Home"}"#,
        );
        assert_eq!(told, expected);
    }

    #[test]
    fn only_what_is_shared_is_told_and_nothing_once_it_has_expired() {
        let details = v1::UserDetails {
            email: "kari@example.com".to_owned(),
            first_name: "Kari".to_owned(),
            ..Default::default()
        };
        let told = serde_json::to_string(&UserDetails::from_proto(details.clone()).unwrap()).unwrap();
        assert_eq!(told, r#"{"email":"kari@example.com","firstName":"Kari"}"#);
        assert!(UserDetails::from_proto(v1::UserDetails { expired: true, ..details }).is_none());
    }
}
