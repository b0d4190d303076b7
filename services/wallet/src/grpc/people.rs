//! Persons, their addresses and what they share, between the wire and the domain.

use std::collections::HashSet;

use kvitt_primitives::{AddressId, EmailAddress, Msn, PhoneNumber, Sub};
use kvitt_proto::{
    payment::v1::{Address as AddressMessage, UserDetails, customer::Identity},
    time,
    wallet::v1::{
        Consent as ConsentMessage, GetSharedDetailsRequest, Payer as PayerMessage,
        PayerAddress as PayerAddressMessage, PayerStatus, PersonalCodeVersion, ResolveCustomerRequest,
    },
};

use super::decode::{Fields, date, text};
use crate::{
    domain::{
        consent::{Consent, Details},
        customer::{CodeVersion, Named, PersonalCode, Refusal, Token},
        inbox::Key,
        payer::{Payer, Status},
        person::{Address, AddressKind, Email, MAX_ADDRESSES, NationalId, PayerAddress, Person, Push},
    },
    error::Error,
};

/// Most characters in a name.
const MAX_NAME: usize = 200;
/// Most characters in a national identity number.
const MAX_NATIONAL_ID: usize = 20;
/// Most characters in a line of an address, or a city.
const MAX_LINE: usize = 100;
/// Most characters in a postal code.
const MAX_POST_CODE: usize = 16;
/// Most characters in a reference, through whichever API the payment is made.
const MAX_REFERENCE: usize = 64;

pub(super) fn person(fields: &mut Fields, message: PayerMessage) -> Option<Person> {
    let status = status(fields, "payer.status", message.status);
    let addresses = addresses(fields, "payer.addresses", message.addresses);
    let payer_id = fields.parse("payer.payerId", &message.payer_id);
    let phone_number: Option<PhoneNumber> = fields.parse("payer.phoneNumber", &message.phone_number);
    let name = fields.check("payer.name", text(message.name, MAX_NAME), "must be 1 to 200 characters");
    let national_id = text(message.national_id, MAX_NATIONAL_ID).map(NationalId::new);
    let national_id = fields.check("payer.nationalId", national_id, "must be 1 to 20 characters");
    let birth_date = fields.check("payer.birthDate", date(&message.birth_date), "must be a date, YYYY-MM-DD");
    let given = Some(message.email).filter(|email| !email.is_empty());
    // The outer is whether it may stand, the inner whether there is one.
    let email = given.map_or(Some(None), |given| {
        fields.parse::<EmailAddress>("payer.email", &given).map(|address| Some(Email::new(address)))
    });
    let limit = Some(message.payment_limit_minor).filter(|limit| *limit >= 0);
    let payment_limit_minor = fields.check("payer.paymentLimitMinor", limit, "must not be negative");
    let payer = Payer {
        payer_id: payer_id?,
        phone_number: phone_number?,
        name: name?,
        birth_date: birth_date?,
        status: status?,
        unidentified: message.unidentified,
        payment_limit_minor: payment_limit_minor?,
    };
    let push = Push::from_off(message.push_off);
    Some(Person { payer, national_id: national_id?, email: email?, addresses, push })
}

/// Without a status a payer is active.
pub(super) fn status(fields: &mut Fields, path: &str, status: i32) -> Option<Status> {
    let status = match PayerStatus::try_from(status) {
        Ok(PayerStatus::Unspecified | PayerStatus::Active) => Some(Status::Active),
        Ok(PayerStatus::Blocked) => Some(Status::Blocked),
        Ok(PayerStatus::Deleted) => Some(Status::Deleted),
        Err(_) => None,
    };
    fields.check(path, status, "must be ACTIVE, BLOCKED or DELETED")
}

/// Those that are whole; what is broken in the others is noted.
pub(super) fn addresses(
    fields: &mut Fields,
    path: &str,
    messages: Vec<PayerAddressMessage>,
) -> Vec<PayerAddress> {
    let few = Some(()).filter(|()| messages.len() <= MAX_ADDRESSES);
    if fields.check(path, few, "must be at most 5").is_none() {
        return Vec::new();
    }
    let whole = |(at, message)| address(fields, &format!("{path}[{at}]"), message);
    let addresses: Vec<_> = messages.into_iter().enumerate().filter_map(whole).collect();
    let mut ids = HashSet::new();
    for (at, one) in addresses.iter().enumerate() {
        let new = Some(()).filter(|()| ids.insert(one.address_id));
        fields.check(&format!("{path}[{at}].addressId"), new, "must not stand twice");
    }
    addresses
}

fn address(fields: &mut Fields, path: &str, message: PayerAddressMessage) -> Option<PayerAddress> {
    let path = |field: &str| format!("{path}.{field}");
    let line = |line: String| text(line, MAX_LINE);
    let address_id: Option<AddressId> = fields.parse(&path("addressId"), &message.address_id);
    let kind = AddressKind::ALL.into_iter().find(|kind| kind.as_str() == message.kind);
    let kind = fields.check(&path("kind"), kind, "must be HOME, WORK or OTHER");
    let line_1 = fields.check(&path("line1"), line(message.line_1), "must be 1 to 100 characters");
    let line_2 = if message.line_2.is_empty() { Some(String::new()) } else { line(message.line_2) };
    let line_2 = fields.check(&path("line2"), line_2, "must be up to 100 characters");
    let post_code = text(message.post_code, MAX_POST_CODE);
    let post_code = fields.check(&path("postCode"), post_code, "must be 1 to 16 characters");
    let city = fields.check(&path("city"), line(message.city), "must be 1 to 100 characters");
    let country = Some(message.country)
        .filter(|country| country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()));
    let country = fields.check(&path("country"), country, "must be 2 upper-case letters");
    let address =
        Address { line_1: line_1?, line_2: line_2?, post_code: post_code?, city: city?, country: country? };
    Some(PayerAddress { address_id: address_id?, kind: kind?, address })
}

