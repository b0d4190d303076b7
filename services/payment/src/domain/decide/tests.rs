use chrono::NaiveDate;
use kvitt_primitives::{CardId, Currency, PayerId, PaymentId};

use super::*;
use crate::domain::{Agreed, Rules, Source, Sums};

mod payer_terms;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn nok(minor: i64) -> Money {
    Money::new(Currency::Nok, minor)
}

fn id(number: u128) -> OperationId {
    OperationId::from_uuid(uuid::Uuid::from_u128(number))
}

fn day(days: i64) -> DateTime<Utc> {
    at(days * 86_400)
}

/// A payment of 100 in `state` that expires at second 600; an authorized one is guaranteed for 7 days and can be captured
/// for 180, and what is captured of it was captured on day 10.
fn payment(state: State, sums: (i64, i64, i64, i64)) -> Payment {
    let (authorized, captured, cancelled, refunded) = sums;
    Payment {
        id: PaymentId::from_uuid(uuid::Uuid::from_u128(1)),
        msn: "123456".parse().unwrap(),
        reference: "reference-1".parse().unwrap(),
        state,
        version: 1,
        amount: nok(100),
        sums: Sums { authorized, captured, cancelled, refunded },
        created_at: at(0),
        expires_at: at(600),
        partial_capture: true,
        rules: Rules::default(),
        customer_phone: None,
        minimum_age: None,
        reservation: (state == State::Authorized).then(|| id(7)),
        card_bin: None,
        capture_days: 180,
        guaranteed_until: (state == State::Authorized).then(|| day(7)),
        capture_until: (state == State::Authorized).then(|| day(180)),
        captured_at: (captured > 0).then(|| day(10)),
        pending: None,
    }
}

fn waiting(kind: PendingKind, state: State, sums: (i64, i64, i64, i64)) -> Payment {
    let pending = Pending { kind, operation: id(9), amount: 10, due_at: at(30) };
    Payment { pending: Some(pending), ..payment(state, sums) }
}

fn reserve() -> PendingKind {
    PendingKind::Reserve {
        payer: PayerId::from_uuid(uuid::Uuid::from_u128(3)),
        card: CardId::from_uuid(uuid::Uuid::from_u128(4)),
    }
}

fn approval() -> Approval {
    Approval {
        operation: id(9),
        payer: PayerId::from_uuid(uuid::Uuid::from_u128(3)),
        card: CardId::from_uuid(uuid::Uuid::from_u128(4)),
        card_currency: Some(Currency::Nok),
        source: Source::WalletCard,
        commercial_card: false,
        phone: "4712345678".parse().unwrap(),
        born: NaiveDate::from_ymd_opt(2000, 2, 29).unwrap(),
        agreed: Agreed::default(),
    }
}

fn capture_of(minor: i64) -> Command {
    Command::Capture { operation: id(9), amount: Some(nok(minor)) }
}

fn cancel(transaction_only: bool) -> Command {
    Command::Cancel(Cancel { transaction_only, uncaptured_only: false })
}

/// Guaranteed until day 7.
fn visa() -> Reserved {
    Reserved { card_bin: "492500".into(), guaranteed_until: day(7), agreed: Agreed::default() }
}

const ENDED: [State; 3] = [State::Aborted, State::Expired, State::Terminated];

#[test]
fn a_capture_takes_what_is_left_and_not_more() {
    let capture = |payment: &Payment, minor| decide(Some(payment), &capture_of(minor), at(1));
    let some = |amount| Ok(Some(Event::Captured { operation: None, amount }));
    let authorized = |captured, cancelled| payment(State::Authorized, (100, captured, cancelled, 0));
    let exceeds = |asked, left| Err(Refusal::CaptureExceedsAuthorized { asked, left });
    let table = [
        (authorized(0, 0), 40, some(40)),
        (authorized(40, 0), 60, some(60)),
        (authorized(40, 0), 61, exceeds(61, 60)),
        (authorized(0, 0), i64::MAX, exceeds(i64::MAX, 100)),
        (authorized(100, 0), 1, Err(Refusal::AlreadyCaptured)),
        (authorized(0, 100), 1, Err(Refusal::CaptureOfCancelled)),
        (authorized(40, 60), 1, Err(Refusal::CaptureOfCancelled)),
        (payment(State::Created, (0, 0, 0, 0)), 1, Err(Refusal::CaptureBeforeReservation)),
        (waiting(PendingKind::Refund, State::Authorized, (100, 50, 0, 0)), 1, Err(Refusal::Locked)),
    ];
    for (payment, minor, expected) in table {
        assert_eq!(capture(&payment, minor), expected, "{payment:?} {minor}");
    }
    for state in ENDED {
        assert_eq!(capture(&payment(state, (0, 0, 0, 0)), 1), Err(Refusal::CannotCapture));
    }
}

