//! How a session goes from open to its end. Each step takes a session and the time, and answers the next one, that there is
//! nothing to do, or why not.

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::{Money, Msn, Reference};

use super::{
    Choice, Details, Elements, Logistics, OrderSummary, Payer, SessionId, ShippingOption, Start, Terms, Token,
};

/// How long a session is open.
pub(crate) const LIFE: TimeDelta = TimeDelta::hours(1);

/// How long it can be read after its end; as long as personal data elsewhere.
pub(crate) const READABLE: TimeDelta = TimeDelta::days(7);

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) key: Key,
    pub(crate) id: SessionId,
    pub(crate) token: Token,
    pub(crate) state: State,
    pub(crate) terms: Terms,
    pub(crate) payer: Payer,
    /// How often a payment was begun: a refused one does not end the session.
    pub(crate) starts: i32,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
}

/// Whose session it is, and the merchant's name of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) msn: Msn,
    pub(crate) reference: Reference,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Created,
    Initiated,
    Expired,
    Successful,
    Terminated,
}

impl State {
    /// Every state.
    pub(crate) const ALL: [Self; 5] =
        [Self::Created, Self::Initiated, Self::Expired, Self::Successful, Self::Terminated];

    /// What the store calls it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Initiated => "initiated",
            Self::Expired => "expired",
            Self::Successful => "successful",
            Self::Terminated => "terminated",
        }
    }
}

/// Where the payment behind it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Waiting,
    Approved,
    Ended,
}

/// Why a step was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the session has ended, or its payment has begun")]
    NotOpen,
    #[error("{0} missing")]
    Incomplete(&'static str),
}

/// What a step came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Changed(Box<Session>),
    /// It had been done.
    Same,
}

/// What a merchant may change; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) amount: Option<Money>,
    pub(crate) description: Option<String>,
    pub(crate) summary: Option<OrderSummary>,
    pub(crate) logistics: Option<Logistics>,
}

impl Session {
    /// Where it stands now, whether or not anybody has written down that its hour is over.
    pub(crate) fn state_at(&self, now: DateTime<Utc>) -> State {
        if self.state == State::Created && now >= self.expires_at { State::Expired } else { self.state }
    }

    /// Whether it can still be read.
    pub(crate) fn is_readable(&self, now: DateTime<Utc>) -> bool {
        let over = self.state_at(now) == State::Expired;
        let ended_at = self.ended_at.or(over.then_some(self.expires_at));
        ended_at.is_none_or(|at| now < at + READABLE)
    }

    /// Passes while it is open.
    pub(crate) fn check_open(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state_at(now) == State::Created { Ok(()) } else { Err(Refusal::NotOpen) }
    }

    /// The merchant changes what is to be paid, or how it can be sent; options that were listed are not what is offered now.
    pub(crate) fn updated(&self, change: Change, now: DateTime<Utc>) -> Result<Self, Refusal> {
        self.check_open(now)?;
        let Change { amount, description, summary, logistics } = change;
        let mut next = self.clone();
        if logistics.is_some() {
            next.payer.offered = None;
        }
        let terms = &mut next.terms;
        terms.amount = amount.unwrap_or(terms.amount);
        terms.description = description.unwrap_or_else(|| terms.description.clone());
        terms.summary = summary.or_else(|| terms.summary.clone());
        terms.logistics = logistics.or_else(|| terms.logistics.clone());
        Ok(next)
    }

    /// The merchant ends it, or its hour is over.
    pub(crate) fn expired(&self, now: DateTime<Utc>) -> Result<Step, Refusal> {
        match self.state {
            State::Created => Ok(self.ended(State::Expired, now.min(self.expires_at))),
            State::Expired => Ok(Step::Same),
            State::Initiated | State::Successful | State::Terminated => Err(Refusal::NotOpen),
        }
    }

    /// The payer leaves.
    pub(crate) fn cancelled(&self, now: DateTime<Utc>) -> Result<Step, Refusal> {
        match self.state_at(now) {
            State::Created => Ok(self.ended(State::Terminated, now)),
            // Left, and not paid for.
            State::Terminated if self.payer.start.is_none() => Ok(Step::Same),
            State::Terminated | State::Initiated | State::Successful | State::Expired => {
                Err(Refusal::NotOpen)
            }
        }
    }

