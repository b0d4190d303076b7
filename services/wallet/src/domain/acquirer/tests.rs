use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::{CardId, Currency, Money, OperationId, PayerId, PaymentId};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::card::{ExpiryMonth, Scheme};

const MSN: &str = "123456";
const OPENED_MINOR: i64 = 1_000;

fn now() -> DateTime<Utc> {
    "2030-06-15T12:00:00Z".parse().unwrap()
}

/// Without test amounts.
fn at(now: DateTime<Utc>) -> Conditions {
    Conditions {
        now,
        #[cfg(feature = "sandbox")]
        test_amounts: false,
    }
}

fn id(number: u64) -> OperationId {
    OperationId::from_uuid(Uuid::from_u128(number.into()))
}

fn payer() -> PayerId {
    PayerId::from_uuid(Uuid::from_u128(1))
}

fn card(number: u64) -> CardId {
    CardId::from_uuid(Uuid::from_u128(number.into()))
}

fn account(card_id: CardId, expires: &str) -> Account {
    Account {
        card_id,
        payer_id: payer(),
        scheme: Scheme::Visa,
        bin: "492500".to_owned(),
        expires: ExpiryMonth::parse(expires).unwrap(),
        funds: Funds { currency: Currency::Nok, balance_minor: OPENED_MINOR, held_minor: 0, spent_minor: 0 },
        version: 7,
    }
}

fn operation(number: u64, amount_minor: i64, action: Action) -> Operation {
    Operation {
        key: Key { msn: MSN.parse().unwrap(), operation_id: id(number) },
        payment_id: PaymentId::from_uuid(Uuid::from_u128(1)),
        decided_at: now(),
        amount: Money::new(Currency::Nok, amount_minor),
        action,
    }
}

fn reserve_on(card_number: u64) -> Action {
    Action::Reserve { payer_id: payer(), card_id: card(card_number) }
}

fn book() -> Book {
    let mut book = Book::default();
    book.insert_account(account(card(1), "2031-01"));
    book.insert_account(account(card(2), "2030-05"));
    book
}

fn done() -> Outcome {
    Outcome::Done { reserved: None }
}

fn reserved() -> Outcome {
    Outcome::Done {
        reserved: Some(Reserved { card_bin: "492500".to_owned(), guaranteed_until: guarantee_end() }),
    }
}

/// Of what is reserved now.
fn guarantee_end() -> DateTime<Utc> {
    now() + TimeDelta::days(7)
}

fn funds(book: &Book) -> (i64, i64, i64) {
    let funds = book.accounts().next().unwrap().funds;
    (funds.balance_minor, funds.held_minor, funds.spent_minor)
}

#[test]
fn money_moves_from_free_to_held_to_spent_and_back() {
    let mut book = book();
    let reservation_id = id(1);
    let steps = [
        (operation(1, 600, reserve_on(1)), reserved(), (400, 600, 0)),
        (operation(2, 250, Action::Capture { reservation_id }), done(), (400, 350, 250)),
        (operation(3, 100, Action::Refund { reservation_id }), done(), (500, 350, 150)),
        (operation(4, 350, Action::Release { reservation_id }), done(), (850, 0, 150)),
        (operation(5, 150, Action::Refund { reservation_id }), done(), (1_000, 0, 0)),
    ];
    for (operation, outcome, after) in steps {
        assert_eq!(book.execute(&operation, at(now())), outcome, "{operation:?}");
        assert_eq!(funds(&book), after, "{operation:?}");
    }
}

