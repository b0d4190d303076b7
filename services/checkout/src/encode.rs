//! From the domain's words into the wire's: for answers, for the payment that is created, and for merchants' callbacks.

use chrono::{DateTime, Utc};
use kvitt_proto::{
    checkout::v1::{self as wire, PaymentDetails},
    money,
    payment::v1 as payment,
    time,
};

use crate::{
    app::get_session::Read,
    domain::{
        Brand, Configuration, Elements, Interaction, Method, OrderLine, OrderSummary, Person, PickupPoint,
        Session, ShippingOption, Start, State, Terms, UserFlow,
    },
};

/// Hundredths of a percent in a whole.
const RATE_OF_ALL: i64 = 10_000;

/// A session as it stands at `now`.
pub(crate) fn session(read: Read, now: DateTime<Utc>) -> wire::Session {
    let Read { session, payment } = read;
    let start = session.payer.start.as_ref();
    wire::Session {
        msn: session.key.msn.to_string(),
        reference: session.key.reference.to_string(),
        session_id: session.id.to_string(),
        state: state(session.state_at(now)).into(),
        payment_method: start
            .map_or(wire::PaymentMethod::Unspecified, |start| method(start.choice.method))
            .into(),
        user_info: payment.as_ref().filter(|payment| !payment.sub.is_empty()).map(|payment| wire::UserInfo {
            sub: payment.sub.clone(),
            email: payment.user_details.as_ref().map(|details| details.email.clone()).unwrap_or_default(),
        }),
        payment_details: payment.map(|payment| PaymentDetails {
            amount: payment.amount,
            state: payment.state,
            aggregate: payment.aggregate,
        }),
        shipping_details: start.and_then(|start| shipping(&session, start)),
        billing_details: start.and_then(|_| billing(&session)),
        custom_consent_provided: session
            .terms
            .configuration
            .consent
            .as_ref()
            .map(|_| session.payer.details.as_ref().is_some_and(|details| details.custom_consent)),
        created_at: Some(time::to_proto(session.created_at)),
        expires_at: Some(time::to_proto(session.expires_at)),
    }
}

fn shipping(session: &Session, start: &Start) -> Option<wire::ShippingDetails> {
    let addressed = session.terms.configuration.elements == Elements::Full;
    let details = session.payer.details.as_ref().filter(|_| addressed)?;
    let option = start.option.as_ref();
    Some(wire::ShippingDetails {
        person: Some(person(details.person.clone())),
        shipping_method_id: option.map(|option| option.id.clone()).unwrap_or_default(),
        amount: option.and_then(|option| option.amount).map(money::to_proto),
        pickup_point: start.choice.pickup_point.clone().map(pickup_point),
    })
}

fn billing(session: &Session) -> Option<wire::Person> {
    let asked = session.terms.configuration.elements != Elements::PaymentOnly;
    let details = session.payer.details.as_ref().filter(|_| asked)?;
    Some(person(details.billing.clone().unwrap_or_else(|| details.person.clone())))
}

/// What the payer sees.
pub(crate) fn opened(read: Read, now: DateTime<Utc>) -> wire::OpenSessionResponse {
    let session = &read.session;
    let (terms, payer) = (session.terms.clone(), &session.payer);
    let known = payer.details.as_ref().map_or(&terms.prefill, |details| &details.person).clone();
    let has_logistics = terms.has_logistics();
    wire::OpenSessionResponse {
        amount: Some(money::to_proto(terms.amount)),
        payment_description: terms.description,
        order_summary: terms.summary.filter(|_| terms.configuration.show_summary).map(summary),
        return_url: terms.merchant.return_url,
        terms_and_conditions_url: terms.merchant.terms_url,
        person: Some(person(known)),
        configuration: Some(configuration(terms.configuration)),
        has_logistics,
        session: Some(self::session(read, now)),
    }
}

fn configuration(configuration: Configuration) -> wire::Configuration {
    let external = |external: crate::domain::External| wire::ExternalPaymentMethod {
        r#type: wire::ExternalPaymentMethodType::Klarna.into(),
        redirect_url: external.redirect_url,
    };
    wire::Configuration {
        customer_interaction: match configuration.interaction {
            Interaction::Present => payment::CustomerInteraction::CustomerPresent,
            Interaction::NotPresent => payment::CustomerInteraction::CustomerNotPresent,
        }
        .into(),
        elements: match configuration.elements {
            Elements::Full => wire::Elements::Full,
            Elements::PaymentAndContactInfo => wire::Elements::PaymentAndContactInfo,
            Elements::PaymentOnly => wire::Elements::PaymentOnly,
        }
        .into(),
        supported_countries: configuration.countries,
        user_flow: match configuration.user_flow {
            UserFlow::WebRedirect => payment::UserFlow::WebRedirect,
            UserFlow::NativeRedirect => payment::UserFlow::NativeRedirect,
        }
        .into(),
        require_user_info: configuration.require_user_info,
        custom_consent: configuration
            .consent
            .map(|consent| wire::CustomConsent { text: consent.text, required: consent.required }),
        show_order_summary: configuration.show_summary,
        external_payment_methods: configuration.external.into_iter().map(external).collect(),
    }
}

