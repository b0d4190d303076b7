//! Reads the parts of request bodies. What only this API has is judged here; what ePayment has too is the payment
//! service's to judge.

use kvitt_primitives::Currency;
use kvitt_proto::{
    error::v1::Reason,
    money::{self, v1::Money},
    payment::v1::{
        AirlineData, Customer, DynamicOptions, EcomTerms, FixedOptions, Shipping, ShippingCallbackStyle,
        ShippingGroup, ShippingOption, UserFlow, customer::Identity, shipping::Options,
    },
};

use crate::body::Field;

const ORDER_ID_RULE: &str = "must match the regular expression '^[a-zA-Z0-9-]{1,50}$'";

const LONGEST_ORDER_ID: usize = 50;

const LONGEST_URL: usize = 255;

const LONGEST_AUTH_TOKEN: usize = 255;

const LONGEST_METHOD: usize = 256;

const LONGEST_METHOD_ID: usize = 100;

/// What Express shares, whether it is asked for or not.
const EXPRESS_SCOPE: &str = "name address email phoneNumber";

/// How Norwegian numbers begin where the country is named.
const NORWAY: &str = "47";

const NORWEGIAN_DIGITS: usize = 8;

/// Whether an order can be called this.
pub(in crate::ecomm) fn is_order_id(text: &str) -> bool {
    (1..=LONGEST_ORDER_ID).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// `transaction.orderId`, which some clients send as a number.
pub(in crate::ecomm) fn order_id(field: &Field<'_>) -> String {
    let order_id = field.text_or_integer();
    if order_id.as_ref().is_some_and(|order_id| !is_order_id(order_id)) {
        field.refuse(ORDER_ID_RULE);
    }
    order_id.unwrap_or_default()
}

/// Øre.
pub(in crate::ecomm) fn amount(field: &Field<'_>) -> Option<Money> {
    field.integer().map(nok)
}

/// Øre; none when all that is left is meant, for which there are three spellings.
pub(in crate::ecomm) fn amount_or_all(field: &Field<'_>) -> Option<Money> {
    let amount = field.integer().filter(|minor| *minor != 0)?;
    if amount < 0 {
        field.refuse("must be at least 0");
    }
    Some(nok(amount))
}

/// A text of at most so many characters; empty when it is absent.
pub(in crate::ecomm) fn text(field: &Field<'_>, longest: usize) -> String {
    let text = field.text().unwrap_or_default();
    if text.chars().count() > longest {
        field.refuse(format!("must be at most {longest} characters"));
    }
    text
}

/// The same where it must be there, and say something.
pub(in crate::ecomm) fn required_text(field: Field<'_>, longest: usize) -> String {
    let field = field.required();
    let text = text(&field, longest);
    if field.is_given() && text.is_empty() {
        field.refuse("is required");
    }
    text
}

/// `merchantInfo.fallBack`.
pub(in crate::ecomm) fn fall_back(field: Field<'_>) -> String {
    required_text(field, LONGEST_URL)
}

/// `customerInfo.mobileNumber`: a Norwegian number, mended where it can be.
pub(in crate::ecomm) fn customer(field: &Field<'_>) -> Option<Customer> {
    let number = field.text_or_integer().filter(|number| !number.trim().is_empty())?;
    let Some(msisdn) = msisdn(&number) else {
        field.faults().reason(Reason::InvalidPhoneNumber, "The mobile number is not a Norwegian one.");
        return None;
    };
    Some(Customer { identity: Some(Identity::PhoneNumber(msisdn)) })
}

/// `91 23 45 67`, `+4791234567` and `004791234567` are `4791234567`.
pub(in crate::ecomm) fn msisdn(number: &str) -> Option<String> {
    let bare: String = number.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect();
    let prefixes = ["", "+47", "0047", NORWAY];
    let national = prefixes
        .into_iter()
        .filter_map(|prefix| bare.strip_prefix(prefix))
        .find(|rest| rest.len() == NORWEGIAN_DIGITS && rest.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(format!("{NORWAY}{national}"))
}

/// How the payer meets the payment. A till that shows nothing skips the landing page, whatever else it says.
pub(in crate::ecomm) fn user_flow(is_app: &Field<'_>, skip_landing_page: &Field<'_>) -> UserFlow {
    match (skip_landing_page.boolean(), is_app.boolean()) {
        (Some(true), _) => UserFlow::PushMessage,
        (_, Some(true)) => UserFlow::NativeRedirect,
        (Some(false) | None, Some(false) | None) => UserFlow::WebRedirect,
    }
}

/// What only this API has.
pub(in crate::ecomm) fn terms(merchant: &Field<'_>) -> EcomTerms {
    EcomTerms {
        callback_prefix: required_text(merchant.field("callbackPrefix"), LONGEST_URL),
        auth_token: auth_token(merchant),
        consent_removal_prefix: text(&merchant.field("consentRemovalPrefix"), LONGEST_URL),
    }
}

/// Whether `merchantInfo.paymentType` asks for Express.
pub(in crate::ecomm) fn is_express(field: &Field<'_>) -> bool {
    field.choice(&[("eComm Regular Payment", false), ("eComm Express Payment", true)]).unwrap_or_default()
}

/// How the goods of an Express order are sent. Options that are named here spare the merchant's server the question.
pub(in crate::ecomm) fn shipping(merchant: &Field<'_>) -> Shipping {
    let (named, prefix) = (merchant.field("staticShippingDetails"), merchant.field("shippingDetailsPrefix"));
    if merchant.field("consentRemovalPrefix").text().unwrap_or_default().is_empty() {
        merchant.field("consentRemovalPrefix").refuse("is required for Express");
    }
    let options: Vec<_> =
        named.items().into_iter().map(|option| shipping_option(&option.required())).collect();
    let options = if options.is_empty() {
        let callback_url = text(&prefix, LONGEST_URL);
        if callback_url.is_empty() {
            prefix.refuse("is required for Express without staticShippingDetails");
        }
        Options::Dynamic(DynamicOptions {
            callback_url,
            callback_authorization_token: auth_token(merchant),
            style: ShippingCallbackStyle::Ecom.into(),
        })
    } else {
        let group = ShippingGroup {
            r#type: "OTHER".to_owned(),
            brand: "OTHER".to_owned(),
            options,
            is_default: true,
            priority: None,
        };
        Options::Fixed(FixedOptions { groups: vec![group] })
    };
    Shipping { options: Some(options), allowed_countries: Vec::new() }
}

fn shipping_option(field: &Field<'_>) -> ShippingOption {
    let cost = field.field("shippingCost").required();
    let cost_minor = cost.hundredths().unwrap_or_default();
    if cost_minor < 0 {
        cost.refuse("must be at least 0");
    }
    let is_default = field.field("isDefault").required().choice(&[("Y", true), ("N", false)]);
    let id = field.field("shippingMethodId").required();
    let id_text = id.text_or_integer().unwrap_or_default();
    if id_text.chars().count() > LONGEST_METHOD_ID {
        id.refuse(format!("must be at most {LONGEST_METHOD_ID} characters"));
    }
    ShippingOption {
        id: id_text,
        name: required_text(field.field("shippingMethod"), LONGEST_METHOD),
        amount: Some(nok(cost_minor)),
        is_default: is_default.unwrap_or_default(),
        priority: field.field("priority").small_integer(),
        ..Default::default()
    }
}

/// What is to be shared: `transaction.scope`, or what Express always shares.
pub(in crate::ecomm) fn scope(field: &Field<'_>, is_express: bool) -> String {
    let asked = field.text().map(|scope| scope.trim().to_owned()).unwrap_or_default();
    if !is_express {
        return asked;
    }
    if !asked.is_empty() {
        field.refuse("cannot be used together with Express, which has its own");
    }
    EXPRESS_SCOPE.to_owned()
}

/// `transaction.additionalData`.
pub(in crate::ecomm) fn airline_data(field: &Field<'_>) -> Option<AirlineData> {
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

fn auth_token(merchant: &Field<'_>) -> String {
    text(&merchant.field("authToken"), LONGEST_AUTH_TOKEN)
}

fn nok(minor: i64) -> Money {
    Money { currency: money::currency_to_proto(Currency::Nok).into(), amount_minor: minor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_norwegian_number_is_mended_and_another_is_none() {
        let mended = ["91234567", "91 23 45 67", "+47 91234567", "004791234567", "4791234567", " 912-34-567"];
        for number in mended {
            assert_eq!(msisdn(number).as_deref(), Some("4791234567"), "{number}");
        }
        assert_eq!(msisdn("47123456").as_deref(), Some("4747123456"), "eight digits are the whole number");
        let others =
            ["", "9123456", "912345678", "+4591234567", "4591234567", "9123456a", "٩١٢٣٤٥٦٧", "+91234567"];
        for number in others {
            assert_eq!(msisdn(number), None, "{number}");
        }
    }
}