#[test]
fn a_unit_without_partial_capture_captures_all_at_once() {
    let payment = Payment { partial_capture: false, ..payment(State::Authorized, (100, 0, 0, 0)) };
    let capture = |minor| decide(Some(&payment), &capture_of(minor), at(1));
    assert_eq!(capture(99), Err(Refusal::MustCaptureFullAmount { left: 100 }));
    assert_eq!(capture(100), Ok(Some(Event::Captured { operation: None, amount: 100 })));
}

#[test]
fn money_of_another_currency_is_refused() {
    let payment = payment(State::Authorized, (100, 50, 0, 0));
    let amount = Some(Money::new(Currency::Dkk, 1));
    let operation = id(9);
    for command in [Command::Capture { operation, amount }, Command::RequestRefund { operation, amount }] {
        assert_eq!(decide(Some(&payment), &command, at(1)), Err(Refusal::currency(Currency::Dkk)));
    }
}

#[test]
fn a_cancellation_ends_or_releases() {
    let cancel =
        |payment: &Payment, transaction_only| decide(Some(payment), &self::cancel(transaction_only), at(1));
    let authorized = |captured, cancelled| payment(State::Authorized, (100, captured, cancelled, 0));
    let created = payment(State::Created, (0, 0, 0, 0));
    let table = [
        (created.clone(), false, Ok(Some(Event::Terminated))),
        (created, true, Ok(Some(Event::Terminated))),
        (authorized(0, 0), false, Ok(Some(Event::Cancelled { amount: 100 }))),
        (authorized(40, 0), false, Ok(Some(Event::Cancelled { amount: 60 }))),
        (authorized(0, 0), true, Err(Refusal::CancelOfAuthorized)),
        (authorized(100, 0), false, Err(Refusal::CancelOfCaptured)),
        (authorized(40, 60), false, Err(Refusal::CancelOfCaptured)),
        (authorized(0, 100), false, Err(Refusal::CancelOfReleased)),
        (waiting(reserve(), State::Created, (0, 0, 0, 0)), false, Err(Refusal::CancelDuringApproval)),
        (waiting(PendingKind::Refund, State::Authorized, (100, 50, 0, 0)), false, Err(Refusal::Locked)),
    ];
    for (payment, only, expected) in table {
        assert_eq!(cancel(&payment, only), expected, "{payment:?} {only}");
    }
    for state in ENDED {
        assert_eq!(cancel(&payment(state, (0, 0, 0, 0)), false), Err(Refusal::CancelOfUnreserved));
    }
}

#[test]
fn a_refund_is_requested_within_what_was_captured() {
    let refund = |payment: &Payment, minor| {
        decide(Some(payment), &Command::RequestRefund { operation: id(9), amount: Some(nok(minor)) }, at(1))
    };
    let authorized = |captured, refunded| payment(State::Authorized, (100, captured, 0, refunded));
    let table = [
        (authorized(40, 0), 41, Refusal::RefundExceedsCaptured { asked: 41, left: 40 }),
        (authorized(0, 0), 1, Refusal::RefundExceedsCaptured { asked: 1, left: 0 }),
        (authorized(40, 40), 1, Refusal::AlreadyRefunded),
        (payment(State::Created, (0, 0, 0, 0)), 1, Refusal::RefundBeforeReservation),
        (payment(State::Aborted, (0, 0, 0, 0)), 1, Refusal::CannotRefund),
        (waiting(PendingKind::Refund, State::Authorized, (100, 50, 0, 0)), 1, Refusal::Locked),
    ];
    for (payment, minor, expected) in table {
        assert_eq!(refund(&payment, minor), Err(expected), "{payment:?} {minor}");
    }
    let Ok(Some(Event::RefundRequested(pending))) = refund(&authorized(40, 10), 30) else {
        panic!("refused")
    };
    assert_eq!(
        (pending.amount, pending.kind, pending.due_at),
        (30, PendingKind::Refund, at(1) + ANSWER_WITHIN)
    );
}

