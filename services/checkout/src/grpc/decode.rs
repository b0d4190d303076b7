//! From the wire into the domain's words. What a field must hold is the domain's to say; here is only what the wire's types
//! leave open.

use kvitt_primitives::{Currency, IdempotencyKey, Invalid, Money, Msn};
use kvitt_proto::{
    checkout::v1 as wire,
    error::v1::Reason,
    money,
    payment::v1 as payment,
    refusal::{self, FieldViolation},
};
use prost::Message as _;
use sha2::{Digest as _, Sha256};
use tonic::Status;

use crate::{
    app::create_session::Creation,
    domain::{
        BottomLine, Brand, Change, Choice, Configuration, Consent, Details, Elements, External, Found,
        Interaction, Key, Logistics, MerchantInfo, Method, OrderLine, OrderSummary, Person, PickupPoint,
        REFERENCE_RULE, ShippingOption, Terms, UnitInfo, UserFlow,
    },
    store::sessions::Asked,
};

pub(super) fn msn(field: &str, text: &str) -> Result<Msn, Status> {
    text.parse().map_err(|invalid: Invalid| refusal::fields(vec![FieldViolation::new(field, invalid.rule)]))
}

/// What is no reference names no session.
pub(super) fn key(msn: Msn, reference: &str) -> Result<Key, Status> {
    let reference = reference.parse().map_err(|_| crate::app::Error::NotFound)?;
    Ok(Key { msn, reference })
}

/// A session to open, and what is wrong with its form so far.
pub(super) fn creation(request: wire::CreateSessionRequest, msn: Msn) -> (Creation, Found) {
    let mut found = Found::default();
    let nameless = wire::CreateSessionRequest { idempotency_key: String::new(), ..request.clone() };
    let hash = Sha256::digest(nameless.encode_to_vec()).into();
    let name = Some(&request.idempotency_key).filter(|name| !name.is_empty());
    let name = name.and_then(|name| parsed("Idempotency-Key", name.parse::<IdempotencyKey>(), &mut found));
    let transaction = request.transaction.unwrap_or_default();
    let reference = transaction.reference.parse();
    let reference = reference.map_err(|_: Invalid| Invalid { rule: REFERENCE_RULE });
    let reference = parsed("transaction.reference", reference, &mut found);
    let amount = amount("transaction.amount", transaction.amount, &mut found);
    let currency = amount.map_or(Currency::Nok, |amount| amount.currency);
    let merchant = request.merchant_info.unwrap_or_default();
    let terms = Terms {
        merchant: MerchantInfo {
            callback_url: merchant.callback_url,
            return_url: merchant.return_url,
            callback_token: merchant.callback_authorization_token,
            terms_url: merchant.terms_and_conditions_url,
        },
        amount: amount.unwrap_or(Money::new(currency, 0)),
        description: transaction.payment_description,
        summary: transaction.order_summary.map(|receipt| summary(receipt, currency, &mut found)),
        logistics: request.logistics.map(|logistics| self::logistics(logistics, currency, &mut found)),
        prefill: request.prefill_customer.map(person).unwrap_or_default(),
        configuration: configuration(request.configuration.unwrap_or_default(), &mut found),
    };
    // Where there is none, that is a broken field like any other, and nothing is done under this name.
    let reference = reference.unwrap_or_else(|| "not-a-reference".parse().expect("a reference by its form"));
    (Creation { key: Key { msn, reference }, terms, asked: Asked { key: name, hash } }, found)
}

/// A change of a session, and what is wrong with its form so far.
pub(super) fn change(request: wire::UpdateSessionRequest) -> (Change, Found) {
    let mut found = Found::default();
    let given = |text: String| (!text.is_empty()).then_some(text);
    // Stands in for a currency that cannot be read, which is a broken field by itself.
    let currency = Currency::Nok;
    let change = Change {
        amount: request.amount.and_then(|wire| amount("transaction.amount", Some(wire), &mut found)),
        description: given(request.payment_description),
        summary: request.order_summary.map(|receipt| summary(receipt, currency, &mut found)),
        logistics: request.logistics.map(|logistics| self::logistics(logistics, currency, &mut found)),
    };
    (change, found)
}

/// What a payer says.
pub(super) fn details(request: wire::SubmitDetailsRequest) -> Details {
    Details {
        person: request.person.map(person).unwrap_or_default().normalised(),
        billing: request.billing.map(|billing| person(billing).normalised()),
        custom_consent: request.custom_consent,
    }
}

/// What a payer wants.
pub(super) fn choice(request: wire::StartPaymentRequest) -> Result<Choice, Status> {
    let method = match request.method() {
        wire::PaymentMethod::Wallet => Method::Wallet,
        wire::PaymentMethod::Card => Method::Card,
        wire::PaymentMethod::Unspecified => {
            return Err(refusal::fields(vec![FieldViolation::new("method", "must be one of Wallet, Card")]));
        }
    };
    if request.shipping_option_id.chars().count() > 200 {
        return Err(refusal::status(
            Reason::ApprovalIncomplete,
            "a shipping option that is offered is missing",
        ));
    }
    let point = request.pickup_point.map(|point| PickupPoint {
        id: point.id,
        name: point.name,
        address: point.address,
        postal_code: point.postal_code,
        city: point.city,
        country: point.country,
        opening_hours: point.opening_hours,
    });
    Ok(Choice { method, option_id: request.shipping_option_id, pickup_point: point })
}