#[test]
fn what_may_not_be_is_declined_and_moves_nothing() {
    let mut book = book();
    let reservation_id = id(1);
    assert_eq!(book.execute(&operation(1, 600, reserve_on(1)), at(now())), reserved());
    assert_eq!(book.execute(&operation(2, 200, Action::Capture { reservation_id }), at(now())), done());
    let before = funds(&book);
    let foreign_payer = Action::Reserve { payer_id: PayerId::from_uuid(Uuid::nil()), card_id: card(1) };
    let unknown = Action::Capture { reservation_id: id(99) };
    let mut other_payment = operation(20, 1, Action::Capture { reservation_id });
    other_payment.payment_id = PaymentId::from_uuid(Uuid::nil());
    let mut other_unit = operation(21, 1, Action::Capture { reservation_id });
    other_unit.key.msn = "654321".parse().unwrap();
    let mut in_euro = operation(22, 1, Action::Capture { reservation_id });
    in_euro.amount.currency = Currency::Eur;
    let mut reserve_in_euro = operation(23, 1, reserve_on(1));
    reserve_in_euro.amount.currency = Currency::Eur;
    let table = [
        (operation(10, 401, reserve_on(1)), Decline::InsufficientFunds),
        (operation(11, 1, reserve_on(2)), Decline::ExpiredCard),
        (operation(12, 1, reserve_on(3)), Decline::InvalidCard),
        (operation(13, 1, foreign_payer), Decline::InvalidCard),
        (operation(14, 401, Action::Capture { reservation_id }), Decline::AmountTooHigh),
        (operation(15, 401, Action::Release { reservation_id }), Decline::AmountTooHigh),
        (operation(16, 201, Action::Refund { reservation_id }), Decline::AmountTooHigh),
        (operation(17, i64::MAX, Action::Capture { reservation_id }), Decline::AmountTooHigh),
        (operation(18, 1, unknown), Decline::UnknownReservation),
        (other_payment, Decline::UnknownReservation),
        (other_unit, Decline::UnknownReservation),
        (in_euro, Decline::CurrencyMismatch),
        (reserve_in_euro, Decline::CurrencyMismatch),
    ];
    for (operation, decline) in table {
        assert_eq!(book.execute(&operation, at(now())), Outcome::Declined(decline), "{operation:?}");
        assert_eq!(funds(&book), before, "{operation:?}");
    }
}

#[test]
fn an_id_is_executed_once_and_keeps_its_first_outcome() {
    let mut book = book();
    let reserve = operation(1, 600, reserve_on(1));
    let too_much = operation(2, 600, reserve_on(1));
    assert_eq!(book.execute(&reserve, at(now())), reserved());
    assert_eq!(book.execute(&too_much, at(now())), Outcome::Declined(Decline::InsufficientFunds));
    let release = operation(3, 600, Action::Release { reservation_id: id(1) });
    assert_eq!(book.execute(&release, at(now())), done());

    let later = Operation { decided_at: now() + TimeDelta::hours(1), ..reserve };
    assert_eq!(book.execute(&later, at(now())), reserved());
    assert_eq!(book.execute(&too_much, at(now())), Outcome::Declined(Decline::InsufficientFunds));
    assert_eq!((funds(&book), book.fresh().len()), ((1_000, 0, 0), 3));
}

#[test]
fn an_id_used_for_something_else_is_a_mismatch() {
    let mut book = book();
    assert_eq!(book.execute(&operation(1, 600, reserve_on(1)), at(now())), reserved());
    let before = funds(&book);
    let mut other_payment = operation(1, 600, reserve_on(1));
    other_payment.payment_id = PaymentId::from_uuid(Uuid::nil());
    let others = [
        operation(1, 601, reserve_on(1)),
        operation(1, 600, reserve_on(2)),
        operation(1, 600, Action::Release { reservation_id: id(1) }),
        other_payment,
    ];
    for other in others {
        assert_eq!(book.execute(&other, at(now())), Outcome::Mismatch, "{other:?}");
        assert_eq!(funds(&book), before);
    }
}

#[test]
fn a_reservation_made_on_a_card_stays_good_when_the_card_expires() {
    let mut book = book();
    assert_eq!(book.execute(&operation(1, 600, reserve_on(1)), at(now())), reserved());
    let capture = operation(2, 600, Action::Capture { reservation_id: id(1) });
    assert_eq!(book.execute(&capture, at(now() + TimeDelta::days(3_650))), done());
}

#[test]
fn a_batch_writes_each_changed_row_once_against_the_version_it_read() {
    let mut book = book();
    book.execute(&operation(1, 600, reserve_on(1)), at(now()));
    book.execute(&operation(2, 100, Action::Capture { reservation_id: id(1) }), at(now()));
    book.execute(&operation(3, 1, reserve_on(2)), at(now()));
    let accounts: Vec<_> = book.changed_accounts().collect();
    assert_eq!(accounts.len(), 1);
    assert_eq!((accounts[0].1, accounts[0].0.version), (7, 8));
    let made: Vec<_> = book.made_reservations().collect();
    assert_eq!((made.len(), made[0].1.captured_minor, made[0].1.version), (1, 100, 0));
    assert_eq!(book.changed_reservations().count(), 0);
}

/// A reservation of 600, the hold on which has lapsed.
fn lapsed_book() -> Book {
    let mut book = book();
    assert_eq!(book.execute(&operation(1, 600, reserve_on(1)), at(now())), reserved());
    assert!(book.lapse(&operation(1, 1, reserve_on(1)).key, guarantee_end()));
    assert_eq!(funds(&book), (1_000, 0, 0));
    book
}