/// Which payment names whom. What a token or a code should have been is told by their own refusals.
pub(super) fn naming(request: ResolveCustomerRequest) -> Result<(Key, Named), Error> {
    let mut fields = Fields::default();
    let key = key(&mut fields, request.msn, request.reference);
    let identity = request.customer.and_then(|customer| customer.identity);
    let identity = fields.check("customer", identity, "is required");
    let (key, identity) = fields.finish(key.zip(identity))?;
    let named = match identity {
        Identity::PhoneNumber(number) => Named::Phone(number.parse().map_err(|_| Error::PhoneNumber)?),
        Identity::CustomerToken(token) => Named::Token(Token::parse(&token).ok_or(Refusal::InvalidToken)?),
        Identity::PersonalQr(code) => {
            Named::Code(PersonalCode::parse(&code).ok_or(Refusal::InvalidPersonalCode)?)
        }
    };
    Ok((key, named))
}

/// A payment and the name by which its unit knows the payer.
pub(super) fn shared_with(request: GetSharedDetailsRequest) -> Result<(Key, Sub), Error> {
    let mut fields = Fields::default();
    let sub = fields.parse("sub", &request.sub);
    let key = key(&mut fields, request.msn, request.reference);
    let whole = key.zip(sub);
    fields.finish(whole)
}

/// Payment is the authority on the form of references, so only what cannot be stored is refused.
fn key(fields: &mut Fields, msn: String, reference: String) -> Option<Key> {
    let known: Option<Msn> = fields.parse("msn", &msn);
    let reference = fields.check("reference", text(reference, MAX_REFERENCE), "must be 1 to 64 characters");
    known.zip(reference).map(|(_, reference)| Key { msn, reference })
}

/// Without a version it is the newer one.
pub(super) fn code_version(fields: &mut Fields, version: i32) -> Option<CodeVersion> {
    let version = match PersonalCodeVersion::try_from(version) {
        Ok(PersonalCodeVersion::Unspecified | PersonalCodeVersion::PersonalCodeVersion20) => {
            Some(CodeVersion::V2)
        }
        Ok(PersonalCodeVersion::PersonalCodeVersion10) => Some(CodeVersion::V1),
        Err(_) => None,
    };
    fields.check("version", version, "must be 1.0 or 2.0")
}

pub(super) fn encode_code_version(version: Option<CodeVersion>) -> PersonalCodeVersion {
    match version {
        None => PersonalCodeVersion::Unspecified,
        Some(CodeVersion::V1) => PersonalCodeVersion::PersonalCodeVersion10,
        Some(CodeVersion::V2) => PersonalCodeVersion::PersonalCodeVersion20,
    }
}

/// A payer with the national identity number, for the one who registered it.
pub(super) fn encode_person(person: Person) -> PayerMessage {
    let Person { payer, national_id, email, addresses, push } = person;
    PayerMessage {
        payer_id: payer.payer_id.to_string(),
        phone_number: payer.phone_number.to_string(),
        name: payer.name,
        national_id: national_id.expose().to_owned(),
        birth_date: payer.birth_date.to_string(),
        email: email.map(|email| email.expose().to_owned()).unwrap_or_default(),
        addresses: addresses.into_iter().map(encode_payer_address).collect(),
        status: encode_status(payer.status).into(),
        unidentified: payer.unidentified,
        payment_limit_minor: payer.payment_limit_minor,
        push_off: push.is_off(),
    }
}

fn encode_status(status: Status) -> PayerStatus {
    match status {
        Status::Active => PayerStatus::Active,
        Status::Blocked => PayerStatus::Blocked,
        Status::Deleted => PayerStatus::Deleted,
    }
}

fn encode_payer_address(one: PayerAddress) -> PayerAddressMessage {
    let PayerAddress { address_id, kind, address } = one;
    PayerAddressMessage {
        address_id: address_id.to_string(),
        kind: kind.as_str().to_owned(),
        line_1: address.line_1,
        line_2: address.line_2,
        post_code: address.post_code,
        city: address.city,
        country: address.country,
    }
}

pub(super) fn encode_address(address: Address) -> AddressMessage {
    let Address { line_1, line_2, post_code, city, country } = address;
    AddressMessage { line_1, line_2, post_code, city, country, kind: String::new() }
}

fn encode_own_address(one: PayerAddress) -> AddressMessage {
    AddressMessage { kind: one.kind.as_str().to_owned(), ..encode_address(one.address) }
}

/// What may be known of a payer; without details it is too old.
pub(super) fn encode_details(details: Option<Details>) -> UserDetails {
    let Some(details) = details else { return UserDetails { expired: true, ..UserDetails::default() } };
    UserDetails {
        email: details.email,
        first_name: details.first_name,
        last_name: details.last_name,
        mobile_number: details.mobile_number,
        birth_date: details.birth_date,
        addresses: details.addresses.into_iter().map(encode_own_address).collect(),
        national_id: details.national_id,
        expired: false,
    }
}

pub(super) fn encode_consent(consent: Consent) -> ConsentMessage {
    ConsentMessage {
        msn: consent.msn,
        sub: consent.sub.to_string(),
        scopes: consent.scopes.words().map(str::to_owned).collect(),
        given_at: Some(time::to_proto(consent.given_at)),
    }
}