/// An option as it is offered.
pub(crate) fn option(option: ShippingOption) -> wire::ShippingOption {
    wire::ShippingOption {
        id: option.id,
        brand: option.brand.code().to_owned(),
        r#type: option.kind,
        custom_type: option.custom_type,
        title: option.title,
        description: option.description,
        amount: option.amount.map(money::to_proto),
        priority: option.priority,
        is_default: option.is_default,
        tax_rate: option.tax_rate,
    }
}

/// The receipt of the payment: what is bought, and how it is sent, where the merchant's lines do not say so.
pub(crate) fn receipt(terms: &Terms, start: &Start) -> Option<payment::Receipt> {
    let mut bought = terms.summary.clone()?;
    let told = bought.lines.iter().any(|line| line.is_shipping);
    bought.lines.extend(start.option.as_ref().filter(|_| !told).and_then(shipping_line));
    Some(summary(bought))
}

fn shipping_line(option: &ShippingOption) -> Option<OrderLine> {
    let total = option.amount?.minor;
    let rate = i64::from(option.tax_rate.unwrap_or_default());
    // The tax is part of the price: what is left without it is rounded down, and both always make the whole.
    let tax = total - total * RATE_OF_ALL / (RATE_OF_ALL + rate);
    let named = option.brand != Brand::Other && option.title.is_empty();
    Some(OrderLine {
        name: if named { option.brand.code().to_owned() } else { option.title.clone() },
        id: option.id.clone(),
        total_minor: total,
        total_excluding_tax_minor: total - tax,
        total_tax_minor: tax,
        tax_rate: Some(option.tax_rate.unwrap_or_default()),
        is_shipping: true,
        ..OrderLine::default()
    })
}

fn summary(summary: OrderSummary) -> payment::Receipt {
    payment::Receipt {
        order_lines: summary.lines.into_iter().map(line).collect(),
        bottom_line: summary.foot.map(|foot| payment::BottomLine {
            currency: money::currency_to_proto(foot.currency).into(),
            tip_amount_minor: foot.tip_minor,
            pos_id: foot.pos_id,
            receipt_number: foot.receipt_number,
            payment_sources_minor: foot.payment_sources_minor,
            ..Default::default()
        }),
    }
}

fn line(line: OrderLine) -> payment::OrderLine {
    payment::OrderLine {
        name: line.name,
        id: line.id,
        total_amount_minor: line.total_minor,
        total_amount_excluding_tax_minor: line.total_excluding_tax_minor,
        total_tax_amount_minor: line.total_tax_minor,
        tax_rate: line.tax_rate,
        unit_info: line.unit_info.map(|unit| payment::UnitInfo {
            unit_price_minor: unit.unit_price_minor,
            quantity: unit.quantity,
            quantity_unit: unit.quantity_unit,
        }),
        discount_minor: line.discount_minor,
        product_url: line.product_url,
        is_return: line.is_return,
        is_shipping: line.is_shipping,
    }
}

fn person(person: Person) -> wire::Person {
    wire::Person {
        first_name: person.first_name,
        last_name: person.last_name,
        email: person.email,
        phone_number: person.phone_number,
        street_address: person.street_address,
        postal_code: person.postal_code,
        city: person.city,
        country: person.country,
    }
}

fn pickup_point(point: PickupPoint) -> wire::PickupPoint {
    wire::PickupPoint {
        id: point.id,
        name: point.name,
        address: point.address,
        postal_code: point.postal_code,
        city: point.city,
        country: point.country,
        opening_hours: point.opening_hours,
    }
}

fn method(method: Method) -> wire::PaymentMethod {
    match method {
        Method::Wallet => wire::PaymentMethod::Wallet,
        Method::Card => wire::PaymentMethod::Card,
    }
}

fn state(state: State) -> wire::SessionState {
    match state {
        State::Created => wire::SessionState::SessionCreated,
        State::Initiated => wire::SessionState::PaymentInitiated,
        State::Expired => wire::SessionState::SessionExpired,
        State::Successful => wire::SessionState::PaymentSuccessful,
        State::Terminated => wire::SessionState::PaymentTerminated,
    }
}

#[cfg(test)]
mod tests {
    use kvitt_primitives::{Currency, Money};

    use super::*;

    #[test]
    fn the_shipping_of_a_receipt_splits_into_price_and_tax_without_a_rest() {
        for (minor, rate, tax) in
            [(5_000, Some(2500), 1000), (3_333, Some(2500), 667), (100, None, 0), (0, Some(10_000), 0)]
        {
            let option = ShippingOption {
                id: "post".into(),
                brand: Brand::Posten,
                kind: String::new(),
                custom_type: String::new(),
                title: String::new(),
                description: String::new(),
                amount: Some(Money::new(Currency::Nok, minor)),
                priority: 0,
                is_default: false,
                tax_rate: rate,
            };
            let line = shipping_line(&option).unwrap();
            assert_eq!((line.total_tax_minor, line.name.as_str()), (tax, "POSTEN"), "{minor}");
            assert_eq!(line.total_excluding_tax_minor + line.total_tax_minor, minor);
        }
    }
}
