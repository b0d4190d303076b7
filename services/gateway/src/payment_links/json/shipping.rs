//! How goods can be sent, as merchants say it and payers are told.

use kvitt_proto::payment::v1::{self, ShippingGroup, shipping::Options};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

use super::Amount;

/// How the goods can be sent. Links name their options themselves.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::PaymentLinkShipping)]
pub(super) struct Shipping {
    fixed_options: Vec<Group>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allowed_countries: Vec<String>,
}

/// What one carrier offers of one kind.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::Group)]
pub(crate) struct Group {
    r#type: String,
    brand: String,
    is_default: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<i32>,
    options: Vec<ShippingOption>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::ShippingOption)]
struct ShippingOption {
    id: String,
    name: String,
    amount: Amount,
    is_default: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<i32>,
    #[serde(skip_serializing_if = "String::is_empty")]
    meta: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    estimated_delivery: String,
}

impl Shipping {
    pub(super) fn from_proto(shipping: v1::Shipping) -> Result<Self, Status> {
        let groups = match shipping.options {
            Some(Options::Fixed(fixed)) => fixed.groups,
            Some(Options::Dynamic(_)) | None => Vec::new(),
        };
        Ok(Self {
            fixed_options: groups.into_iter().map(Group::from_proto).collect::<Result<_, _>>()?,
            allowed_countries: shipping.allowed_countries,
        })
    }
}

impl Group {
    pub(crate) fn from_proto(group: ShippingGroup) -> Result<Self, Status> {
        let option = |option: v1::ShippingOption| {
            Ok(ShippingOption {
                amount: Amount::from_proto(option.amount)?,
                id: option.id,
                name: option.name,
                is_default: option.is_default,
                priority: option.priority,
                meta: option.meta,
                estimated_delivery: option.estimated_delivery,
            })
        };
        Ok(Self {
            options: group.options.into_iter().map(option).collect::<Result<_, Status>>()?,
            r#type: group.r#type,
            brand: group.brand,
            is_default: group.is_default,
            priority: group.priority,
        })
    }
}
