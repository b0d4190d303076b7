//! Wire types of payment links: the messages of the contract in JSON, with what a link asks for beside what it is.

mod shipping;

use chrono::SecondsFormat;
use kvitt_proto::{
    error::v1::Reason,
    money::{self, v1::Money},
    qr::v1::{self, PaymentLinkState, payment_link_terms::Price},
    refusal, time,
};
use prost_types::Timestamp;
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

#[cfg(feature = "sandbox")]
pub(crate) use self::shipping::Group;
use self::shipping::Shipping;

/// How far a link has come.
pub(crate) const STATES: [(&str, PaymentLinkState); 6] = [
    ("SCREENING", PaymentLinkState::Screening),
    ("ACTIVE", PaymentLinkState::Active),
    ("REJECTED", PaymentLinkState::Rejected),
    ("DEACTIVATED", PaymentLinkState::Deactivated),
    ("EXPIRED", PaymentLinkState::Expired),
    ("SOLD_OUT", PaymentLinkState::SoldOut),
];

/// A link with what came of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::PaymentLink)]
pub(crate) struct PaymentLink {
    #[schema(value_type = crate::openapi::words::Id)]
    payment_link_id: String,
    #[schema(value_type = crate::openapi::words::SalesUnitNumber)]
    merchant_serial_number: String,
    #[serde(flatten)]
    terms: LinkTerms,
    #[schema(value_type = crate::openapi::payment_links::StateWord)]
    state: &'static str,
    /// Only of one that was rejected.
    #[serde(skip_serializing_if = "String::is_empty")]
    rejection_reason: String,
    /// To be shared.
    url: String,
    /// A picture of its code.
    qr_image_url: String,
    #[schema(value_type = crate::openapi::words::Instant)]
    created_at: String,
    statistics: Statistics,
}

/// What a link asks for: `amount`, or `openAmount` where payers choose.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::PaymentLinkTerms)]
pub(crate) struct LinkTerms {
    title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_amount: Option<OpenAmount>,
    /// In hundredths of a percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    vat_rate: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<i32>,
    automatic_capture: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::openapi::words::Instant>)]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    profile_scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping: Option<Shipping>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = kvitt::OpenAmount)]
struct OpenAmount {
    least: Amount,
    most: Amount,
}

/// A sum of money, in minor units.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = kvitt::Amount)]
pub(crate) struct Amount {
    #[schema(value_type = crate::openapi::words::CurrencyCode)]
    currency: &'static str,
    value: i64,
}

/// What came of a link.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = kvitt::PaymentLinkStatistics)]
struct Statistics {
    /// Payments that wait for their payer.
    pending: i64,
    /// Payments that were approved.
    successful: i64,
    /// Payments that ended without.
    failed: i64,
    captured: Amount,
    refunded: Amount,
}

/// A page of links, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::PaymentLinks)]
pub(crate) struct PaymentLinks {
    payment_links: Vec<PaymentLink>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "String::is_empty")]
    next_page_token: String,
}

impl PaymentLink {
    pub(crate) fn from_proto(link: Option<v1::PaymentLink>) -> Result<Self, Status> {
        let link = link.ok_or_else(|| incomplete("payment_link"))?;
        Ok(Self {
            state: state(link.state())?,
            terms: LinkTerms::from_proto(link.terms)?,
            created_at: instant(link.created_at.ok_or_else(|| incomplete("created_at"))?)?,
            statistics: Statistics::from_proto(link.statistics)?,
            payment_link_id: link.payment_link_id,
            merchant_serial_number: link.msn,
            rejection_reason: link.rejection_reason,
            url: link.url,
            qr_image_url: link.qr_image_url,
        })
    }
}

impl LinkTerms {
    pub(crate) fn from_proto(terms: Option<v1::PaymentLinkTerms>) -> Result<Self, Status> {
        let terms = terms.ok_or_else(|| incomplete("terms"))?;
        let (amount, open_amount) = match terms.price.ok_or_else(|| incomplete("price"))? {
            Price::Amount(amount) => (Some(Amount::from_proto(Some(amount))?), None),
            Price::OpenAmount(open) => {
                let limits = (Amount::from_proto(open.least)?, Amount::from_proto(open.most)?);
                (None, Some(OpenAmount { least: limits.0, most: limits.1 }))
            }
        };
        Ok(Self {
            title: terms.title,
            description: terms.description,
            amount,
            open_amount,
            vat_rate: terms.vat_rate,
            quantity: terms.quantity,
            automatic_capture: terms.automatic_capture,
            expires_at: terms.expires_at.map(instant).transpose()?,
            profile_scope: terms.profile_scope,
            shipping: terms.shipping.map(Shipping::from_proto).transpose()?,
        })
    }
}

impl Amount {
    pub(crate) fn from_proto(amount: Option<Money>) -> Result<Self, Status> {
        let amount = money::from_proto(amount, "amount").map_err(|_| incomplete("amount"))?;
        Ok(Self { currency: amount.currency.code(), value: amount.minor })
    }
}

impl Statistics {
    fn from_proto(statistics: Option<v1::PaymentLinkStatistics>) -> Result<Self, Status> {
        let statistics = statistics.ok_or_else(|| incomplete("statistics"))?;
        Ok(Self {
            pending: statistics.pending,
            successful: statistics.successful,
            failed: statistics.failed,
            captured: Amount::from_proto(statistics.captured)?,
            refunded: Amount::from_proto(statistics.refunded)?,
        })
    }
}

impl PaymentLinks {
    pub(crate) fn from_proto(answer: v1::ListPaymentLinksResponse) -> Result<Self, Status> {
        let links = answer.payment_links.into_iter().map(|link| PaymentLink::from_proto(Some(link)));
        Ok(Self { payment_links: links.collect::<Result<_, _>>()?, next_page_token: answer.next_page_token })
    }
}

/// The word for how far a link has come.
pub(crate) fn state(state: PaymentLinkState) -> Result<&'static str, Status> {
    let word = STATES.iter().find(|(_, known)| *known == state).map(|(word, _)| *word);
    word.ok_or_else(|| incomplete("state"))
}

fn instant(at: Timestamp) -> Result<String, Status> {
    let at = time::from_proto(at, "time").map_err(|_| incomplete("time"))?;
    Ok(at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn incomplete(field: &str) -> Status {
    refusal::status(Reason::Internal, format!("the answer about a payment link lacks {field}"))
}

#[cfg(test)]
mod tests;
