//! Kinds of values that stand in many places, each with its rule. A rule that the code keeps as a constant is taken
//! from there, so that the document cannot say another one.

use kvitt_primitives::{Currency, Msn, PhoneNumber, Reference};
use utoipa::openapi::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

/// Types that stand for values with a rule. None is ever made: they are the names of schemas.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident as $told:literal = $schema:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) enum $name {}

        impl ::utoipa::PartialSchema for $name {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::Schema> {
                $schema.into()
            }
        }

        impl ::utoipa::ToSchema for $name {
            fn name() -> ::std::borrow::Cow<'static, str> {
                $told.into()
            }
        }
    )*};
}

pub(crate) use kinds;

kinds! {
    /// Of an amount through an API that takes every currency.
    CurrencyCode as "Currency" = one_of(Currency::ALL.map(Currency::code));
    /// The merchant's own name of a new payment through ePayment.
    NewReference as "epayment.NewReference" = text().pattern(Some(pattern(Reference::EPAYMENT_RULE)));
    /// The same for a new payment through eCom.
    NewOrderId as "ecomm.NewOrderId" = text().pattern(Some(pattern(Reference::ECOM_RULE)));
    /// A sales unit.
    SalesUnitNumber as "MerchantSerialNumber" = text().pattern(Some(pattern(Msn::RULE)));
    /// Country code and number.
    Msisdn as "PhoneNumber" = text().pattern(Some(pattern(PhoneNumber::RULE)));
    /// When something happened or will.
    Instant as "Instant" = text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    /// A page or a server.
    HttpsUrl as "HttpsUrl" = text().pattern(Some("^https://[^/\\s][^\\s]*$")).max_length(Some(2500));
    /// A page, or a place in an app.
    ReturnUrl as "ReturnUrl" = text().pattern(Some("^[a-zA-Z][a-zA-Z0-9+.-]*://[^\\s]+$")).max_length(Some(2500));
    /// Two letters of ISO 3166-1.
    CountryCode as "Country" = text().pattern(Some("^[A-Z]{2}$"));
    /// An id that the platform gave.
    Id as "Id" = uuid();
}

/// A text.
pub(crate) fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// An id that the platform gave.
pub(crate) fn uuid() -> ObjectBuilder {
    text().format(Some(SchemaFormat::Custom("uuid".to_owned())))
}

/// One of these words.
pub(crate) fn one_of<'a>(words: impl IntoIterator<Item = &'a str>) -> ObjectBuilder {
    text().enum_values(Some(words))
}

/// The regular expression that a rule of the code quotes.
pub(crate) fn pattern(rule: &'static str) -> &'static str {
    rule.split('\'').nth(1).expect("such a rule quotes its regular expression")
}
