//! What merchants apply for and order, how far it is, and what the back office may say.
//!
//! A prefilled order goes from RECEIVED over MERCHANT_VIEWED to ORDER_SUBMITTED and is then decided; one that the
//! merchant makes is complete at once and waits as RECEIVED (contract-merchant 15).

mod agreement;
mod decision;
mod feature_request;
mod product;
mod prose;
mod site;
mod stage;

use chrono::{DateTime, TimeDelta, Utc};

use kvitt_primitives::{BusinessIdentifier, MerchantId, Msn, OrderId, PartnerId, UserId};

pub(crate) use agreement::Agreement;
pub(crate) use decision::{Decision, Outcome};
pub(crate) use feature_request::{FeatureRequest, NotRequestable, Wanted};
pub(crate) use product::{NewUnit, Product, Turnover, TurnoverShare, UseCase};
pub(crate) use prose::Prose;
pub(crate) use site::{Site, SiteParts};
pub(crate) use stage::{NotOpen, OrderType, Status, Step};

/// How long a merchant has for submitting what a partner prefilled.
pub(crate) const PREFILLED_FOR: TimeDelta = TimeDelta::days(14);

/// Why an order was rejected.
pub(crate) type Reason = Prose<1000>;

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) order_type: OrderType,
    /// As stored; [`Order::status_at`] tells what it is now.
    pub(crate) status: Status,
    pub(crate) merchant_id: Option<MerchantId>,
    pub(crate) company: BusinessIdentifier,
    /// The partner that prefilled it.
    pub(crate) partner_id: Option<PartnerId>,
    /// The user who applies for an agreement.
    pub(crate) applicant: Option<UserId>,
    pub(crate) subject: Subject,
    /// The unit that came of it.
    pub(crate) msn: Option<Msn>,
    pub(crate) reason: Option<Reason>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) submitted_at: Option<DateTime<Utc>>,
    pub(crate) decided_at: Option<DateTime<Utc>>,
}

/// What is ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A merchant agreement.
    Agreement(Box<Agreement>),
    /// A sales unit.
    Product(Box<Product>),
    /// A feature of a unit.
    Feature(FeatureRequest),
}

impl Subject {
    /// The name its kind is stored under.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Agreement(_) => "AGREEMENT",
            Self::Product(_) => "PRODUCT",
            Self::Feature(_) => "FEATURE",
        }
    }
}

impl Order {
    /// What a merchant, or who wants to be one, orders: complete, and waiting from now on.
    pub(crate) fn made(
        id: OrderId,
        company: BusinessIdentifier,
        subject: Subject,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            order_type: OrderType::Manual,
            status: Status::Received,
            merchant_id: None,
            company,
            partner_id: None,
            applicant: None,
            subject,
            msn: None,
            reason: None,
            created_at: now,
            expires_at: None,
            submitted_at: Some(now),
            decided_at: None,
        }
    }

    /// What a partner prepares for a merchant.
    pub(crate) fn prefilled(
        id: OrderId,
        partner_id: PartnerId,
        company: BusinessIdentifier,
        product: Product,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            order_type: OrderType::Prefill,
            partner_id: Some(partner_id),
            expires_at: Some(now + PREFILLED_FOR),
            submitted_at: None,
            ..Self::made(id, company, Subject::Product(Box::new(product)), now)
        }
    }

    /// Where it stands: an order that ran out is EXPIRED whether or not anybody has written that down.
    pub(crate) fn status_at(&self, now: DateTime<Utc>) -> Status {
        if self.expires_at.is_some_and(|at| at <= now) {
            self.status.after(self.order_type, Step::Expire).unwrap_or(self.status)
        } else {
            self.status
        }
    }

    /// The same order after a step, or a refusal when the step cannot be taken any more.
    pub(crate) fn after(&self, step: Step, now: DateTime<Utc>) -> Result<Self, NotOpen> {
        let status = self.status_at(now).after(self.order_type, step)?;
        Ok(Self { status, ..self.clone() })
    }

    /// Submitted by a merchant, as the merchant has completed it.
    pub(crate) fn submitted(
        &self,
        by: MerchantId,
        product: Product,
        now: DateTime<Utc>,
    ) -> Result<Self, NotOpen> {
        Ok(Self {
            merchant_id: Some(by),
            subject: Subject::Product(Box::new(product)),
            submitted_at: Some(now),
            ..self.after(Step::Submit, now)?
        })
    }
}

#[cfg(test)]
mod tests;
