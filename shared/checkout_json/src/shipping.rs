//! Who pays, and where the goods go.

use kvitt_proto::checkout::v1::{Person, PickupPoint, ShippingDetails};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{AmountJson, Incomplete, given};

/// A person and where they live.
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = checkout::Person)]
pub struct PersonJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    street_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postal_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
}

/// Where the goods go, and how.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = checkout::ShippingDetails)]
pub struct ShippingJson {
    #[serde(flatten)]
    person: PersonJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping_method_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<AmountJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pickup_point: Option<PickupJson>,
}

/// Where goods are picked up.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = checkout::PickupPoint)]
struct PickupJson {
    id: String,
    name: String,
    address: String,
    postal_code: String,
    city: String,
    country: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    opening_hours: Vec<String>,
}

impl From<Person> for PersonJson {
    fn from(person: Person) -> Self {
        Self {
            first_name: given(person.first_name),
            last_name: given(person.last_name),
            email: given(person.email),
            phone_number: given(person.phone_number),
            street_address: given(person.street_address),
            postal_code: given(person.postal_code),
            city: given(person.city),
            country: given(person.country),
        }
    }
}

impl ShippingJson {
    /// The details, as they go out.
    ///
    /// # Errors
    ///
    /// When the amount lacks its currency.
    pub fn try_new(details: ShippingDetails) -> Result<Self, Incomplete> {
        Ok(Self {
            person: details.person.map(PersonJson::from).unwrap_or_default(),
            shipping_method_id: given(details.shipping_method_id),
            amount: details.amount.map(|amount| AmountJson::try_new(Some(amount))).transpose()?,
            pickup_point: details.pickup_point.map(PickupJson::from),
        })
    }
}

impl From<PickupPoint> for PickupJson {
    fn from(point: PickupPoint) -> Self {
        Self {
            id: point.id,
            name: point.name,
            address: point.address,
            postal_code: point.postal_code,
            city: point.city,
            country: point.country,
            opening_hours: point.opening_hours,
        }
    }
}
