//! What payment says of a payment, in the words of the domain, and what a payer chose of it on the way back.

use kvitt_primitives::Currency;
use kvitt_proto::{
    money,
    payment::v1::{
        CardPassthrough as PassthroughMessage, PayerTerms, PaymentMethodType, PaymentState,
        Shipping as ShippingMessage, ShippingCallbackStyle, ShippingGroup, ShippingOption as OptionMessage,
        shipping,
    },
    time,
};

use crate::{
    domain::{
        approval::{Method, Standing, Terms},
        consent::Scopes,
        passthrough::{CardPassthrough, CardType},
        shipping::{Callback, Group, Groups, Shipping, ShippingOption, Source, Style},
    },
    error::Error,
};

/// The terms, if they are whole.
pub(super) fn read(terms: PayerTerms) -> Result<Terms, Error> {
    let (standing, method) = (standing(terms.state())?, method(terms.payment_method_type())?);
    let amount = money::from_proto(terms.amount, "amount").map_err(|_| Error::PeerAnswer("terms.amount"))?;
    let expires_at = terms.expires_at.ok_or(Error::PeerAnswer("terms.expires_at"))?;
    let only_for = Some(terms.customer_phone).filter(|phone| terms.customer_only && !phone.is_empty());
    let passthrough = terms.card_passthrough.filter(|_| method == Method::CardPassthrough);
    let asked = Some(terms.profile_scope).filter(|scope| !scope.trim().is_empty());
    Ok(Terms {
        standing,
        amount,
        method,
        expires_at: time::from_proto(expires_at, "expires_at")
            .map_err(|_| Error::PeerAnswer("terms.expires_at"))?,
        only_for: only_for
            .map(|phone| phone.parse().map_err(|_| Error::PeerAnswer("terms.customer_phone")))
            .transpose()?,
        minimum_age: terms.minimum_user_age,
        scopes: asked.map(|words| Scopes::among(&words)),
        shipping: terms.shipping.map(|message| read_shipping(message, amount.currency)).transpose()?,
        blocks_commercial_cards: terms.blocks_commercial_cards,
        passthrough: passthrough.and_then(read_passthrough),
        #[cfg(feature = "sandbox")]
        redirect_token: terms.redirect_token,
    })
}

fn standing(state: PaymentState) -> Result<Standing, Error> {
    match state {
        PaymentState::Created => Ok(Standing::Waiting),
        PaymentState::Authorized => Ok(Standing::Approved),
        PaymentState::Aborted | PaymentState::Expired | PaymentState::Terminated => Ok(Standing::Ended),
        PaymentState::Unspecified => Err(Error::PeerAnswer("terms.state")),
    }
}

fn method(method: PaymentMethodType) -> Result<Method, Error> {
    match method {
        PaymentMethodType::Wallet => Ok(Method::Wallet),
        PaymentMethodType::Card => Ok(Method::Card),
        PaymentMethodType::CardPassthrough => Ok(Method::CardPassthrough),
        PaymentMethodType::Unspecified => Err(Error::PeerAnswer("terms.payment_method_type")),
    }
}

fn read_shipping(message: ShippingMessage, currency: Currency) -> Result<Shipping, Error> {
    let source = match message.options {
        Some(shipping::Options::Fixed(fixed)) => {
            let groups: Result<_, Error> =
                fixed.groups.into_iter().map(|message| read_group(message, currency)).collect();
            Source::Fixed(Groups::fixed(groups?))
        }
        Some(shipping::Options::Dynamic(dynamic)) => {
            let style = match dynamic.style() {
                ShippingCallbackStyle::Ecom => Style::Ecom,
                ShippingCallbackStyle::Epayment | ShippingCallbackStyle::Unspecified => Style::Epayment,
            };
            let (url, token) = (dynamic.callback_url, dynamic.callback_authorization_token);
            Source::Dynamic(Callback { url, token, style })
        }
        None => return Err(Error::PeerAnswer("terms.shipping.options")),
    };
    Ok(Shipping { source, allowed_countries: message.allowed_countries })
}

/// Payments that are older than the signing of callbacks name no client.
fn read_passthrough(message: PassthroughMessage) -> Option<CardPassthrough> {
    let known = |word: &String| CardType::ALL.into_iter().find(|card_type| card_type.as_str() == word);
    Some(CardPassthrough {
        client_id: message.client_id.parse().ok()?,
        psp_reference: message.psp_reference,
        callback_url: message.card_callback_url,
        allowed: message.allowed_card_types.iter().filter_map(known).collect(),
        prefers_visa_part: message.prefer_visa_part_of_visa_dankort,
        has_encryption_key: !message.public_encryption_key_id.is_empty(),
    })
}

fn read_group(message: ShippingGroup, currency: Currency) -> Result<Group, Error> {
    let options: Result<_, Error> =
        message.options.into_iter().map(|message| read_option(message, currency)).collect();
    Ok(Group {
        kind: message.r#type,
        brand: message.brand,
        is_default: message.is_default,
        priority: message.priority,
        options: options?,
    })
}

/// Fixed options were judged by payment, so only what would make sums meaningless is looked at again.
fn read_option(message: OptionMessage, currency: Currency) -> Result<ShippingOption, Error> {
    const BROKEN: Error = Error::PeerAnswer("terms.shipping.options.amount");
    let amount = money::from_proto(message.amount, "amount").map_err(|_| BROKEN)?;
    if amount.currency != currency || amount.minor < 0 {
        return Err(BROKEN);
    }
    Ok(ShippingOption {
        id: message.id,
        name: message.name,
        amount,
        is_default: message.is_default,
        priority: message.priority,
        meta: message.meta,
        estimated_delivery: message.estimated_delivery,
    })
}

/// An option on the wire, unchanged.
pub(crate) fn option_message(option: ShippingOption) -> OptionMessage {
    OptionMessage {
        id: option.id,
        name: option.name,
        amount: Some(money::to_proto(option.amount)),
        is_default: option.is_default,
        priority: option.priority,
        meta: option.meta,
        estimated_delivery: option.estimated_delivery,
    }
}

/// A group on the wire.
pub(crate) fn group_message(group: Group) -> ShippingGroup {
    ShippingGroup {
        r#type: group.kind,
        brand: group.brand,
        options: group.options.into_iter().map(option_message).collect(),
        is_default: group.is_default,
        priority: group.priority,
    }
}
