//! The claims in the words of OpenID Connect (openapi Userinfo 2.0.3).

use kvitt_proto::{
    payment::v1::{Address, UserDetails},
    wallet::v1::GetUserinfoResponse,
};
use serde::Serialize;
use utoipa::ToSchema;

/// What the values read when they are no longer readable.
const EXPIRED: &str = "[Expired]";

/// The claims of the scopes that were consented to.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = userinfo::Userinfo)]
pub(crate) struct Userinfo {
    sub: String,
    sid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    birthdate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<PostalAddress>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_addresses: Vec<PostalAddress>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = userinfo::PostalAddress)]
struct PostalAddress {
    address_type: String,
    country: String,
    default: bool,
    formatted: String,
    postal_code: String,
    region: String,
    street_address: String,
}

impl Userinfo {
    pub(crate) fn from_proto(answer: GetUserinfoResponse) -> Self {
        let details = answer.user_details.unwrap_or_default();
        let mut claims = Self { sub: answer.sub, sid: answer.sid, ..Self::default() };
        for scope in &answer.scopes {
            claims.add(scope, &details);
        }
        claims
    }

    /// The claims of one scope, with the values that it had not stopped having.
    fn add(&mut self, scope: &str, details: &UserDetails) {
        let told = |value: &str| {
            let value = if details.expired { EXPIRED } else { value };
            Some(value.to_owned()).filter(|value| !value.is_empty())
        };
        match scope {
            "name" => {
                self.name = told(format!("{} {}", details.first_name, details.last_name).trim());
                self.given_name = told(&details.first_name);
                self.family_name = told(&details.last_name);
            }
            "birthDate" => self.birthdate = told(&details.birth_date),
            "email" => {
                self.email = told(&details.email);
                self.email_verified = self.email.is_some().then_some(!details.expired);
            }
            "phoneNumber" => {
                self.phone_number = told(&details.mobile_number);
                self.phone_number_verified = self.phone_number.is_some().then_some(!details.expired);
            }
            "nin" => self.nin = told(&details.national_id),
            "address" if details.expired => self.address = Some(PostalAddress::expired()),
            "address" => {
                let mut all = details.addresses.iter();
                self.address = all.next().map(|address| PostalAddress { default: true, ..address.into() });
                self.other_addresses = all.map(PostalAddress::from).collect();
            }
            _ => {}
        }
    }
}

impl PostalAddress {
    fn expired() -> Self {
        let gone = || EXPIRED.to_owned();
        Self {
            address_type: gone(),
            country: gone(),
            default: true,
            formatted: gone(),
            postal_code: gone(),
            region: gone(),
            street_address: gone(),
        }
    }
}

impl From<&Address> for PostalAddress {
    fn from(address: &Address) -> Self {
        let Address { line_1, line_2, post_code, city, country, kind } = address.clone();
        let street_address = if line_2.is_empty() { line_1 } else { format!("{line_1}\n{line_2}") };
        Self {
            address_type: kind.to_lowercase(),
            country,
            default: false,
            formatted: format!("{street_address}\n{post_code} {city}"),
            postal_code: post_code,
            region: city,
            street_address,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(scopes: &[&str]) -> GetUserinfoResponse {
        let address = |street: &str| Address {
            line_1: street.to_owned(),
            post_code: "0155".to_owned(),
            city: "Oslo".to_owned(),
            country: "NO".to_owned(),
            kind: "WORK".to_owned(),
            ..Address::default()
        };
        GetUserinfoResponse {
            sub: "sub".to_owned(),
            sid: "sid".to_owned(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            user_details: Some(UserDetails {
                email: "kari@example.com".to_owned(),
                first_name: "Kari".to_owned(),
                last_name: "Nordmann".to_owned(),
                mobile_number: "4791234567".to_owned(),
                addresses: vec![address("Storgata 1"), address("Lillegata 2")],
                ..UserDetails::default()
            }),
        }
    }

    #[test]
    fn every_scope_has_its_claims_and_others_are_not_told() {
        let told = serde_json::to_value(Userinfo::from_proto(answer(&["name", "email"]))).unwrap();
        assert_eq!(
            told,
            json!({
                "sub": "sub",
                "sid": "sid",
                "name": "Kari Nordmann",
                "given_name": "Kari",
                "family_name": "Nordmann",
                "email": "kari@example.com",
                "email_verified": true,
            })
        );
        let told = serde_json::to_value(Userinfo::from_proto(answer(&["address"]))).unwrap();
        assert_eq!(told["address"]["formatted"], "Storgata 1\n0155 Oslo");
        assert_eq!(
            (&told["address"]["default"], &told["address"]["address_type"]),
            (&true.into(), &"work".into())
        );
        assert_eq!(told["other_addresses"][0]["street_address"], "Lillegata 2");
    }

    #[test]
    fn what_has_expired_says_so() {
        let mut answer = answer(&["name", "phoneNumber", "address"]);
        answer.user_details = Some(UserDetails { expired: true, ..UserDetails::default() });
        let told = serde_json::to_value(Userinfo::from_proto(answer)).unwrap();
        assert_eq!((&told["name"], &told["phone_number"]), (&json!("[Expired]"), &json!("[Expired]")));
        assert_eq!(told["phone_number_verified"], false);
        for field in ["country", "formatted", "postal_code", "region", "street_address"] {
            assert_eq!(told["address"][field], "[Expired]", "{field}");
        }
        assert!(told.get("other_addresses").is_none());
    }
}
