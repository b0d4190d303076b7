//! Amounts that call for an outcome of their own (contract-payments section 5.10), where payers are simulated.

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::Currency;

use super::{Decline, Kind, Operation, Outcome};

/// How long the outcome of a reserve of 201 is unknown.
const UNKNOWN_FOR: TimeDelta = TimeDelta::hours(1);

/// The outcome that the amount calls for, if it calls for one.
pub(super) fn outcome(operation: &Operation, now: DateTime<Utc>) -> Option<Outcome> {
    let norwegian = operation.amount.currency == Currency::Nok;
    let declined = |decline| Some(Outcome::Declined(decline));
    match (operation.action.kind(), operation.amount.minor) {
        (Kind::Reserve, 151) => declined(Decline::InsufficientFunds),
        (Kind::Reserve, 182) => declined(Decline::RefusedByIssuer),
        (Kind::Reserve, 183) => declined(Decline::SuspectedFraud),
        (Kind::Reserve, 184) => declined(Decline::WithdrawalLimit),
        (Kind::Reserve, 186) => declined(Decline::ExpiredCard),
        (Kind::Reserve, 187) => declined(Decline::InvalidCard),
        (Kind::Reserve, 197) if norwegian => declined(Decline::ThreeDsDenied),
        (Kind::Reserve, 201) if now - operation.decided_at < UNKNOWN_FOR => Some(Outcome::Pending),
        (Kind::Reserve, 202) if norwegian => declined(Decline::ScaRequired),
        (Kind::Refund, 123) => declined(Decline::NoReceivingAccount),
        (Kind::Refund, 124) => declined(Decline::RefundPeriodExpired),
        (Kind::Reserve | Kind::Capture | Kind::Refund | Kind::Release, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use kvitt_primitives::{CardId, Money, OperationId, PayerId, PaymentId};
    use uuid::Uuid;

    use super::*;
    use crate::domain::acquirer::{Action, Key};

    const DECIDED: &str = "2030-06-15T12:00:00Z";

    fn operation(kind: Kind, amount: Money) -> Operation {
        let reservation_id = OperationId::from_uuid(Uuid::nil());
        let (payer_id, card_id) = (PayerId::from_uuid(Uuid::nil()), CardId::from_uuid(Uuid::nil()));
        Operation {
            key: Key { msn: "123456".parse().unwrap(), operation_id: OperationId::from_uuid(Uuid::nil()) },
            payment_id: PaymentId::from_uuid(Uuid::nil()),
            decided_at: DECIDED.parse().unwrap(),
            amount,
            action: match kind {
                Kind::Reserve => Action::Reserve { payer_id, card_id },
                Kind::Capture => Action::Capture { reservation_id },
                Kind::Refund => Action::Refund { reservation_id },
                Kind::Release => Action::Release { reservation_id },
            },
        }
    }

    #[test]
    fn each_amount_has_its_outcome_for_its_operation_and_currency_only() {
        use Currency::{Dkk, Eur, Nok};
        use Decline::*;
        let declines = [
            (Kind::Reserve, 151, InsufficientFunds, &[Nok, Dkk, Eur] as &[Currency]),
            (Kind::Reserve, 182, RefusedByIssuer, &[Nok, Dkk, Eur]),
            (Kind::Reserve, 183, SuspectedFraud, &[Nok, Dkk, Eur]),
            (Kind::Reserve, 184, WithdrawalLimit, &[Nok, Dkk, Eur]),
            (Kind::Reserve, 186, ExpiredCard, &[Nok, Dkk, Eur]),
            (Kind::Reserve, 187, InvalidCard, &[Nok, Dkk, Eur]),
            (Kind::Reserve, 197, ThreeDsDenied, &[Nok]),
            (Kind::Reserve, 202, ScaRequired, &[Nok]),
            (Kind::Refund, 123, NoReceivingAccount, &[Nok, Dkk, Eur]),
            (Kind::Refund, 124, RefundPeriodExpired, &[Nok, Dkk, Eur]),
        ];
        let now = DECIDED.parse().unwrap();
        for kind in [Kind::Reserve, Kind::Capture, Kind::Refund, Kind::Release] {
            for currency in [Nok, Dkk, Eur] {
                for minor in (0..400).filter(|minor| (kind, *minor) != (Kind::Reserve, 201)) {
                    let due = declines.iter().find(|(of, amount, _, currencies)| {
                        (*of, *amount) == (kind, minor) && currencies.contains(&currency)
                    });
                    let expected = due.map(|(_, _, decline, _)| Outcome::Declined(*decline));
                    let operation = operation(kind, Money::new(currency, minor));
                    assert_eq!(outcome(&operation, now), expected, "{operation:?}");
                }
            }
        }
    }

    #[test]
    fn a_reserve_of_201_is_unknown_for_an_hour_after_its_decision() {
        let decided_at: DateTime<Utc> = DECIDED.parse().unwrap();
        let reserve = operation(Kind::Reserve, Money::new(Currency::Nok, 201));
        for (seconds, expected) in [(0, Some(Outcome::Pending)), (3599, Some(Outcome::Pending)), (3600, None)]
        {
            assert_eq!(outcome(&reserve, decided_at + TimeDelta::seconds(seconds)), expected, "{seconds}");
        }
    }
}
