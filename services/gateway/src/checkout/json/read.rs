//! Reads the parts of request bodies. Only what JSON adds is judged here: types, words, what must be there. Formats and
//! lengths are the service's.

use kvitt_proto::{
    checkout::v1::{
        Configuration, CustomConsent, Elements, ExternalPaymentMethod, ExternalPaymentMethodType, Logistics,
        MerchantInfo, Person, ShippingOption, Transaction,
    },
    money::v1::Money,
    payment::v1::UserFlow,
};

pub(crate) use super::order_summary::order_summary;
use crate::{
    body::Field,
    epayment::json::read::{currency, customer_interaction},
};

/// `{value, currency}`.
pub(crate) fn amount(field: &Field<'_>) -> Option<Money> {
    let currency = currency(&field.field("currency").required());
    let value = field.field("value").required().integer();
    field.is_given().then(|| Money { currency, amount_minor: value.unwrap_or_default() })
}

/// `merchantInfo`.
pub(crate) fn merchant_info(field: &Field<'_>) -> Option<MerchantInfo> {
    let required = |name| field.field(name).required().text().unwrap_or_default();
    let info = MerchantInfo {
        callback_url: required("callbackUrl"),
        return_url: required("returnUrl"),
        callback_authorization_token: required("callbackAuthorizationToken"),
        terms_and_conditions_url: field.field("termsAndConditionsUrl").text().unwrap_or_default(),
    };
    field.is_given().then_some(info)
}

/// `transaction`.
pub(crate) fn transaction(field: &Field<'_>) -> Option<Transaction> {
    let transaction = Transaction {
        reference: field.field("reference").required().text_or_integer().unwrap_or_default(),
        amount: amount(&field.field("amount").required()),
        payment_description: field.field("paymentDescription").required().text().unwrap_or_default(),
        order_summary: order_summary(&field.field("orderSummary")),
    };
    field.is_given().then_some(transaction)
}

/// `logistics`. What carriers' own services would need is read and not kept, since none of them is asked.
pub(crate) fn logistics(field: &Field<'_>) -> Option<Logistics> {
    integrations(&field.field("integrations"));
    let options = field.field("fixedOptions").items();
    let logistics = Logistics {
        dynamic_options_callback: field.field("dynamicOptionsCallback").text().unwrap_or_default(),
        fixed_options: options.into_iter().map(|option| shipping_option(&option.required())).collect(),
    };
    field.is_given().then_some(logistics)
}

fn shipping_option(field: &Field<'_>) -> ShippingOption {
    let text = |name| field.field(name).text().unwrap_or_default();
    ShippingOption {
        id: field.field("id").required().text_or_integer().unwrap_or_default(),
        brand: field.field("brand").required().text().unwrap_or_default(),
        r#type: text("type"),
        custom_type: text("customType"),
        title: text("title"),
        description: text("description"),
        amount: amount(&field.field("amount")),
        priority: field.field("priority").required().small_integer().unwrap_or_default(),
        is_default: field.field("isDefault").required().boolean().unwrap_or_default(),
        tax_rate: field.field("taxRate").small_integer(),
    }
}

fn integrations(field: &Field<'_>) {
    let porterbuddy = field.field("porterbuddy");
    let origin = porterbuddy.field("origin").required();
    let address = origin.field("address").required();
    let helthjem = field.field("helthjem");
    let texts = [
        (&porterbuddy, &["publicToken", "apiKey"] as &[&str]),
        (&origin, &["name", "email", "phoneNumber"]),
        (&address, &["streetAddress", "postalCode", "city", "country"]),
        (&helthjem, &["username", "password"]),
    ];
    for (place, names) in texts {
        for name in names {
            place.field(name).required().text_or_integer();
        }
    }
    helthjem.field("shopId").required().integer();
}

/// `prefillCustomer`, and a person in the bodies of our own operations.
pub(crate) fn person(field: &Field<'_>) -> Option<Person> {
    let text = |name| field.field(name).text_or_integer().unwrap_or_default();
    let person = Person {
        first_name: text("firstName"),
        last_name: text("lastName"),
        email: text("email"),
        phone_number: text("phoneNumber"),
        street_address: text("streetAddress"),
        postal_code: text("postalCode"),
        city: text("city"),
        country: text("country"),
    };
    field.is_given().then_some(person)
}

/// `configuration`.
pub(crate) fn configuration(field: &Field<'_>) -> Option<Configuration> {
    let countries = field.field("countries").field("supported").required().items();
    let countries = countries.into_iter().map(Field::required);
    let methods = field.field("externalPaymentMethods").items();
    let configuration = Configuration {
        customer_interaction: customer_interaction(&field.field("customerInteraction")),
        elements: elements(&field.field("elements")),
        supported_countries: countries.map(|country| country.text().unwrap_or_default()).collect(),
        user_flow: user_flow(&field.field("userFlow")),
        require_user_info: field.field("requireUserInfo").boolean().unwrap_or_default(),
        custom_consent: custom_consent(&field.field("customConsent")),
        show_order_summary: field.field("showOrderSummary").boolean().unwrap_or_default(),
        external_payment_methods: methods.into_iter().map(|method| external(&method.required())).collect(),
    };
    field.is_given().then_some(configuration)
}

fn elements(field: &Field<'_>) -> i32 {
    let words = [
        ("Full", Elements::Full),
        ("PaymentAndContactInfo", Elements::PaymentAndContactInfo),
        ("PaymentOnly", Elements::PaymentOnly),
    ];
    field.choice(&words).unwrap_or_default().into()
}

fn user_flow(field: &Field<'_>) -> i32 {
    let words = [("WEB_REDIRECT", UserFlow::WebRedirect), ("NATIVE_REDIRECT", UserFlow::NativeRedirect)];
    field.choice(&words).unwrap_or_default().into()
}

fn custom_consent(field: &Field<'_>) -> Option<CustomConsent> {
    let consent = CustomConsent {
        text: field.field("text").required().text().unwrap_or_default(),
        required: field.field("required").required().boolean().unwrap_or_default(),
    };
    field.is_given().then_some(consent)
}

fn external(field: &Field<'_>) -> ExternalPaymentMethod {
    let words = [("Klarna", ExternalPaymentMethodType::Klarna)];
    ExternalPaymentMethod {
        r#type: field.field("paymentMethod").required().choice(&words).unwrap_or_default().into(),
        redirect_url: field.field("redirectUrl").required().text().unwrap_or_default(),
    }
}
