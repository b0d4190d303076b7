//! A payer's yes, and the acquirer's (contract 5.7).

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use kvitt_primitives::{CardId, Currency, OperationId, PayerId, PhoneNumber};

use super::{
    super::{
        passthrough::Source,
        payment::{Agreed, Decline, Event, Payment, Pending, PendingKind, Reserved, State},
        refusal::Refusal,
    },
    ANSWER_WITHIN, awaited, state_at, unlocked,
};

/// The longest guarantee in Denmark and Finland, whatever the card.
const SHORT_GUARANTEE: TimeDelta = TimeDelta::days(14);

/// A payer who says yes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Approval {
    pub(crate) operation: OperationId,
    pub(crate) payer: PayerId,
    pub(crate) card: CardId,
    /// Of the card's account; `None` for a card that was chosen by the payment's currency.
    pub(crate) card_currency: Option<Currency>,
    pub(crate) source: Source,
    pub(crate) commercial_card: bool,
    pub(crate) phone: PhoneNumber,
    pub(crate) born: NaiveDate,
    /// What else the payer said; of no use where the payment does not ask for it.
    pub(crate) agreed: Agreed,
}

/// Refusals stand in the order of their ranks.
pub(super) fn approve(payment: &Payment, approval: &Approval, now: DateTime<Utc>) -> Result<Event, Refusal> {
    unlocked(payment)?;
    match state_at(payment, now) {
        State::Authorized => return Err(Refusal::AlreadyReserved),
        State::Aborted | State::Expired | State::Terminated => return Err(Refusal::CannotApprove),
        State::Created => {}
    }
    let rules = payment.rules;
    let Agreed { shipping, sub } = &approval.agreed;
    if rules.ships && shipping.is_none() || rules.shares && sub.is_none() {
        return Err(Refusal::ApprovalIncomplete);
    }
    let blocked = rules.blocks_commercial_cards && approval.commercial_card;
    if blocked || !rules.method.takes(approval.source) {
        return Err(Refusal::ApproveInvalidSource);
    }
    let is_customer = payment.customer_phone.as_ref().is_none_or(|phone| *phone == approval.phone);
    let old_enough =
        payment.minimum_age.is_none_or(|age| age_on(approval.born, now.date_naive()) >= i32::from(age));
    if !is_customer || !old_enough {
        return Err(Refusal::ApproveNotAllowed);
    }
    if approval.card_currency.is_some_and(|currency| currency != payment.amount.currency) {
        return Err(Refusal::ApproveNoCards);
    }
    let agreed = Agreed {
        shipping: shipping.clone().filter(|_| rules.ships),
        sub: sub.clone().filter(|_| rules.shares),
    };
    let pending = Pending {
        kind: PendingKind::Reserve { payer: approval.payer, card: approval.card },
        operation: approval.operation,
        amount: payment.amount.minor + agreed.shipping_cost(),
        due_at: now + ANSWER_WITHIN,
    };
    Ok(Event::ReserveRequested { pending, agreed })
}

/// Nothing to do when the answer has been heard before. While an answer is awaited nothing else ends the payment, so
/// a yes is never too late. A no frees the payment for another try.
pub(super) fn settle_reserve(
    payment: &Payment,
    operation: OperationId,
    outcome: Result<&Reserved, &Decline>,
    now: DateTime<Utc>,
) -> Option<Event> {
    let amount = awaited(payment, operation)?.amount;
    let reserved = match outcome {
        Ok(reserved) => reserved.clone(),
        Err(decline) => return Some(Event::ReserveDeclined { operation, amount, decline: decline.clone() }),
    };
    let by_market = match payment.amount.currency {
        Currency::Dkk | Currency::Eur => now + SHORT_GUARANTEE,
        Currency::Nok | Currency::Sek | Currency::Usd | Currency::Gbp => DateTime::<Utc>::MAX_UTC,
    };
    let guaranteed_until = reserved.guaranteed_until.min(by_market);
    Some(Event::Authorized { operation, amount, reserved: Reserved { guaranteed_until, ..reserved } })
}

/// Completed years of life.
pub(in crate::domain) fn age_on(born: NaiveDate, today: NaiveDate) -> i32 {
    let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
    today.year() - born.year() - i32::from(!had_birthday)
}
