//! Asking for money: which requests become payments (contract 5.1, 5.2, 5.11).

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kvitt_primitives::{Currency, PaymentId, PhoneNumber};

use super::{
    callback::{Callbacks, is_https_url, is_return_url},
    passthrough::Method,
    refusal::Refusal,
    request::{Customer, LARGEST_AMOUNT, Origin, Request, UserFlow, chars},
    terms::Terms,
};

/// How long the payer has when the merchant says nothing, and the least that a merchant may ask for.
const USUAL_LIFE: TimeDelta = TimeDelta::minutes(10);
/// Days after approval in which a capture is possible.
pub(super) const CAPTURE_DAYS: i16 = 180;
/// The same in Denmark and Finland, unless the sales unit has late capture.
const SHORT_CAPTURE_DAYS: i16 = 14;
/// The longest life of a long-living payment.
const LONGEST_LIFE: TimeDelta = TimeDelta::days(60);
/// How much of a wrong word is said back, in characters.
const LONGEST_QUOTE: usize = 50;
const MOST_METADATA: usize = 5;
const LONGEST_METADATA_KEY: usize = 100;
const LONGEST_METADATA_VALUE: usize = 500;
const SCOPES: [&str; 5] = ["name", "address", "email", "phoneNumber", "birthDate"];
const SCOPE_BY_PERMISSION: &str = "nin";

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
    pub(crate) express: bool,
    /// Of what comes through eCom (contract section 6); ePayment knows no such thing.
    pub(crate) direct_capture: bool,
    /// A VM number: its payments come from no API, and are captured on approval.
    pub(crate) vm_number: bool,
}

impl SalesUnit {
    /// Whether it may send payments to phones. A VM number has no other way to its payers.
    pub(crate) fn may_push(&self) -> bool {
        self.push_message || self.vm_number
    }

    /// How many days after approval a capture is possible (contract section 6). The currency tells the market.
    fn capture_days(&self) -> i16 {
        match self.currency {
            Currency::Dkk | Currency::Eur if !self.late_capture => SHORT_CAPTURE_DAYS,
            _ => CAPTURE_DAYS,
        }
    }
}

/// What the wallet knows of the customer named, where it had to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KnownPayer {
    NotAsked,
    /// Nobody who may pay here.
    Unknown,
    InvalidToken,
    InvalidPersonalQr,
    InvalidPhoneNumber,
    Known {
        phone: PhoneNumber,
        born: NaiveDate,
    },
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
    pub(crate) callbacks: Callbacks,
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
            direct_capture: self.is_captured_on_approval(),
            resolved_phone: self.resolved_phone(),
            request: self.request.clone(),
        })
    }

    fn is_captured_on_approval(&self) -> bool {
        let by_unit = self.unit.direct_capture && self.request.origin() == Origin::Ecom;
        by_unit || self.request.capture_on_approval
    }

    /// The customer's phone number, unless the request says it.
    fn resolved_phone(&self) -> Option<PhoneNumber> {
        match &self.payer {
            KnownPayer::Known { phone, .. } if self.request.phone_number().is_none() => Some(phone.clone()),
            _ => None,
        }
    }

    fn check_unit_and_amount(&self) -> Result<(), Refusal> {
        let amount = self.request.amount;
        // Neither API reaches a VM number, and what is for one is for no other unit.
        let fits = self.unit.vm_number == self.request.vm_number.is_some();
        let open = self.unit.active && self.unit.takes_payments && fits;
        refuse(!open, || Refusal::CannotBeCreated)?;
        refuse(!self.unit.account_verified, || Refusal::AccountNotVerified)?;
        let currency = || Refusal::InvalidCurrency { currency: amount.currency.code().to_owned() };
        // A PSP charges in whatever currency it has agreed on with its customer.
        let foreign = amount.currency != self.unit.currency;
        refuse(foreign && self.request.method != Method::CardPassthrough, currency)?;
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
        let no_number = || Refusal::InvalidPhoneNumber { field: "customer.phoneNumber".to_owned() };
        if let Some(Customer::Phone(phone)) = &request.customer {
            refuse(phone.parse::<PhoneNumber>().is_err(), no_number)?;
        }
        match (&self.payer, &request.customer) {
            (KnownPayer::InvalidToken, _) | (KnownPayer::NotAsked, Some(Customer::Token(_))) => {
                Err(Refusal::InvalidCustomerToken)
            }
            (KnownPayer::InvalidPersonalQr, _) | (KnownPayer::NotAsked, Some(Customer::PersonalQr(_))) => {
                Err(Refusal::InvalidPersonalQr)
            }
            (KnownPayer::InvalidPhoneNumber, _) => Err(no_number()),
            (KnownPayer::NotAsked | KnownPayer::Unknown | KnownPayer::Known { .. }, _) => Ok(()),
        }
    }

    fn check_texts(&self) -> Result<(), Refusal> {
        let request = &self.request;
        for word in request.scopes() {
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
        let shipping = request.shipping.as_ref().and_then(|shipping| shipping.callback_url());
        let psp = request.card_passthrough.as_ref().map(|passthrough| passthrough.card_callback_url.as_str());
        for (field, url) in
            [("shipping.dynamicOptions.callbackUrl", shipping), ("cardPassthrough.cardCallbackUrl", psp)]
        {
            let valid = url.is_none_or(|url| self.callbacks.permits(url));
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
        let express = request.shipping.is_some();
        let usable = match request.method {
            Method::Wallet => request.card_passthrough.is_none(),
            Method::Card => {
                request.user_flow == UserFlow::WebRedirect && !express && request.card_passthrough.is_none()
            }
            Method::CardPassthrough => {
                request.card_passthrough.as_ref().is_some_and(|passthrough| passthrough.client.is_some())
            }
        };
        refuse(!usable, || Refusal::InvalidMethod)?;
        let blockable = request.method == Method::Wallet && unit.currency != Currency::Nok;
        refuse(request.blocks_commercial_cards && !blockable, || Refusal::BlockedSourcesNotApplicable)?;
        refuse(express && !unit.express, || Refusal::ExpressNotAllowed)?;
        let asks_nin = request.scopes().any(|word| word == SCOPE_BY_PERMISSION);
        refuse(asks_nin && !unit.nin_scope, || Refusal::ScopeNotAllowed)?;
        refuse(request.expires_at.is_some() && !unit.long_living, || Refusal::LongLivingNotAllowed)?;
        let pushes = request.user_flow == UserFlow::PushMessage;
        refuse(pushes && !unit.may_push(), || Refusal::PushMessageNotAllowed)
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
        let found = match &self.payer {
            KnownPayer::Known { born, .. } => {
                let years = super::decide::age_on(*born, now.date_naive());
                request.minimum_user_age.is_none_or(|age| years >= i32::from(age))
            }
            other => *other == KnownPayer::NotAsked,
        };
        refuse(!found, || Refusal::CustomerNotFound)
    }
}

fn refuse(broken: bool, refusal: impl FnOnce() -> Refusal) -> Result<(), Refusal> {
    if broken { Err(refusal()) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