#[test]
fn an_answer_of_the_acquirer_settles_once() {
    let settle = |payment: &Payment, operation, outcome| {
        decide(Some(payment), &Command::SettleRefund { operation, outcome }, at(1)).unwrap()
    };
    let payment = waiting(PendingKind::Refund, State::Authorized, (100, 50, 0, 0));
    assert_eq!(settle(&payment, id(9), Ok(())), Some(Event::Refunded { operation: id(9), amount: 10 }));
    let refusal = Refusal::RefundPeriodExpired;
    let declined = Event::RefundDeclined { operation: id(9), amount: 10, refusal: refusal.clone() };
    assert_eq!(settle(&payment, id(9), Err(refusal)), Some(declined));
    assert_eq!(settle(&payment, id(8), Ok(())), None);
    let mut settled = payment;
    settled.apply(&Event::Refunded { operation: id(9), amount: 10 }, at(1));
    assert_eq!(settle(&settled, id(9), Ok(())), None);
}

#[test]
fn a_reservation_authorizes_and_a_declined_one_frees_the_payment() {
    let mut payment = waiting(reserve(), State::Created, (0, 0, 0, 0));
    let settle = |payment: &Payment, outcome| {
        decide(Some(payment), &Command::SettleReserve { operation: id(9), outcome }, at(1)).unwrap()
    };
    let decline = Decline { reason: "EXPIRED_CARD".into() };
    let declined = Event::ReserveDeclined { operation: id(9), amount: 10, decline: decline.clone() };
    assert_eq!(settle(&payment, Err(decline)), Some(declined));
    let authorized = settle(&payment, Ok(visa())).unwrap();
    payment.apply(&authorized, at(1));
    assert_eq!((payment.state, payment.sums.authorized), (State::Authorized, 10), "what was asked for");
    assert_eq!((payment.reservation, payment.pending), (Some(id(9)), None));
    assert_eq!(settle(&payment, Ok(visa())), None);
}

#[test]
fn only_a_waiting_payment_is_approved_and_only_by_whom_it_is_for() {
    let approve =
        |payment: &Payment, now| decide(Some(payment), &Command::RequestReserve(approval()), now).map(|_| ());
    let created = payment(State::Created, (0, 0, 0, 0));
    let named = |phone: &str| Payment { customer_phone: Some(phone.parse().unwrap()), ..created.clone() };
    let aged = |age| Payment { minimum_age: Some(age), ..created.clone() };
    let foreign = Payment { amount: Money::new(Currency::Dkk, created.amount.minor), ..created.clone() };
    // Born on 29 February 2000; `at` is in January 2027.
    let table = [
        (created.clone(), at(599), Ok(())),
        (created.clone(), at(600), Err(Refusal::CannotApprove)),
        (named("4712345678"), at(1), Ok(())),
        (named("4787654321"), at(1), Err(Refusal::ApproveNotAllowed)),
        (aged(26), at(1), Ok(())),
        (aged(27), at(1), Err(Refusal::ApproveNotAllowed)),
        (foreign.clone(), at(1), Err(Refusal::ApproveNoCards)),
        (foreign, at(600), Err(Refusal::CannotApprove)),
        (payment(State::Authorized, (100, 0, 0, 0)), at(1), Err(Refusal::AlreadyReserved)),
        (payment(State::Terminated, (0, 0, 100, 0)), at(1), Err(Refusal::CannotApprove)),
        (waiting(reserve(), State::Created, (0, 0, 0, 0)), at(1), Err(Refusal::Locked)),
    ];
    for (payment, now, expected) in table {
        assert_eq!(approve(&payment, now), expected, "{payment:?}");
    }
}

