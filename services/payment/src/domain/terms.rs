//! What a payment is created with, and the rules for it (contract 5.1, 5.2, 5.11).

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kvitt_primitives::{Currency, Money, Msn, PaymentId, PhoneNumber, Reference};
use serde::{Deserialize, Serialize};

use super::{
    receipt::{Receipt, Violation},
    refusal::Refusal,
};

/// How long the payer has when the merchant says nothing, and the least that a merchant may ask for.
const USUAL_LIFE: TimeDelta = TimeDelta::minutes(10);
/// Days after approval in which a capture is possible.
const CAPTURE_DAYS: i16 = 180;
/// The same in Denmark and Finland, unless the sales unit has late capture.
const SHORT_CAPTURE_DAYS: i16 = 14;
/// The longest life of a long-living payment.
const LONGEST_LIFE: TimeDelta = TimeDelta::days(60);
/// The largest amount of one payment, minor units.
const LARGEST_AMOUNT: i64 = 65_000_000;
const LONGEST_URL: usize = 2500;
/// How much of a wrong word is said back, in characters.
const LONGEST_QUOTE: usize = 50;
const MOST_METADATA: usize = 5;
const LONGEST_METADATA_KEY: usize = 100;
const LONGEST_METADATA_VALUE: usize = 500;
const SCOPES: [&str; 5] = ["name", "address", "email", "phoneNumber", "birthDate"];
const SCOPE_BY_PERMISSION: &str = "nin";
/// Schemes that a browser would run or read locally, or that are not encrypted.
const BAD_SCHEMES: [&str; 6] = ["http", "javascript", "data", "file", "vbscript", "blob"];

/// How the payer meets the payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum UserFlow {
    WebRedirect,
    NativeRedirect,
    PushMessage,
    Qr,
}

/// Where the money comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Method {
    Wallet,
    Card,
    CardPassthrough,
}

/// The payer in mind, as the merchant named them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Customer {
    Phone(String),
    PersonalQr(String),
    Token(String),
}

/// Whether the payer stands before the merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Interaction {
    Present,
    NotPresent,
}

/// What the QR flow's redirect URL should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum QrFormat {
    Svg,
    Png,
    TargetUrl,
}

/// How the QR should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Qr {
    pub(crate) format: QrFormat,
    pub(crate) size: Option<i32>,
}

/// Airline ticket data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Airline {
    pub(crate) agency_invoice_number: String,
    pub(crate) airline_code: String,
    pub(crate) airline_designator_code: String,
    pub(crate) passenger_name: String,
    pub(crate) ticket_number: Option<String>,
}

/// What the merchant asked for, in its own words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) msn: Msn,
    pub(crate) reference: Reference,
    pub(crate) amount: Money,
    pub(crate) method: Method,
    pub(crate) blocks_commercial_cards: bool,
    pub(crate) user_flow: UserFlow,
    pub(crate) customer: Option<Customer>,
    pub(crate) return_url: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) minimum_user_age: Option<i16>,
    pub(crate) interaction: Interaction,
    pub(crate) scope: Option<String>,
    pub(crate) qr: Option<Qr>,
    pub(crate) receipt: Option<Receipt>,
    pub(crate) receipt_url: Option<String>,
    pub(crate) airline: Option<Airline>,
    pub(crate) terms_of_sale_url: Option<String>,
    pub(crate) privacy_policy_url: Option<String>,
    pub(crate) express: bool,
}

/// The facts about the sales unit that matter here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SalesUnit {
    pub(crate) currency: Currency,
    pub(crate) active: bool,
    /// A unit that only has Login takes none.
    pub(crate) takes_payments: bool,
    /// Whether its settlement account is known to be the company's.
    pub(crate) account_verified: bool,
    pub(crate) partial_capture: bool,
    pub(crate) push_message: bool,
    pub(crate) long_living: bool,
    pub(crate) nin_scope: bool,
    pub(crate) late_capture: bool,
}

impl SalesUnit {
    /// How many days after approval a capture is possible (contract section 6). The currency tells the market.
    fn capture_days(&self) -> i16 {
        match self.currency {
            Currency::Dkk | Currency::Eur if !self.late_capture => SHORT_CAPTURE_DAYS,
            _ => CAPTURE_DAYS,
        }
    }
}

/// What the wallet knows of the customer named, where it had to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KnownPayer {
    NotAsked,
    Unknown,
    Born(NaiveDate),
}

/// A request to pay, with all that is needed to decide on it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Create {
    pub(crate) payment_id: PaymentId,
    /// Unguessable; names the payment in its redirect URL.
    pub(crate) redirect_token: String,
    pub(crate) request: Request,
    pub(crate) unit: SalesUnit,
    pub(crate) payer: KnownPayer,
}

/// What was agreed when the payment was created; never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Terms {
    pub(crate) payment_id: PaymentId,
    pub(crate) redirect_token: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) partial_capture: bool,
    /// Days after approval in which a capture is possible; not in the oldest rows.
    #[serde(default = "usual_capture_days")]
    pub(crate) capture_days: i16,
    pub(crate) request: Request,
}

