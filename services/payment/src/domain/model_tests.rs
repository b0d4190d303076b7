//! Random courses of commands against a second, simpler idea of a payment: where every øre is. Money never appears or
//! vanishes.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kvitt_primitives::{CardId, Currency, Money, OperationId, PayerId, PaymentId};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};

use super::{
    Agreed, Approval, Cancel, Chosen, Command, Decline, Event, Payment, Pending, PendingKind, Refusal,
    Reserved, Rules, Source, State, Sums, consequence, decide,
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
    /// Shipping costs so much, where the payment is an Express one.
    Approve(i64),
    Reserved(bool),
    Reject,
    Capture(i64),
    CaptureAnswered(bool),
    Cancel(bool, bool),
    Refund(i64),
    RefundAnswered(bool),
    Wait(i64),
    WaitDays(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0_i64..300).prop_map(Step::Approve),
        4 => any::<bool>().prop_map(Step::Reserved),
        1 => Just(Step::Reject),
        6 => (-1_i64..700).prop_map(Step::Capture),
        4 => any::<bool>().prop_map(Step::CaptureAnswered),
        1 => any::<(bool, bool)>().prop_map(|(one, other)| Step::Cancel(one, other)),
        4 => (-1_i64..700).prop_map(Step::Refund),
        4 => any::<bool>().prop_map(Step::RefundAnswered),
        1 => (0_i64..200).prop_map(Step::Wait),
        2 => (0_i64..60).prop_map(Step::WaitDays),
    ]
}

const AMOUNT: i64 = 1000;

/// What the payer has: more than any shipping costs on top.
const MONEY: i64 = 1300;

fn operation(number: usize) -> OperationId {
    OperationId::from_uuid(uuid::Uuid::from_u128(number as u128))
}

/// All that is left when there is nothing sensible to ask for.
fn some_of(minor: i64) -> Option<Money> {
    (minor > 0).then(|| Money::new(Currency::Nok, minor))
}

fn command(step: Step, number: usize, payment: &Payment, now: DateTime<Utc>) -> Command {
    let pending = payment.pending.map_or(operation(0), |pending: Pending| pending.operation);
    match step {
        Step::Approve(cost) => Command::RequestReserve(Approval {
            operation: operation(number),
            payer: PayerId::from_uuid(uuid::Uuid::nil()),
            card: CardId::from_uuid(uuid::Uuid::nil()),
            card_currency: None,
            source: Source::WalletCard,
            commercial_card: false,
            phone: "4712345678".parse().unwrap(),
            born: NaiveDate::MIN,
            agreed: Agreed {
                shipping: Some(Chosen { id: "home".to_owned(), name: "Home".to_owned(), cost }),
                sub: None,
            },
        }),
        Step::Reserved(yes) => {
            let guaranteed_until = now + TimeDelta::days(7);
            let agreed = Agreed::default();
            let reserved = Reserved { card_bin: "492500".to_owned(), guaranteed_until, agreed };
            let outcome = if yes { Ok(reserved) } else { Err(Decline::default()) };
            Command::SettleReserve { operation: pending, outcome }
        }
        Step::Reject => Command::Reject,
        Step::Capture(minor) => Command::Capture { operation: operation(number), amount: some_of(minor) },
        Step::CaptureAnswered(done) => Command::SettleCapture { operation: pending, done },
        Step::Cancel(transaction_only, uncaptured_only) => {
            Command::Cancel(Cancel { transaction_only, uncaptured_only })
        }
        Step::Refund(minor) => {
            Command::RequestRefund { operation: operation(number), amount: some_of(minor) }
        }
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
        Event::Authorized { amount, .. } => {
            purses.held += amount;
            purses.payer -= amount;
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
        | Event::ReserveRequested { .. }
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
    assert_eq!(all.iter().sum::<i64>(), MONEY);
    if payment.state == State::Authorized {
        assert_eq!(authorized, MONEY - purses.payer);
        let over = authorized - AMOUNT;
        assert!(if payment.rules.ships { (0..300).contains(&over) } else { over == 0 }, "{over}");
        assert!(!payment.rules.direct_capture || captured == authorized);
        assert_eq!(captured, purses.shop + purses.paid_back);
        assert_eq!(cancelled, purses.released);
        assert_eq!(refunded, purses.paid_back);
        assert_eq!(payment.sums.capturable(), purses.held);
    } else {
        assert_eq!((authorized, captured, refunded, purses.payer), (0, 0, 0, MONEY));
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

fn fresh(rules: Rules) -> Payment {
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
        rules,
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
    fn money_never_appears_or_vanishes(
        steps in proptest::collection::vec(step(), 1..60),
        (ships, direct_capture) in any::<(bool, bool)>(),
    ) {
        let rules = Rules { ships, direct_capture, ..Rules::default() };
        let (mut payment, mut now) = (fresh(rules), start());
        let mut purses = Purses { payer: MONEY, ..Purses::default() };
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
                if let Some(next) = consequence(&payment, &event, now) {
                    let before = payment.clone();
                    payment.apply(&next, now);
                    follow(&mut purses, &next);
                    in_time(&before, &next, now);
                }
                assert!(before.state == State::Created || payment.state == before.state, "{event:?}");
            }
            agree(&payment, &purses);
        }
    }
}
