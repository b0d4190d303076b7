//! What a payer shares, in this API's spellings (contract-payments section 9.3). Once it is no longer readable every
//! value says so, as upstream's does.

use kvitt_proto::payment::v1::{self, Address};
use serde::Serialize;
use serde_json::Number;
use tonic::Status;
use utoipa::ToSchema;

use super::{kroner, minor};

/// What stands where personal data stood.
const EXPIRED: &str = "[Expired]";

/// How long a Norwegian number is without its country's code.
const NATIONAL_DIGITS: usize = 8;

/// The option that the payer chose, and where the goods go.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ecomm::ShippingDetails)]
pub(super) struct ShippingDetails {
    address: PostalAddress,
    /// Kroner, unlike every other amount.
    #[schema(value_type = f64)]
    shipping_cost: Number,
    shipping_method: String,
    shipping_method_id: String,
}

/// Who the payer is, as far as it was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ecomm::UserDetails)]
pub(super) struct UserDetails {
    /// 1: nobody pays who has not proved who they are.
    bank_id_verified: u8,
    #[serde(skip_serializing_if = "String::is_empty")]
    email: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    first_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    last_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    mobile_number: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    user_id: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ecomm::PostalAddress)]
struct PostalAddress {
    address_line1: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    address_line2: String,
    city: String,
    country: String,
    post_code: String,
}

impl ShippingDetails {
    /// The service behind gives the address for as long as it can be read.
    pub(super) fn from_proto(details: v1::ShippingDetails) -> Result<Self, Status> {
        Ok(Self {
            address: details.address.map_or_else(PostalAddress::expired, PostalAddress::from),
            shipping_cost: kroner(minor(details.cost.as_ref())?)?,
            shipping_method: details.option_name,
            shipping_method_id: details.option_id,
        })
    }
}

impl UserDetails {
    /// `sub` is the name by which the sales unit knows the payer.
    pub(super) fn from_proto(details: v1::UserDetails, sub: &str) -> Self {
        if details.expired {
            let gone = || EXPIRED.to_owned();
            return Self {
                bank_id_verified: 1,
                email: gone(),
                first_name: gone(),
                last_name: gone(),
                mobile_number: gone(),
                user_id: gone(),
            };
        }
        Self {
            bank_id_verified: 1,
            email: details.email,
            first_name: details.first_name,
            last_name: details.last_name,
            mobile_number: national(&details.mobile_number).to_owned(),
            // Upstream's has no hyphens.
            user_id: sub.replace('-', ""),
        }
    }
}

impl PostalAddress {
    fn expired() -> Self {
        let gone = || EXPIRED.to_owned();
        Self {
            address_line1: gone(),
            address_line2: gone(),
            city: gone(),
            country: gone(),
            post_code: gone(),
        }
    }
}

impl From<Address> for PostalAddress {
    fn from(address: Address) -> Self {
        Self {
            address_line1: address.line_1,
            address_line2: address.line_2,
            city: address.city,
            // The only country that upstream sends to, written out.
            country: if address.country == "NO" { "Norway".to_owned() } else { address.country },
            post_code: address.post_code,
        }
    }
}

/// A Norwegian number without its country's code; another stays whole.
fn national(msisdn: &str) -> &str {
    msisdn.strip_prefix("47").filter(|rest| rest.len() == NATIONAL_DIGITS).unwrap_or(msisdn)
}

#[cfg(test)]
mod tests {
    use kvitt_primitives::{Currency, Money};
    use kvitt_proto::money;

    use super::*;

    fn shipping(address: Option<Address>) -> v1::ShippingDetails {
        v1::ShippingDetails {
            cost: Some(money::to_proto(Money::new(Currency::Nok, 4_905))),
            option_id: "posten".to_owned(),
            option_name: "Posten Servicepakke".to_owned(),
            address,
        }
    }

    #[test]
    fn shipping_costs_kroner() {
        let address = Address {
            line_1: "Storgata 1".to_owned(),
            line_2: String::new(),
            post_code: "0155".to_owned(),
            city: "Oslo".to_owned(),
            country: "NO".to_owned(),
            ..Default::default()
        };
        let told = serde_json::to_string(&ShippingDetails::from_proto(shipping(Some(address))).unwrap());
        let expected = concat!(
            r#"{"address":{"addressLine1":"Storgata 1","city":"Oslo","country":"Norway","postCode":"0155"},"#,
            r#""shippingCost":49.05,"shippingMethod":"Posten Servicepakke","shippingMethodId":"posten"}"#,
        );
        assert_eq!(told.unwrap(), expected);
        for (minor, told) in
            [(0, "0.0"), (1, "0.01"), (10, "0.1"), (49_900, "499.0"), (65_000_000, "650000.0")]
        {
            assert_eq!(kroner(minor).unwrap().to_string(), told);
        }
    }

    #[test]
    fn a_payer_is_told_with_a_number_of_8_digits() {
        let details = v1::UserDetails {
            email: "kari@example.com".to_owned(),
            first_name: "Kari".to_owned(),
            last_name: "Nordmann".to_owned(),
            mobile_number: "4791234567".to_owned(),
            ..Default::default()
        };
        let sub = "c06c4afe-d9e1-4c5d-939a-177d752a0944";
        let told = serde_json::to_string(&UserDetails::from_proto(details, sub)).unwrap();
        let expected = concat!(
            r#"{"bankIdVerified":1,"email":"kari@example.com","firstName":"Kari","lastName":"Nordmann","#,
            r#""mobileNumber":"91234567","userId":"c06c4afed9e14c5d939a177d752a0944"}"#,
        );
        assert_eq!(told, expected);
        for foreign in ["4512345678", "358401234567"] {
            assert_eq!(national(foreign), foreign);
        }
        let named = v1::UserDetails { first_name: "Kari".to_owned(), ..Default::default() };
        let told = serde_json::to_string(&UserDetails::from_proto(named, "")).unwrap();
        assert_eq!(told, r#"{"bankIdVerified":1,"firstName":"Kari"}"#, "only what was asked for");
    }

    #[test]
    fn what_is_no_longer_readable_says_so_in_every_value() {
        let details = v1::UserDetails { expired: true, ..Default::default() };
        let told = serde_json::to_value(UserDetails::from_proto(details, "c06c4afe")).unwrap();
        for field in ["email", "firstName", "lastName", "mobileNumber", "userId"] {
            assert_eq!(told[field], "[Expired]", "{field}");
        }
        let told = serde_json::to_value(ShippingDetails::from_proto(shipping(None)).unwrap()).unwrap();
        for field in ["addressLine1", "city", "country", "postCode"] {
            assert_eq!(told["address"][field], "[Expired]", "{field}");
        }
        assert_eq!(told["shippingMethodId"], "posten");
    }
}
