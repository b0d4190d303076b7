//! Random courses of commands against a second, simpler idea of a payment: where every øre is. Money never appears or
//! vanishes.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kvitt_primitives::{CardId, Currency, Money, OperationId, PayerId, PaymentId};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};

use super::{
    Approval, Command, Event, Payment, Pending, PendingKind, Refusal, Reserved, State, Sums, decide,
};

/// Where the amount is: each øre in exactly one purse.
#[derive(Debug, Clone, Default, PartialEq)]
struct Purses {
    payer: i64,
    held: i64,
    shop: i64,
    released: i64,
    paid_back: i64,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Approve,
    Reserved(bool),
    Reject,
    Capture(i64),
    CaptureAnswered(bool),
    Cancel(bool),
    Refund(i64),
    RefundAnswered(bool),
    Wait(i64),
    WaitDays(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Approve),
        4 => any::<bool>().prop_map(Step::Reserved),
        1 => Just(Step::Reject),
        6 => (-1_i64..700).prop_map(Step::Capture),
        4 => any::<bool>().prop_map(Step::CaptureAnswered),
        1 => any::<bool>().prop_map(Step::Cancel),
        4 => (-1_i64..700).prop_map(Step::Refund),
        4 => any::<bool>().prop_map(Step::RefundAnswered),
        1 => (0_i64..200).prop_map(Step::Wait),
        2 => (0_i64..60).prop_map(Step::WaitDays),
    ]
}

const AMOUNT: i64 = 1000;

fn operation(number: usize) -> OperationId {
    OperationId::from_uuid(uuid::Uuid::from_u128(number as u128))
}

fn command(step: Step, number: usize, payment: &Payment, now: DateTime<Utc>) -> Command {
    let pending = payment.pending.map_or(operation(0), |pending: Pending| pending.operation);
    match step {
        Step::Approve => Command::RequestReserve(Approval {
            operation: operation(number),
            payer: PayerId::from_uuid(uuid::Uuid::nil()),
            card: CardId::from_uuid(uuid::Uuid::nil()),
            card_currency: None,
            phone: "4712345678".parse().unwrap(),
            born: NaiveDate::MIN,
        }),
        Step::Reserved(yes) => {
            let guaranteed_until = now + TimeDelta::days(7);
            let reserved = yes.then(|| Reserved { card_bin: "492500".to_owned(), guaranteed_until });
            Command::SettleReserve { operation: pending, reserved }
        }
        Step::Reject => Command::Reject,
        Step::Capture(minor) => {
            Command::Capture { operation: operation(number), amount: Money::new(Currency::Nok, minor.max(1)) }
        }
        Step::CaptureAnswered(done) => Command::SettleCapture { operation: pending, done },
        Step::Cancel(transaction_only) => Command::Cancel { transaction_only },
        Step::Refund(minor) => Command::RequestRefund {
            operation: operation(number),
            amount: Money::new(Currency::Nok, minor.max(1)),
        },
        Step::RefundAnswered(done) => {
            let outcome = if done { Ok(()) } else { Err(Refusal::RefundDeclined) };
            Command::SettleRefund { operation: pending, outcome }
        }
        Step::Wait(_) | Step::WaitDays(_) => Command::Expire,
    }
}

/// The right answer may only come for the right question: an answer to a refund does not settle a reservation.
fn fits(step: Step, payment: &Payment) -> bool {
    match (step, payment.pending.map(|pending| pending.kind)) {
        (Step::Reserved(_), kind) => matches!(kind, Some(PendingKind::Reserve { .. })),
        (Step::CaptureAnswered(_), kind) => kind == Some(PendingKind::Capture),
        (Step::RefundAnswered(_), kind) => kind == Some(PendingKind::Refund),
        _ => true,
    }
}

