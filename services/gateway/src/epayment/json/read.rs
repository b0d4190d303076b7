//! Reads the parts of request bodies. Only what JSON adds is judged here: types, words, what must be there. Formats
//! and lengths are the payment service's.

use std::collections::BTreeMap;

use kvitt_primitives::{Currency, Reference};
use kvitt_proto::{
    error::v1::Reason,
    money::{self, v1::Money},
    payment::v1::{
        AirlineData, BlockedSource, Customer, CustomerInteraction, PaymentMethodType, QrFormat, QrOptions,
        UserFlow, customer::Identity,
    },
};

pub(crate) use super::receipt::receipt;
use crate::body::Field;

/// `{currency, value}`.
pub(crate) fn amount(field: &Field<'_>) -> Option<Money> {
    let currency = currency(&field.field("currency").required());
    let value = field.field("value").required().minor_units();
    field.is_given().then(|| Money { currency, amount_minor: value.unwrap_or_default() })
}

/// An ISO code as the number of the contract.
pub(crate) fn currency(field: &Field<'_>) -> i32 {
    let codes = Currency::ALL.map(|currency| (currency.code(), money::currency_to_proto(currency)));
    field.choice(&codes).unwrap_or_default().into()
}

/// The merchant's reference of a new payment, which some clients send as a number.
pub(crate) fn reference(field: &Field<'_>) -> String {
    let reference = field.text_or_integer();
    if reference.as_ref().is_some_and(|reference| Reference::try_new_epayment(reference).is_err()) {
        field.refuse(Reference::EPAYMENT_RULE);
    }
    reference.unwrap_or_default()
}

/// `paymentMethod.type`.
pub(crate) fn method_type(field: &Field<'_>) -> i32 {
    let words = [
        ("WALLET", PaymentMethodType::Wallet),
        ("CARD", PaymentMethodType::Card),
        ("CARD_PASSTHROUGH", PaymentMethodType::CardPassthrough),
    ];
    field.choice(&words).unwrap_or_default().into()
}

/// `paymentMethod.blockedSources`.
pub(crate) fn blocked_sources(field: &Field<'_>) -> Vec<i32> {
    let words = [("COMMERCIAL_CARDS", BlockedSource::CommercialCards)];
    let sources = field.items().into_iter().map(Field::required);
    sources.filter_map(|source| source.choice(&words)).map(i32::from).collect()
}

/// `userFlow`.
pub(crate) fn user_flow(field: &Field<'_>) -> i32 {
    let words = [
        ("PUSH_MESSAGE", UserFlow::PushMessage),
        ("NATIVE_REDIRECT", UserFlow::NativeRedirect),
        ("WEB_REDIRECT", UserFlow::WebRedirect),
        ("QR", UserFlow::Qr),
    ];
    field.choice(&words).unwrap_or_default().into()
}

/// `customerInteraction`.
pub(crate) fn customer_interaction(field: &Field<'_>) -> i32 {
    let words = [
        ("CUSTOMER_PRESENT", CustomerInteraction::CustomerPresent),
        ("CUSTOMER_NOT_PRESENT", CustomerInteraction::CustomerNotPresent),
    ];
    field.choice(&words).unwrap_or_default().into()
}

/// The payer in mind. A real plugin sends a customer with none of the three ids, which is no customer.
pub(crate) fn customer(field: &Field<'_>) -> Option<Customer> {
    let phone_number = field.field("phoneNumber").text_or_integer().map(Identity::PhoneNumber);
    let personal_qr = field.field("personalQr").text().map(Identity::PersonalQr);
    let customer_token = field.field("customerToken").text().map(Identity::CustomerToken);
    let mut given = [phone_number, personal_qr, customer_token].into_iter().flatten();
    let identity = given.next()?;
    if given.next().is_some() {
        field.refuse("must have only one of phoneNumber, personalQr and customerToken");
    }
    Some(Customer { identity: Some(identity) })
}

/// `metadata`: pairs of strings; values may come as other scalars.
pub(crate) fn metadata(field: &Field<'_>) -> BTreeMap<String, String> {
    let mut pairs = BTreeMap::new();
    for (key, value) in field.entries() {
        if key.contains('\0') {
            field.refuse("must not have a key with the character NUL");
        }
        let text = value.text_or_scalar().unwrap_or_default();
        if pairs.insert(key.to_owned(), text).is_some() {
            let detail = "A key of metadata stands twice.";
            field.faults().reason(Reason::MetadataDuplicateKeys, detail);
        }
    }
    pairs
}

/// `qrFormat`.
pub(crate) fn qr_options(field: &Field<'_>) -> Option<QrOptions> {
    let words = [
        ("TEXT/TARGETURL", QrFormat::TextTargetUrl),
        ("IMAGE/SVG+XML", QrFormat::ImageSvg),
        ("IMAGE/PNG", QrFormat::ImagePng),
    ];
    let format = field.field("format").required().choice(&words).unwrap_or_default();
    let size = field.field("size").small_integer();
    field.is_given().then(|| QrOptions { format: format.into(), size })
}

/// `industryData.airlineData`.
pub(crate) fn airline_data(field: &Field<'_>) -> Option<AirlineData> {
    let required = |name| field.field(name).required().text().unwrap_or_default();
    let data = AirlineData {
        agency_invoice_number: required("agencyInvoiceNumber"),
        airline_code: required("airlineCode"),
        airline_designator_code: required("airlineDesignatorCode"),
        passenger_name: required("passengerName"),
        ticket_number: field.field("ticketNumber").text().unwrap_or_default(),
    };
    field.is_given().then_some(data)
}