fn usual_capture_days() -> i16 {
    CAPTURE_DAYS
}

impl Request {
    /// The only payer who may approve: the one a push message goes to.
    pub(crate) fn exclusive_customer(&self) -> Option<PhoneNumber> {
        (self.user_flow == UserFlow::PushMessage).then(|| self.phone_number()).flatten()
    }

    /// The customer's phone number, if it is one.
    pub(crate) fn phone_number(&self) -> Option<PhoneNumber> {
        match &self.customer {
            Some(Customer::Phone(phone)) => phone.parse().ok(),
            Some(Customer::PersonalQr(_) | Customer::Token(_)) | None => None,
        }
    }

    /// Every broken rule of form that upstream has no code for.
    pub(crate) fn violations(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut check = |holds: bool, field: &str, rule: &'static str| {
            if !holds {
                found.push((field.to_owned(), rule));
            }
        };
        let described = self.description.as_ref().is_none_or(|text| chars(text, 3, 100));
        check(described, "paymentDescription", "must be 3 to 100 characters");
        // Followers of the log keep these as texts in PostgreSQL, which cannot hold this character.
        let storable = |text: &String| !text.contains('\0');
        let no_nul = "must not contain the character NUL";
        check(self.description.as_ref().is_none_or(storable), "paymentDescription", no_nul);
        check(self.metadata.iter().all(|(key, value)| storable(key) && storable(value)), "metadata", no_nul);
        let aged = self.minimum_user_age.is_none_or(|age| (0..=100).contains(&age));
        check(aged, "minimumUserAge", "must be between 0 and 100");
        let sized = self.qr.and_then(|qr| qr.size).is_none_or(|size| (100..=2000).contains(&size));
        check(sized, "qrFormat.size", "must be between 100 and 2000");
        if let Some(Customer::PersonalQr(qr)) = &self.customer {
            check(chars(qr, 5, 255), "customer.personalQr", "must be 5 to 255 characters");
        }
        if let Some(airline) = &self.airline {
            let path = |field| format!("industryData.airlineData.{field}");
            check(
                chars(&airline.agency_invoice_number, 1, 6),
                &path("agencyInvoiceNumber"),
                "must be 1 to 6 characters",
            );
            check(chars(&airline.airline_code, 3, 3), &path("airlineCode"), "must be 3 characters");
            let designator = chars(&airline.airline_designator_code, 2, 2);
            check(designator, &path("airlineDesignatorCode"), "must be 2 characters");
            check(
                chars(&airline.passenger_name, 1, 49),
                &path("passengerName"),
                "must be 1 to 49 characters",
            );
            let ticketed = airline.ticket_number.as_ref().is_none_or(|text| chars(text, 1, 150));
            check(ticketed, &path("ticketNumber"), "must be 1 to 150 characters");
        }
        found.extend(self.receipt.iter().flat_map(Receipt::violations));
        found
    }
}

fn chars(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.chars().count())
}

impl Create {
    /// The terms, or the refusal of the lowest rank: the checks stand in the order of their ranks in reason.proto.
    pub(crate) fn decide(&self, now: DateTime<Utc>) -> Result<Terms, Refusal> {
        self.check_unit_and_amount()?;
        self.check_customer()?;
        self.check_texts()?;
        self.check_permissions()?;
        self.check_limits(now)?;
        Ok(Terms {
            payment_id: self.payment_id,
            redirect_token: self.redirect_token.clone(),
            created_at: now,
            expires_at: self.request.expires_at.unwrap_or(now + USUAL_LIFE),
            partial_capture: self.unit.partial_capture,
            capture_days: self.unit.capture_days(),
            request: self.request.clone(),
        })
    }

    fn check_unit_and_amount(&self) -> Result<(), Refusal> {
        let amount = self.request.amount;
        let open = self.unit.active && self.unit.takes_payments;
        refuse(!open, || Refusal::CannotBeCreated)?;
        refuse(!self.unit.account_verified, || Refusal::AccountNotVerified)?;
        let currency = || Refusal::InvalidCurrency { currency: amount.currency.code().to_owned() };
        refuse(amount.currency != self.unit.currency, currency)?;
        let in_range = (0..=LARGEST_AMOUNT).contains(&amount.minor);
        refuse(!in_range, || Refusal::InvalidAmount { minor: amount.minor })
    }

    fn check_customer(&self) -> Result<(), Refusal> {
        let missing = |field: &str| Refusal::MissingParameter { field: field.to_owned() };
        let request = &self.request;
        let needs_url = request.user_flow == UserFlow::WebRedirect;
        refuse(needs_url && request.return_url.is_none(), || missing("returnUrl"))?;
        let needs_customer = request.user_flow == UserFlow::PushMessage;
        refuse(needs_customer && request.customer.is_none(), || missing("customer"))?;
        match &request.customer {
            Some(Customer::Token(_)) => Err(Refusal::InvalidCustomerToken),
            Some(Customer::PersonalQr(_)) => Err(Refusal::InvalidPersonalQr),
            Some(Customer::Phone(phone)) => refuse(phone.parse::<PhoneNumber>().is_err(), || {
                Refusal::InvalidPhoneNumber { field: "customer.phoneNumber".to_owned() }
            }),
            None => Ok(()),
        }
    }