fn parsed<T>(field: &str, value: Result<T, Invalid>, found: &mut Found) -> Option<T> {
    value.map_err(|invalid| found.check(false, field, invalid.rule)).ok()
}

fn amount(field: &str, wire: Option<money::v1::Money>, found: &mut Found) -> Option<Money> {
    money::from_proto(wire, field)
        .map_err(|violation| found.check(false, violation.field, violation.description))
        .ok()
}

fn person(person: wire::Person) -> Person {
    Person {
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

/// What cannot be read is noted, and something harmless stands in for it, so that the others keep their places.
fn logistics(logistics: wire::Logistics, currency: Currency, found: &mut Found) -> Logistics {
    let options = logistics.fixed_options.into_iter().enumerate();
    let fixed = options.map(|(index, wire)| {
        let path = format!("logistics.fixedOptions[{index}]");
        let brand = Brand::from_code(&wire.brand);
        found.check(brand.is_some(), format!("{path}.brand"), Brand::RULE);
        let priced = wire.amount.map(|wire| amount(&format!("{path}.amount"), Some(wire), found));
        ShippingOption {
            id: wire.id,
            brand: brand.unwrap_or(Brand::Posten),
            kind: brand.map(|_| wire.r#type).unwrap_or_default(),
            custom_type: wire.custom_type,
            title: wire.title,
            description: wire.description,
            amount: priced.map(|amount| amount.unwrap_or(Money::new(currency, 0))),
            priority: wire.priority,
            is_default: wire.is_default,
            tax_rate: wire.tax_rate,
        }
    });
    Logistics { fixed: fixed.collect(), callback_url: logistics.dynamic_options_callback }
}

fn configuration(configuration: wire::Configuration, found: &mut Found) -> Configuration {
    let elements = match configuration.elements() {
        wire::Elements::Unspecified | wire::Elements::Full => Elements::Full,
        wire::Elements::PaymentAndContactInfo => Elements::PaymentAndContactInfo,
        wire::Elements::PaymentOnly => Elements::PaymentOnly,
    };
    let interaction = match configuration.customer_interaction() {
        payment::CustomerInteraction::CustomerPresent => Interaction::Present,
        payment::CustomerInteraction::Unspecified | payment::CustomerInteraction::CustomerNotPresent => {
            Interaction::NotPresent
        }
    };
    let user_flow = match configuration.user_flow() {
        payment::UserFlow::Unspecified | payment::UserFlow::WebRedirect => UserFlow::WebRedirect,
        payment::UserFlow::NativeRedirect => UserFlow::NativeRedirect,
        payment::UserFlow::PushMessage | payment::UserFlow::Qr => {
            let rule = "must be one of WEB_REDIRECT, NATIVE_REDIRECT";
            found.check(false, "configuration.userFlow", rule);
            UserFlow::WebRedirect
        }
    };
    for (index, method) in configuration.external_payment_methods.iter().enumerate() {
        let known = method.r#type() == wire::ExternalPaymentMethodType::Klarna;
        let path = format!("configuration.externalPaymentMethods[{index}].paymentMethod");
        found.check(known, path, "must be one of Klarna");
    }
    let external = |method: wire::ExternalPaymentMethod| External { redirect_url: method.redirect_url };
    Configuration {
        interaction,
        elements,
        countries: configuration.supported_countries,
        user_flow,
        require_user_info: configuration.require_user_info,
        consent: configuration
            .custom_consent
            .map(|consent| Consent { text: consent.text, required: consent.required }),
        show_summary: configuration.show_order_summary,
        external: configuration.external_payment_methods.into_iter().map(external).collect(),
    }
}

fn summary(receipt: payment::Receipt, currency: Currency, found: &mut Found) -> OrderSummary {
    let foot = receipt.bottom_line.map(|foot| {
        let path = "transaction.orderSummary.orderBottomLine.currency";
        let named = money::currency_from_proto(foot.currency, path);
        BottomLine {
            currency: named.unwrap_or_else(|broken| {
                found.check(false, broken.field, broken.description);
                currency
            }),
            tip_minor: foot.tip_amount_minor,
            pos_id: foot.pos_id,
            receipt_number: foot.receipt_number,
            payment_sources_minor: foot.payment_sources_minor,
        }
    });
    OrderSummary { lines: receipt.order_lines.into_iter().map(line).collect(), foot }
}

fn line(line: payment::OrderLine) -> OrderLine {
    OrderLine {
        name: line.name,
        id: line.id,
        total_minor: line.total_amount_minor,
        total_excluding_tax_minor: line.total_amount_excluding_tax_minor,
        total_tax_minor: line.total_tax_amount_minor,
        tax_rate: line.tax_rate,
        unit_info: line.unit_info.map(|unit| UnitInfo {
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
