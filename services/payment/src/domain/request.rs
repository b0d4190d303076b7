//! What a merchant asks for, in its own words, and the rules of its form (contract 5.1, 5.2).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kvitt_primitives::{Money, Msn, PhoneNumber, Reference};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    callback::Callbacks,
    ecom::EcomTerms,
    passthrough::{CardPassthrough, Method},
    receipt::{Receipt, Violation},
    shipping::Shipping,
    vm_number::{VmNumberTerms, capture_violations},
};

/// The largest amount of one payment with everything, minor units.
pub(super) const LARGEST_AMOUNT: i64 = 65_000_000;

/// How the payer meets the payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum UserFlow {
    WebRedirect,
    NativeRedirect,
    PushMessage,
    Qr,
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

/// Through which of upstream's APIs it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Epayment,
    Ecom,
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
    /// Makes it an Express payment. This and what follows is not in the oldest rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) shipping: Option<Shipping>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) card_passthrough: Option<CardPassthrough>,
    /// Of payments through eCom, and of no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ecom: Option<EcomTerms>,
    /// The payment link that is being paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) payment_link: Option<Uuid>,
    /// Captured by itself when the payer approves, however the unit captures.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) capture_on_approval: bool,
    /// Of payments to a VM number, and of no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) vm_number: Option<VmNumberTerms>,
    /// What the merchant calls a recurring charge; reports of its settlement show it in place of the reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) external_id: Option<String>,
}

impl Request {
    /// Through which of upstream's APIs it came.
    pub(crate) fn origin(&self) -> Origin {
        if self.ecom.is_some() { Origin::Ecom } else { Origin::Epayment }
    }

    /// What the payer is asked to share, in words.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scope.as_deref().unwrap_or_default().split_whitespace()
    }

    /// The customer's phone number, if they were named by it.
    pub(crate) fn phone_number(&self) -> Option<PhoneNumber> {
        match &self.customer {
            Some(Customer::Phone(phone)) => phone.parse().ok(),
            Some(Customer::PersonalQr(_) | Customer::Token(_)) | None => None,
        }
    }

    /// Every broken rule of form that upstream has no code for.
    pub(crate) fn violations(&self, callbacks: Callbacks) -> Vec<Violation> {
        let mut found = Vec::new();
        self.own_violations(&mut found);
        if let Some(airline) = &self.airline {
            airline.violations(&mut found);
        }
        if let Some(shipping) = &self.shipping {
            shipping.violations(self.amount, callbacks, &mut found);
            if !self.scopes().any(|word| word == "address") {
                found.push(("profile.scope".to_owned(), "must contain address when there is shipping"));
            }
        }
        // Whoever types a card in is not asked for consent, so nobody could pay this. That cards do not go with shipping has a
        // code of its own.
        let typed_in = self.method == Method::Card && self.shipping.is_none();
        if typed_in && self.scopes().next().is_some() {
            found.push(("profile.scope".to_owned(), "must be absent when the payment method is CARD"));
        }
        if let Some(passthrough) = &self.card_passthrough {
            passthrough.violations(&mut found);
        }
        if let Some(ecom) = &self.ecom {
            ecom.violations(callbacks, &mut found);
        }
        if let Some(vm_number) = &self.vm_number {
            vm_number.violations(&mut found);
        }
        capture_violations(self, &mut found);
        found.extend(self.receipt.iter().flat_map(Receipt::violations));
        found
    }

    fn own_violations(&self, found: &mut Vec<Violation>) {
        let mut check = |holds: bool, field: &str, rule: &'static str| {
            if !holds {
                found.push((field.to_owned(), rule));
            }
        };
        let reference = self.reference.as_str();
        let (new, shortest, rule) = match self.origin() {
            Origin::Epayment => (Reference::try_new_epayment(reference), 3, "must be 3 to 100 characters"),
            Origin::Ecom => (Reference::try_new_ecom(reference), 1, "must be 1 to 100 characters"),
        };
        if let Err(invalid) = new {
            check(false, "reference", invalid.rule);
        }
        let described = self.description.as_ref().is_none_or(|text| chars(text, shortest, 100));
        check(described, "paymentDescription", rule);
        // Followers of the log keep these as texts in PostgreSQL, which cannot hold this character.
        let storable = |text: &String| !text.contains('\0');
        let no_nul = "must not contain the character NUL";
        check(self.description.as_ref().is_none_or(storable), "paymentDescription", no_nul);
        check(self.metadata.iter().all(|(key, value)| storable(key) && storable(value)), "metadata", no_nul);
        let aged = self.minimum_user_age.is_none_or(|age| (0..=100).contains(&age));
        check(aged, "minimumUserAge", "must be between 0 and 100");
        let sized = self.qr.and_then(|qr| qr.size).is_none_or(|size| (100..=2000).contains(&size));
        check(sized, "qrFormat.size", "must be between 100 and 2000");
        let called = self.external_id.as_ref().is_none_or(|id| chars(id, 1, 64) && storable(id));
        check(called, "externalId", "must be 1 to 64 characters, without the character NUL");
        if let Some(Customer::PersonalQr(qr)) = &self.customer {
            check(chars(qr, 5, 255), "customer.personalQr", "must be 5 to 255 characters");
        }
    }
}

impl Airline {
    fn violations(&self, found: &mut Vec<Violation>) {
        let mut check = |holds: bool, field: &str, rule: &'static str| {
            if !holds {
                found.push((format!("industryData.airlineData.{field}"), rule));
            }
        };
        let invoice = chars(&self.agency_invoice_number, 1, 6);
        check(invoice, "agencyInvoiceNumber", "must be 1 to 6 characters");
        check(chars(&self.airline_code, 3, 3), "airlineCode", "must be 3 characters");
        let designator = chars(&self.airline_designator_code, 2, 2);
        check(designator, "airlineDesignatorCode", "must be 2 characters");
        check(chars(&self.passenger_name, 1, 49), "passengerName", "must be 1 to 49 characters");
        let ticketed = self.ticket_number.as_ref().is_none_or(|text| chars(text, 1, 150));
        check(ticketed, "ticketNumber", "must be 1 to 150 characters");
    }
}

/// Whether it has so many characters.
pub(super) fn chars(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.chars().count())
}