    fn check_texts(&self) -> Result<(), Refusal> {
        let request = &self.request;
        for word in request.scope.as_deref().unwrap_or_default().split_whitespace() {
            let known = SCOPES.contains(&word) || word == SCOPE_BY_PERMISSION;
            refuse(!known, || Refusal::InvalidScope { scope: word.chars().take(LONGEST_QUOTE).collect() })?;
        }
        let returns = request.return_url.as_deref().is_none_or(is_return_url);
        refuse(!returns, || Refusal::InvalidUrl { field: "returnUrl".to_owned() })?;
        for (field, url) in [
            ("receiptUrl", &request.receipt_url),
            ("merchantLegalLinks.termsOfSaleUrl", &request.terms_of_sale_url),
            ("merchantLegalLinks.privacyPolicyUrl", &request.privacy_policy_url),
        ] {
            let valid = url.as_deref().is_none_or(is_https_url);
            refuse(!valid, || Refusal::InvalidUrl { field: field.to_owned() })?;
        }
        let pairs = request.metadata.len();
        refuse(pairs > MOST_METADATA, || Refusal::MetadataCapacityExceeded { pairs })?;
        let long_key = request.metadata.keys().any(|key| !chars(key, 0, LONGEST_METADATA_KEY));
        refuse(long_key, || Refusal::MetadataKeyTooLong)?;
        let long_value = request.metadata.values().any(|value| !chars(value, 0, LONGEST_METADATA_VALUE));
        refuse(long_value, || Refusal::MetadataValueTooLong)
    }

    fn check_permissions(&self) -> Result<(), Refusal> {
        let (request, unit) = (&self.request, &self.unit);
        let usable = match request.method {
            Method::Wallet => true,
            Method::Card => request.user_flow == UserFlow::WebRedirect,
            Method::CardPassthrough => false,
        };
        refuse(!usable, || Refusal::InvalidMethod)?;
        let blockable = request.method == Method::Wallet && unit.currency != Currency::Nok;
        refuse(request.blocks_commercial_cards && !blockable, || Refusal::BlockedSourcesNotApplicable)?;
        refuse(request.express, || Refusal::ExpressNotAllowed)?;
        let asks_nin =
            request.scope.as_deref().unwrap_or_default().split_whitespace().any(|s| s == SCOPE_BY_PERMISSION);
        refuse(asks_nin && !unit.nin_scope, || Refusal::ScopeNotAllowed)?;
        refuse(request.expires_at.is_some() && !unit.long_living, || Refusal::LongLivingNotAllowed)?;
        let pushes = request.user_flow == UserFlow::PushMessage;
        refuse(pushes && !unit.push_message, || Refusal::PushMessageNotAllowed)
    }

    fn check_limits(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        let request = &self.request;
        let minimum = request.amount.currency.minimum_minor();
        refuse(request.amount.minor < minimum, || Refusal::AmountTooSmall { minimum })?;
        if let Some(at) = request.expires_at {
            refuse(at > now + LONGEST_LIFE, || Refusal::ExpirationTooLate)?;
            refuse(at <= now + USUAL_LIFE, || Refusal::ExpirationTooSoon)?;
            refuse(request.receipt.is_none(), || Refusal::LongLivingNeedsReceipt)?;
        }
        let found = match self.payer {
            KnownPayer::NotAsked => true,
            KnownPayer::Unknown => false,
            KnownPayer::Born(born) => {
                let years = super::decide::age_on(born, now.date_naive());
                request.minimum_user_age.is_none_or(|age| years >= i32::from(age))
            }
        };
        refuse(!found, || Refusal::CustomerNotFound)
    }
}

fn refuse(broken: bool, refusal: impl FnOnce() -> Refusal) -> Result<(), Refusal> {
    if broken { Err(refusal()) } else { Ok(()) }
}

fn is_https_url(text: &str) -> bool {
    parse_url(text).is_some_and(|url| url.scheme() == "https")
}

/// https, or the scheme of an app.
fn is_return_url(text: &str) -> bool {
    parse_url(text).is_some_and(|url| !BAD_SCHEMES.contains(&url.scheme()))
}

/// A browser forgives white space and a third slash; what is stored goes into headers as it is, so here they are
/// refused.
fn parse_url(text: &str) -> Option<url::Url> {
    let rest = text.split_once("://")?.1;
    if text.len() > LONGEST_URL || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return None;
    }
    url::Url::parse(text).ok().filter(|url| url.scheme() != "https" || !rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
