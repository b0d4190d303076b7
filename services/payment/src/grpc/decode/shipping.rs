//! How goods can be sent.

use kvitt_proto::{
    money,
    payment::v1::{self as wire, shipping::Options},
};

use super::{Fields, given};
use crate::domain::{
    CallbackStyle, CallbackToken, DynamicOptions, Shipping, ShippingGroup, ShippingOption, ShippingOptions,
};

/// The options, of the one kind that must be there.
pub(super) fn shipping(shipping: wire::Shipping, fields: &mut Fields) -> Option<Shipping> {
    let rule = "must have one of fixedOptions and dynamicOptions";
    fields.check(shipping.options.is_some(), "shipping", rule)?;
    let options = match shipping.options? {
        Options::Fixed(fixed) => {
            let groups = fixed.groups.into_iter().enumerate();
            let groups = groups.map(|(index, read)| group(read, index, fields));
            // All of them, so that every broken field is named.
            let groups: Vec<_> = groups.collect();
            ShippingOptions::Fixed(groups.into_iter().collect::<Option<_>>()?)
        }
        Options::Dynamic(dynamic) => ShippingOptions::Dynamic(DynamicOptions {
            style: style(dynamic.style()),
            callback_url: dynamic.callback_url,
            token: given(dynamic.callback_authorization_token).map(CallbackToken::new),
        }),
    };
    Some(Shipping { options, allowed_countries: shipping.allowed_countries })
}

fn group(group: wire::ShippingGroup, index: usize, fields: &mut Fields) -> Option<ShippingGroup> {
    let path = |at: usize| format!("shipping.fixedOptions[{index}].options[{at}]");
    let options = group.options.into_iter().enumerate();
    let options: Vec<_> = options.map(|(at, read)| option(read, &path(at), fields)).collect();
    Some(ShippingGroup {
        kind: group.r#type,
        brand: group.brand,
        options: options.into_iter().collect::<Option<_>>()?,
        is_default: group.is_default,
        priority: group.priority,
    })
}

/// One option, whose fields stand behind `path`.
pub(super) fn option(
    option: wire::ShippingOption,
    path: &str,
    fields: &mut Fields,
) -> Option<ShippingOption> {
    Some(ShippingOption {
        amount: fields.read(money::from_proto(option.amount, &format!("{path}.amount")))?,
        id: option.id,
        name: option.name,
        is_default: option.is_default,
        priority: option.priority,
        meta: given(option.meta),
        estimated_delivery: given(option.estimated_delivery),
    })
}

fn style(style: wire::ShippingCallbackStyle) -> CallbackStyle {
    match style {
        wire::ShippingCallbackStyle::Unspecified | wire::ShippingCallbackStyle::Epayment => {
            CallbackStyle::Epayment
        }
        wire::ShippingCallbackStyle::Ecom => CallbackStyle::Ecom,
    }
}