#[test]
fn a_hold_lapses_as_a_whole_once_its_guarantee_has_ended() {
    let mut book = book();
    let reserve = operation(1, 600, reserve_on(1));
    book.execute(&reserve, at(now()));
    book.execute(&operation(2, 250, Action::Capture { reservation_id: id(1) }), at(now()));
    assert!(!book.lapse(&reserve.key, guarantee_end() - TimeDelta::microseconds(1)));
    assert_eq!(funds(&book), (400, 350, 250));
    assert!(book.lapse(&reserve.key, guarantee_end()));
    assert_eq!(funds(&book), (750, 0, 250));
    assert!(!book.lapse(&reserve.key, guarantee_end()), "there is nothing left to give back");
    assert!(!book.lapse(&operation(9, 1, reserve_on(1)).key, guarantee_end()), "there is no such hold");
}

#[test]
fn what_was_decided_within_the_guarantee_is_honoured_even_if_it_overdraws_the_card() {
    let mut book = lapsed_book();
    let spend = operation(2, 900, reserve_on(1));
    assert!(matches!(book.execute(&spend, at(guarantee_end())), Outcome::Done { .. }));
    let capture = |number, decided_at| Operation {
        decided_at,
        ..operation(number, 300, Action::Capture { reservation_id: id(1) })
    };
    let in_time = capture(3, guarantee_end() - TimeDelta::microseconds(1));
    let years_later = at(now() + TimeDelta::days(3_650));
    assert_eq!(book.execute(&in_time, years_later), done());
    assert_eq!(funds(&book), (-200, 900, 300));
    let too_late = capture(4, guarantee_end());
    let declined = book.execute(&too_late, at(guarantee_end()));
    assert_eq!(declined, Outcome::Declined(Decline::InsufficientFunds));
}

#[test]
fn a_capture_decided_later_charges_the_card_again_if_the_bank_lets_it() {
    let later = guarantee_end();
    let capture = |number, amount_minor| Operation {
        decided_at: later,
        ..operation(number, amount_minor, Action::Capture { reservation_id: id(1) })
    };
    let mut book = lapsed_book();
    assert_eq!(book.execute(&capture(2, 601), at(later)), Outcome::Declined(Decline::AmountTooHigh));
    let expired = at(now() + TimeDelta::days(3_650));
    assert_eq!(book.execute(&capture(3, 100), expired), Outcome::Declined(Decline::ExpiredCard));
    assert_eq!(book.execute(&capture(4, 600), at(later)), done());
    assert_eq!(funds(&book), (400, 0, 600));

    // Nobody has given the hold back yet, so it is there to be taken.
    let mut held = self::book();
    held.execute(&operation(1, 600, reserve_on(1)), at(now()));
    held.execute(&operation(2, 400, reserve_on(1)), at(now()));
    assert_eq!(held.execute(&capture(3, 600), at(later)), done());
    assert_eq!(funds(&held), (0, 400, 600));
}

#[test]
fn a_release_after_the_lapse_moves_no_money() {
    let mut book = lapsed_book();
    let release = |number, minor| operation(number, minor, Action::Release { reservation_id: id(1) });
    assert_eq!(book.execute(&release(2, 601), at(now())), Outcome::Declined(Decline::AmountTooHigh));
    assert_eq!(book.execute(&release(3, 600), at(now())), done());
    assert_eq!(funds(&book), (1_000, 0, 0));
    let released = book.reservations().next().unwrap();
    assert_eq!((released.released_minor, released.lapsed_minor), (600, 0));
}

#[cfg(feature = "sandbox")]
#[test]
fn an_unknown_outcome_is_not_kept_and_a_decline_by_its_amount_is() {
    let sandbox = |now| Conditions { now, test_amounts: true };
    let mut book = book();
    let unknown = operation(1, 201, reserve_on(1));
    assert_eq!(book.execute(&unknown, sandbox(now())), Outcome::Pending);
    assert_eq!((funds(&book), book.fresh().len()), ((1_000, 0, 0), 0));
    let hour_later = now() + TimeDelta::hours(1);
    assert!(matches!(book.execute(&unknown, sandbox(hour_later)), Outcome::Done { .. }));
    assert_eq!(funds(&book), (799, 201, 0));
    let refused = operation(2, 182, reserve_on(1));
    for conditions in [sandbox(now()), at(now())] {
        assert_eq!(book.execute(&refused, conditions), Outcome::Declined(Decline::RefusedByIssuer));
    }
    assert!(matches!(book.execute(&operation(3, 182, reserve_on(1)), at(now())), Outcome::Done { .. }));
}