    /// The payer says who they are. What was offered to another address is not offered to this one.
    pub(crate) fn detailed(&self, details: Details, now: DateTime<Utc>) -> Result<Self, Refusal> {
        self.check_open(now)?;
        let mut next = self.clone();
        let before = self.payer.details.as_ref();
        if before.is_none_or(|before| before.person != details.person) {
            next.payer.offered = None;
        }
        next.payer.details = Some(details);
        Ok(next)
    }

    /// Whom the goods go to, once that is known.
    pub(crate) fn addressee(&self, now: DateTime<Utc>) -> Result<&Details, Refusal> {
        self.check_open(now)?;
        let details = self.payer.details.as_ref().filter(|details| details.person.has_address());
        details.ok_or(Refusal::Incomplete("the payer's address is"))
    }

    /// These options were listed.
    pub(crate) fn offering(&self, options: Vec<ShippingOption>, now: DateTime<Utc>) -> Result<Self, Refusal> {
        self.check_open(now)?;
        let mut next = self.clone();
        next.payer.offered = Some(options);
        Ok(next)
    }

    /// The payer wants to pay.
    pub(crate) fn started(&self, choice: Choice, now: DateTime<Utc>) -> Result<Step, Refusal> {
        let begun = self.payer.start.as_ref().is_some_and(|start| start.choice == choice);
        if self.state == State::Initiated && begun {
            return Ok(Step::Same);
        }
        self.check_open(now)?;
        self.check_complete()?;
        let option = if self.terms.has_logistics() { Some(self.chosen(&choice.option_id)?) } else { None };
        let shipping = option.as_ref().and_then(|option| option.amount).map_or(0, |amount| amount.minor);
        let total = Money::new(self.terms.amount.currency, self.terms.amount.minor.saturating_add(shipping));
        let mut next = self.clone();
        next.state = State::Initiated;
        next.starts += 1;
        next.payer.start = Some(Start { choice, option, total });
        Ok(Step::Changed(Box::new(next)))
    }

    fn check_complete(&self) -> Result<(), Refusal> {
        let configuration = &self.terms.configuration;
        let details = self.payer.details.as_ref();
        if configuration.elements != Elements::PaymentOnly && details.is_none() {
            return Err(Refusal::Incomplete("the payer's details are"));
        }
        let ticked = details.is_some_and(|details| details.custom_consent);
        let required = configuration.consent.as_ref().is_some_and(|consent| consent.required);
        if required && !ticked { Err(Refusal::Incomplete("the merchant's consent is")) } else { Ok(()) }
    }

    fn chosen(&self, id: &str) -> Result<ShippingOption, Refusal> {
        let logistics = self.terms.logistics.clone().unwrap_or_default();
        let fixed_only = logistics.callback_url.is_empty();
        let listed = self.payer.offered.clone().or_else(|| fixed_only.then(|| logistics.offered()));
        let wanted =
            |option: &ShippingOption| if id.is_empty() { option.is_default } else { option.id == id };
        let mut options = listed.unwrap_or_default().into_iter();
        options.find(wanted).ok_or(Refusal::Incomplete("a shipping option that is offered is"))
    }

    /// The payment could not be begun; the session is open as before, or over if its hour is.
    pub(crate) fn reopened(&self) -> Step {
        if self.state != State::Initiated {
            return Step::Same;
        }
        let mut next = self.clone();
        next.state = State::Created;
        next.payer.start = None;
        Step::Changed(Box::new(next))
    }

    /// The session goes where its payment has gone; `None` is a payment that nobody has heard of.
    pub(crate) fn following(&self, payment: Option<Standing>, now: DateTime<Utc>) -> Step {
        if self.state != State::Initiated {
            return Step::Same;
        }
        match payment {
            Some(Standing::Approved) => self.ended(State::Successful, now),
            Some(Standing::Ended) => self.ended(State::Terminated, now),
            Some(Standing::Waiting) => Step::Same,
            // It was to be created, and never was.
            None if now >= self.expires_at => self.ended(State::Expired, now),
            None => Step::Same,
        }
    }

    fn ended(&self, state: State, at: DateTime<Utc>) -> Step {
        Step::Changed(Box::new(Self { state, ended_at: Some(at), ..self.clone() }))
    }
}

#[cfg(test)]
pub(crate) mod tests;