#[test]
fn a_payment_expires_when_its_time_is_up_unless_an_answer_is_awaited() {
    let expire = |payment: &Payment, now| decide(Some(payment), &Command::Expire, now).unwrap();
    let created = payment(State::Created, (0, 0, 0, 0));
    assert_eq!(expire(&created, at(599)), None);
    assert_eq!(expire(&created, at(600)), Some(Event::Expired));
    assert_eq!(expire(&waiting(reserve(), State::Created, (0, 0, 0, 0)), at(600)), None);
    assert_eq!(expire(&payment(State::Authorized, (100, 0, 0, 0)), at(600)), None);
    // Overdue and not yet written as such, it already behaves as expired.
    assert_eq!(decide(Some(&created), &cancel(false), at(600)), Err(Refusal::CancelOfUnreserved));
}

#[test]
fn a_rejection_aborts_and_may_be_repeated() {
    let reject = |payment: &Payment| decide(Some(payment), &Command::Reject, at(1));
    assert_eq!(reject(&payment(State::Created, (0, 0, 0, 0))), Ok(Some(Event::Aborted)));
    assert_eq!(reject(&payment(State::Aborted, (0, 0, 0, 0))), Ok(None));
    assert_eq!(reject(&payment(State::Authorized, (100, 0, 0, 0))), Err(Refusal::AlreadyReserved));
    assert_eq!(reject(&payment(State::Expired, (0, 0, 0, 0))), Err(Refusal::CannotApprove));
}

#[test]
fn an_unknown_reference_is_refused_for_every_command() {
    for command in [Command::Reject, capture_of(1), cancel(true)] {
        assert_eq!(decide(None, &command, at(1)), Err(Refusal::ReferenceNotFound));
    }
}

#[test]
fn a_capture_past_the_guarantee_waits_for_the_acquirer_and_past_the_deadline_is_refused() {
    let open = payment(State::Authorized, (100, 40, 0, 0));
    let capture = |payment: &Payment, minor, now| decide(Some(payment), &capture_of(minor), now);
    let just_before = |instant: DateTime<Utc>| instant - TimeDelta::microseconds(1);
    let asked = |now| {
        let (kind, operation, due_at) = (PendingKind::Capture, id(9), now + ANSWER_WITHIN);
        Ok(Some(Event::CaptureRequested(Pending { kind, operation, amount: 60, due_at })))
    };
    let last_sure = just_before(day(7));
    assert_eq!(capture(&open, 60, last_sure), Ok(Some(Event::Captured { operation: None, amount: 60 })));
    assert_eq!(capture(&open, 60, day(7)), asked(day(7)));
    let last = just_before(day(180));
    assert_eq!(capture(&open, 60, last), asked(last));
    assert_eq!(capture(&open, 61, day(7)), Err(Refusal::CaptureExceedsAuthorized { asked: 61, left: 60 }));
    let expired = Err(Refusal::CapturePeriodExpired);
    for sums in [(100, 40, 0, 0), (100, 100, 0, 0), (100, 40, 60, 0), (100, 0, 100, 0)] {
        assert_eq!(capture(&payment(State::Authorized, sums), 61, day(180)), expired, "{sums:?}");
    }
}

#[test]
fn a_late_capture_is_settled_once_by_the_answer_under_its_own_id() {
    let settle = |payment: &Payment, operation, done| {
        decide(Some(payment), &Command::SettleCapture { operation, done }, day(8)).unwrap()
    };
    let waiting = waiting(PendingKind::Capture, State::Authorized, (100, 40, 0, 0));
    assert_eq!(settle(&waiting, id(8), true), None);
    let declined = settle(&waiting, id(9), false).unwrap();
    assert_eq!(declined, Event::CaptureDeclined { operation: id(9), amount: 10 });
    let captured = settle(&waiting, id(9), true).unwrap();
    assert_eq!(captured, Event::Captured { operation: Some(id(9)), amount: 10 });
    for (event, sum, captured_at) in [(declined, 40, day(10)), (captured, 50, day(8))] {
        let mut settled = waiting.clone();
        settled.apply(&event, day(8));
        let found = (settled.sums.captured, settled.captured_at, settled.pending);
        assert_eq!(found, (sum, Some(captured_at), None));
        assert_eq!(settle(&settled, id(9), true), None);
    }
    let locked = [capture_of(1), cancel(false)];
    for command in locked {
        assert_eq!(decide(Some(&waiting), &command, day(8)), Err(Refusal::Locked));
    }
}

