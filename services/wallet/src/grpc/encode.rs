//! From the domain to the wire.

use kvitt_primitives::Money;
use kvitt_proto::{
    acquirer::v1::{AcquirerStatus, DeclineReason, Outcome as OutcomeMessage},
    money, time,
    wallet::v1::{Card as CardMessage, CardScheme, PaymentRequest},
};

use crate::{
    domain::{
        acquirer::{Decline, Key, Outcome, Reserved},
        card::Scheme,
        inbox::Waiting,
        payer::Card,
    },
    store::inbox::After,
};

pub(super) fn card(card: Card) -> CardMessage {
    let Card { plastic, funds } = card;
    CardMessage {
        card_id: plastic.card_id.to_string(),
        scheme: scheme(plastic.scheme).into(),
        bin: plastic.bin,
        last_four: plastic.last_four,
        expires_month: plastic.expires.to_string(),
        commercial: plastic.commercial,
        balance: Some(money::to_proto(Money::new(funds.currency, funds.balance_minor))),
    }
}

fn scheme(scheme: Scheme) -> CardScheme {
    match scheme {
        Scheme::Visa => CardScheme::Visa,
        Scheme::Electron => CardScheme::Electron,
        Scheme::Mastercard => CardScheme::Mastercard,
        Scheme::Bankaxept => CardScheme::Bankaxept,
        Scheme::Dankort => CardScheme::Dankort,
    }
}

pub(super) fn payment_request(waiting: Waiting) -> PaymentRequest {
    let Waiting { request, pushed } = waiting;
    PaymentRequest {
        msn: request.key.msn,
        reference: request.key.reference,
        amount: Some(money::to_proto(request.amount)),
        description: request.description,
        created_at: Some(time::to_proto(request.created_at)),
        expires_at: Some(time::to_proto(request.expires_at)),
        pushed,
    }
}

/// A page's token, opaque to the caller; `decode` reads it.
pub(super) fn page_token(after: &After) -> String {
    format!("{}.{}.{}", after.created_at.timestamp_micros(), after.key.msn, after.key.reference)
}

/// What became of an operation; `None` is one never executed.
pub(super) fn outcome(key: &Key, outcome: Option<Outcome>) -> OutcomeMessage {
    let (status, decline, reserved) = match outcome {
        Some(Outcome::Done { reserved }) => (AcquirerStatus::Done, None, reserved),
        Some(Outcome::Declined(decline)) => (AcquirerStatus::Declined, Some(decline), None),
        Some(Outcome::Pending) => (AcquirerStatus::Pending, None, None),
        Some(Outcome::Mismatch) => (AcquirerStatus::Mismatch, None, None),
        None => (AcquirerStatus::Unknown, None, None),
    };
    let (card_bin, guaranteed_until) = match reserved {
        Some(Reserved { card_bin, guaranteed_until }) => (card_bin, Some(time::to_proto(guaranteed_until))),
        None => (String::new(), None),
    };
    OutcomeMessage {
        operation_id: key.operation_id.to_string(),
        status: status.into(),
        decline_reason: decline.map_or(DeclineReason::Unspecified, decline_reason).into(),
        card_bin,
        guaranteed_until,
    }
}

pub(super) fn decline_reason(decline: Decline) -> DeclineReason {
    match decline {
        Decline::InsufficientFunds => DeclineReason::InsufficientFunds,
        Decline::InvalidCard => DeclineReason::InvalidCard,
        Decline::ExpiredCard => DeclineReason::ExpiredCard,
        Decline::UnknownReservation => DeclineReason::UnknownReservation,
        Decline::AmountTooHigh => DeclineReason::AmountTooHigh,
        Decline::CurrencyMismatch => DeclineReason::CurrencyMismatch,
        Decline::RefusedByIssuer => DeclineReason::RefusedByIssuer,
        Decline::SuspectedFraud => DeclineReason::SuspectedFraud,
        Decline::WithdrawalLimit => DeclineReason::WithdrawalLimit,
        Decline::ThreeDsDenied => DeclineReason::ThreeDsDenied,
        Decline::ScaRequired => DeclineReason::ScaRequired,
        Decline::NoReceivingAccount => DeclineReason::NoReceivingAccount,
        Decline::RefundPeriodExpired => DeclineReason::RefundPeriodExpired,
    }
}