fn follow(purses: &mut Purses, event: &Event) {
    match event {
        Event::Authorized { .. } => {
            purses.held += purses.payer;
            purses.payer = 0;
        }
        Event::Captured { amount, .. } => {
            purses.held -= amount;
            purses.shop += amount;
        }
        Event::Cancelled { amount } => {
            purses.held -= amount;
            purses.released += amount;
        }
        Event::Refunded { amount, .. } => {
            purses.shop -= amount;
            purses.paid_back += amount;
        }
        Event::Created(_)
        | Event::ReserveRequested(_)
        | Event::ReserveDeclined { .. }
        | Event::Aborted
        | Event::Expired
        | Event::Terminated
        | Event::CaptureRequested(_)
        | Event::CaptureDeclined { .. }
        | Event::RefundRequested(_)
        | Event::RefundDeclined { .. } => {}
    }
}

fn agree(payment: &Payment, purses: &Purses) {
    let Sums { authorized, captured, cancelled, refunded } = payment.sums;
    let all = [purses.payer, purses.held, purses.shop, purses.released, purses.paid_back];
    assert!(all.iter().all(|purse| *purse >= 0), "{purses:?}");
    assert_eq!(all.iter().sum::<i64>(), AMOUNT);
    if payment.state == State::Authorized {
        assert_eq!(authorized, AMOUNT);
        assert_eq!(captured, purses.shop + purses.paid_back);
        assert_eq!(cancelled, purses.released);
        assert_eq!(refunded, purses.paid_back);
        assert_eq!(payment.sums.capturable(), purses.held);
    } else {
        assert_eq!((authorized, captured, refunded, purses.payer), (0, 0, 0, AMOUNT));
        assert_eq!(cancelled, if payment.state == State::Terminated { AMOUNT } else { 0 });
    }
}

/// Money is taken at once only within the guarantee, asked for only before the deadline, and released for both reasons.
fn in_time(before: &Payment, event: &Event, now: DateTime<Utc>) {
    let guaranteed = before.guaranteed_until.is_some_and(|until| now < until);
    let capturable = before.capture_until.is_some_and(|until| now < until);
    match event {
        Event::Captured { operation: None, .. } => assert!(guaranteed && capturable),
        Event::Captured { operation, .. } => {
            assert_eq!(*operation, before.pending.map(|pending| pending.operation));
        }
        Event::CaptureRequested(_) => assert!(!guaranteed && capturable),
        Event::RefundRequested(_) => {
            assert!(before.captured_at.is_some_and(|at| now - at < TimeDelta::days(365)));
        }
        _ => {}
    }
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn fresh() -> Payment {
    Payment {
        id: PaymentId::from_uuid(uuid::Uuid::nil()),
        msn: "123456".parse().unwrap(),
        reference: "reference-1".parse().unwrap(),
        state: State::Created,
        version: 1,
        amount: Money::new(Currency::Nok, AMOUNT),
        sums: Sums::default(),
        created_at: start(),
        expires_at: start() + TimeDelta::minutes(10),
        partial_capture: true,
        customer_phone: None,
        minimum_age: None,
        reservation: None,
        card_bin: None,
        capture_days: 180,
        guaranteed_until: None,
        capture_until: None,
        captured_at: None,
        pending: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn money_never_appears_or_vanishes(steps in proptest::collection::vec(step(), 1..60)) {
        let (mut payment, mut now) = (fresh(), start());
        let mut purses = Purses { payer: AMOUNT, ..Purses::default() };
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Wait(seconds) => now += TimeDelta::seconds(seconds),
                Step::WaitDays(days) => now += TimeDelta::days(days),
                _ => {}
            }
            if !fits(step, &payment) {
                continue;
            }
            let before = payment.clone();
            if let Ok(Some(event)) = decide(Some(&payment), &command(step, number + 1, &payment, now), now) {
                payment.apply(&event, now);
                follow(&mut purses, &event);
                in_time(&before, &event, now);
                assert_eq!(payment.version, before.version + 1);
                assert!(before.state == State::Created || payment.state == before.state, "{event:?}");
            }
            agree(&payment, &purses);
        }
    }
}
