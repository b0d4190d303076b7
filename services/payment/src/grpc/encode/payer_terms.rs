//! What a payer is asked.

use kvitt_proto::{
    money::to_proto,
    payment::v1::{self as wire, shipping::Options},
    time,
};

use super::{method, origin, redirect_token, state, user_flow};
use crate::{
    app::payer_terms::Found,
    domain::{
        CallbackStyle, CardPassthrough, DynamicOptions, Qr, QrFormat, Shipping, ShippingGroup,
        ShippingOption, ShippingOptions,
    },
};

/// What the payer's side needs to know of a payment.
pub(in crate::grpc) fn payer_terms(found: Found) -> wire::PayerTerms {
    let Found { payment, terms, landing_url } = found;
    let customer = terms.customer_phone().map(|phone| phone.to_string());
    let redirect_token = redirect_token(&terms);
    let request = terms.request;
    wire::PayerTerms {
        msn: payment.msn.to_string(),
        reference: payment.reference.to_string(),
        psp_reference: payment.id.to_string(),
        state: state(payment.state).into(),
        amount: Some(to_proto(payment.amount)),
        payment_method_type: method(request.method).into(),
        user_flow: user_flow(request.user_flow).into(),
        origin: origin(request.origin()).into(),
        description: request.description.unwrap_or_default(),
        return_url: request.return_url.unwrap_or_default(),
        expires_at: Some(time::to_proto(terms.expires_at)),
        customer_phone: customer.unwrap_or_default(),
        customer_only: payment.customer_phone.is_some(),
        minimum_user_age: request.minimum_user_age.unwrap_or_default().into(),
        profile_scope: request.scope.unwrap_or_default(),
        shipping: request.shipping.map(shipping),
        blocks_commercial_cards: request.blocks_commercial_cards,
        card_passthrough: request.card_passthrough.map(card_passthrough),
        terms_of_sale_url: request.terms_of_sale_url.unwrap_or_default(),
        privacy_policy_url: request.privacy_policy_url.unwrap_or_default(),
        redirect_token,
        landing_url: landing_url.unwrap_or_default(),
        qr_options: request.qr.map(qr),
    }
}

fn shipping(shipping: Shipping) -> wire::Shipping {
    let options = match shipping.options {
        ShippingOptions::Fixed(groups) => {
            Options::Fixed(wire::FixedOptions { groups: groups.into_iter().map(group).collect() })
        }
        ShippingOptions::Dynamic(DynamicOptions { callback_url, token, style }) => {
            Options::Dynamic(wire::DynamicOptions {
                callback_url,
                callback_authorization_token: token
                    .map(|token| token.expose().to_owned())
                    .unwrap_or_default(),
                style: match style {
                    CallbackStyle::Epayment => wire::ShippingCallbackStyle::Epayment,
                    CallbackStyle::Ecom => wire::ShippingCallbackStyle::Ecom,
                }
                .into(),
            })
        }
    };
    wire::Shipping { options: Some(options), allowed_countries: shipping.allowed_countries }
}

fn group(group: ShippingGroup) -> wire::ShippingGroup {
    wire::ShippingGroup {
        r#type: group.kind,
        brand: group.brand,
        options: group.options.into_iter().map(option).collect(),
        is_default: group.is_default,
        priority: group.priority,
    }
}

fn option(option: ShippingOption) -> wire::ShippingOption {
    wire::ShippingOption {
        id: option.id,
        name: option.name,
        amount: Some(to_proto(option.amount)),
        is_default: option.is_default,
        priority: option.priority,
        meta: option.meta.unwrap_or_default(),
        estimated_delivery: option.estimated_delivery.unwrap_or_default(),
    }
}

fn card_passthrough(passthrough: CardPassthrough) -> wire::CardPassthrough {
    wire::CardPassthrough {
        psp_reference: passthrough.psp_reference,
        card_callback_url: passthrough.card_callback_url,
        allowed_card_types: passthrough.allowed_card_types,
        prefer_visa_part_of_visa_dankort: passthrough.prefer_visa_part_of_visa_dankort,
        public_encryption_key_id: passthrough.public_encryption_key_id.unwrap_or_default(),
        client_id: passthrough.client.map(|client| client.to_string()).unwrap_or_default(),
    }
}

fn qr(qr: Qr) -> wire::QrOptions {
    let format = match qr.format {
        QrFormat::Svg => wire::QrFormat::ImageSvg,
        QrFormat::Png => wire::QrFormat::ImagePng,
        QrFormat::TargetUrl => wire::QrFormat::TextTargetUrl,
    };
    wire::QrOptions { format: format.into(), size: qr.size }
}