#[test]
fn what_is_left_at_the_deadline_is_released_and_cannot_be_cancelled() {
    let expire = |payment: &Payment, now| decide(Some(payment), &Command::Expire, now).unwrap();
    let authorized = |captured, cancelled| payment(State::Authorized, (100, captured, cancelled, 0));
    assert_eq!(expire(&authorized(40, 0), day(180) - TimeDelta::microseconds(1)), None);
    assert_eq!(expire(&authorized(40, 0), day(180)), Some(Event::Cancelled { amount: 60 }));
    assert_eq!(expire(&authorized(100, 0), day(180)), None);
    assert_eq!(expire(&authorized(40, 60), day(180)), None);
    let waiting = waiting(PendingKind::Refund, State::Authorized, (100, 40, 0, 0));
    assert_eq!(expire(&waiting, day(180)), None);

    let cancel = |payment: &Payment, transaction_only| {
        decide(Some(payment), &self::cancel(transaction_only), day(180))
    };
    for (captured, cancelled) in [(0, 0), (40, 0), (100, 0), (40, 60), (0, 100)] {
        let payment = authorized(captured, cancelled);
        assert_eq!(cancel(&payment, false), Err(Refusal::CancelPeriodExpired), "{payment:?}");
    }
    assert_eq!(cancel(&authorized(0, 0), true), Err(Refusal::CancelOfAuthorized));
}

#[test]
fn a_refund_is_possible_for_a_year_after_the_last_capture() {
    let refund = |now| {
        let paid = payment(State::Authorized, (100, 40, 60, 40));
        let command = Command::RequestRefund { operation: id(9), amount: Some(nok(1)) };
        decide(Some(&paid), &command, now)
    };
    assert_eq!(refund(day(375) - TimeDelta::microseconds(1)), Err(Refusal::AlreadyRefunded));
    assert_eq!(refund(day(375)), Err(Refusal::RefundPeriodExpired));
}

#[test]
fn an_approval_sets_the_guarantee_and_the_deadline_of_the_market() {
    let approve = |currency, capture_days, days| {
        let amount = Money::new(currency, 100);
        let mut payment = waiting(reserve(), State::Created, (0, 0, 0, 0));
        payment = Payment { amount, capture_days, ..payment };
        let reserved = Reserved { guaranteed_until: day(days), ..visa() };
        let command = Command::SettleReserve { operation: id(9), outcome: Ok(reserved) };
        let authorized = decide(Some(&payment), &command, day(0)).unwrap().unwrap();
        payment.apply(&authorized, day(0));
        (payment.guaranteed_until, payment.capture_until)
    };
    let table = [
        (Currency::Nok, 180, 30, (30, 180)),
        (Currency::Nok, 180, 5, (5, 180)),
        (Currency::Dkk, 14, 30, (14, 14)),
        (Currency::Eur, 180, 30, (14, 180)),
        (Currency::Eur, 180, 7, (7, 180)),
    ];
    for (currency, capture_days, days, (guaranteed, deadline)) in table {
        let found = approve(currency, capture_days, days);
        assert_eq!(found, (Some(day(guaranteed)), Some(day(deadline))), "{currency} {days}");
    }
}

#[test]
fn a_payment_wants_to_be_looked_at_when_something_ends() {
    let authorized = |captured| payment(State::Authorized, (100, captured, 0, 0));
    let refunding = waiting(PendingKind::Refund, State::Authorized, (100, 100, 0, 0));
    let table = [
        (payment(State::Created, (0, 0, 0, 0)), Some(at(600))),
        (waiting(reserve(), State::Created, (0, 0, 0, 0)), Some(at(30))),
        (authorized(40), Some(day(180))),
        (authorized(100), None),
        (refunding.clone(), Some(at(30))),
        (payment(State::Terminated, (0, 0, 100, 0)), None),
    ];
    for (payment, expected) in table {
        assert_eq!(payment.next_due_at(), expected, "{payment:?}");
        assert_eq!(payment.next_look_at(at(0)), expected, "{payment:?}");
    }
    // Without an answer the pauses double, from half a minute to ten.
    for (now, next) in [(30, 60), (60, 90), (90, 150), (330, 630), (630, 1230), (9000, 9600)] {
        assert_eq!(refunding.next_look_at(at(now)), Some(at(next)), "{now}");
    }
}