#[cfg(feature = "sandbox")]
#[test]
fn only_what_was_promised_to_nobody_may_be_declined_at_will() {
    let mut book = book();
    let reserve = operation(1, 600, reserve_on(1));
    assert!(book.may_decline(&reserve));
    book.execute(&reserve, at(now()));
    assert!(!book.may_decline(&reserve), "it has been executed");
    let reservation_id = id(1);
    let capture = operation(2, 100, Action::Capture { reservation_id });
    assert!(!book.may_decline(&capture));
    assert!(book.may_decline(&Operation { decided_at: guarantee_end(), ..capture }));
    assert!(!book.may_decline(&operation(3, 100, Action::Release { reservation_id })));
    let refund = operation(4, 100, Action::Refund { reservation_id });
    assert!(book.may_decline(&refund));
    let declined = Outcome::Declined(Decline::NoReceivingAccount);
    assert_eq!(book.decline(&refund, Decline::NoReceivingAccount), declined);
    assert_eq!(book.execute(&refund, at(now())), declined);
    assert_eq!(book.decline(&reserve, Decline::SuspectedFraud), reserved());
}

/// A step in the life of a book.
#[derive(Debug, Clone)]
enum Step {
    Execute(Operation),
    Lapse(u64),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => any_operation().prop_map(Step::Execute),
        1 => (1..12_u64).prop_map(Step::Lapse),
    ]
}

fn any_operation() -> impl Strategy<Value = Operation> {
    (1..12_u64, 1..700_i64, 0..4_u8, 1..12_u64, 1..4_u64, any::<bool>()).prop_map(
        |(number, minor, kind, reservation, card, in_time)| {
            let reservation_id = id(reservation);
            let action = match kind {
                0 => reserve_on(card),
                1 => Action::Capture { reservation_id },
                2 => Action::Refund { reservation_id },
                _ => Action::Release { reservation_id },
            };
            let decided_at = if in_time { now() } else { guarantee_end() };
            Operation { decided_at, ..operation(number, minor, action) }
        },
    )
}

proptest! {
    #[test]
    fn money_never_appears_or_vanishes(steps in prop::collection::vec(any_step(), 1..80)) {
        let mut book = Book::default();
        book.insert_account(account(card(1), "2031-01"));
        book.insert_account(account(card(3), "2031-01"));
        for step in steps {
            let before: Vec<_> = book.accounts().map(|account| account.funds).collect();
            let (moved, may_overdraw) = match &step {
                Step::Execute(operation) => {
                    let outcome = book.execute(operation, at(now()));
                    let capture = operation.action.kind() == Kind::Capture;
                    let in_time = operation.decided_at < guarantee_end();
                    (matches!(outcome, Outcome::Done { .. }), capture && in_time)
                }
                Step::Lapse(number) => (book.lapse(&operation(*number, 1, reserve_on(1)).key, guarantee_end()), false),
            };
            let after: Vec<_> = book.accounts().map(|account| account.funds).collect();
            prop_assert!(moved || before == after);
            for (before, after) in before.iter().zip(&after) {
                let overdrawn = after.balance_minor < before.balance_minor.min(0);
                prop_assert!(!overdrawn || may_overdraw, "{step:?}");
            }
            for account in book.accounts() {
                let Funds { balance_minor, held_minor, spent_minor, .. } = account.funds;
                prop_assert!(held_minor >= 0 && spent_minor >= 0);
                prop_assert_eq!(balance_minor + held_minor + spent_minor, OPENED_MINOR);
                let on_card: Vec<_> =
                    book.reservations().filter(|held| held.card_id == account.card_id).collect();
                let held: i64 = on_card.iter().map(|held| held.held_minor()).sum();
                let spent: i64 = on_card.iter().map(|held| held.refundable_minor()).sum();
                prop_assert_eq!((held, spent), (held_minor, spent_minor));
            }
            for held in book.reservations() {
                prop_assert!(held.captured_minor + held.released_minor <= held.amount_minor);
                prop_assert!(held.refunded_minor <= held.captured_minor);
                prop_assert!([0, held.left_minor()].contains(&held.lapsed_minor), "a hold lapses as a whole");
            }
        }
    }
}
