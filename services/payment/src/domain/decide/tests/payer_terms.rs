//! What payments ask for beyond a yes, and amounts that are left out.

use super::*;
use crate::domain::{Chosen, Method};

#[test]
fn without_an_amount_all_that_is_left_is_captured_or_paid_back() {
    let authorized = |captured, refunded| payment(State::Authorized, (100, captured, 0, refunded));
    let decide = |payment: &Payment, command| decide(Some(payment), &command, at(1));
    let capture = |payment: &Payment| decide(payment, Command::Capture { operation: id(9), amount: None });
    let some = |amount| Ok(Some(Event::Captured { operation: None, amount }));
    assert_eq!(capture(&authorized(0, 0)), some(100));
    assert_eq!(capture(&authorized(40, 40)), some(60));
    assert_eq!(capture(&authorized(100, 0)), Err(Refusal::AlreadyCaptured));
    assert_eq!(capture(&payment(State::Authorized, (100, 0, 100, 0))), Err(Refusal::CaptureOfCancelled));
    let whole = Payment { partial_capture: false, ..authorized(0, 0) };
    assert_eq!(capture(&whole), some(100));

    let refund = |payment: &Payment| {
        let event = decide(payment, Command::RequestRefund { operation: id(9), amount: None })?;
        Ok(event.map(|event| match event {
            Event::RefundRequested(pending) => pending.amount,
            other => panic!("{other:?}"),
        }))
    };
    assert_eq!(refund(&authorized(100, 0)), Ok(Some(100)));
    assert_eq!(refund(&authorized(40, 10)), Ok(Some(30)));
    assert_eq!(refund(&authorized(40, 40)), Err(Refusal::AlreadyRefunded));
    assert_eq!(refund(&authorized(0, 0)), Err(Refusal::RefundExceedsCaptured { asked: 1, left: 0 }));
}

#[test]
fn who_cancels_only_the_uncaptured_is_refused_when_anything_has_been_captured() {
    let command = Command::Cancel(Cancel { uncaptured_only: true, ..Cancel::default() });
    let cancel = |payment: &Payment, now| decide(Some(payment), &command, now);
    let authorized = |captured| payment(State::Authorized, (100, captured, 0, 0));
    assert_eq!(cancel(&authorized(0), at(1)), Ok(Some(Event::Cancelled { amount: 100 })));
    assert_eq!(cancel(&authorized(1), at(1)), Err(Refusal::CancelOfCaptured));
    assert_eq!(cancel(&authorized(1), day(180)), Err(Refusal::CancelPeriodExpired));
    assert_eq!(cancel(&payment(State::Created, (0, 0, 0, 0)), at(1)), Ok(Some(Event::Terminated)));
}

#[test]
fn an_approval_brings_all_that_the_payment_asks_for_and_pays_for_the_shipping() {
    let created = |rules| Payment { rules, ..payment(State::Created, (0, 0, 0, 0)) };
    let approve = |rules, agreed: &Agreed| {
        let approval = Approval { agreed: agreed.clone(), ..approval() };
        match decide(Some(&created(rules)), &Command::RequestReserve(approval), at(1))? {
            Some(Event::ReserveRequested { pending, agreed }) => Ok((pending.amount, agreed)),
            other => panic!("{other:?}"),
        }
    };
    let chosen = Chosen { id: "home".into(), name: "Home".into(), cost: 49 };
    let (nothing, sub) = (Agreed::default(), Some("somebody".to_owned()));
    let only_sub = Agreed { sub: sub.clone(), ..Agreed::default() };
    let all = Agreed { shipping: Some(chosen), sub };
    let plain = Rules::default();
    let shares = Rules { shares: true, ..plain };
    let ships = Rules { ships: true, ..shares };
    let incomplete = Err(Refusal::ApprovalIncomplete);
    assert_eq!(approve(plain, &all), Ok((100, nothing.clone())), "nobody asked for it");
    assert_eq!(approve(shares, &nothing), incomplete);
    assert_eq!(approve(shares, &all), Ok((100, only_sub.clone())));
    assert_eq!(approve(ships, &only_sub), incomplete);
    assert_eq!(approve(ships, &Agreed { sub: None, ..all.clone() }), incomplete);
    assert_eq!(approve(ships, &all), Ok((149, all)));
}

#[test]
fn each_method_has_its_source_and_company_cards_may_be_refused() {
    let approve = |rules, source, commercial_card| {
        let created = Payment { rules, ..payment(State::Created, (0, 0, 0, 0)) };
        let approval = Approval { source, commercial_card, ..approval() };
        decide(Some(&created), &Command::RequestReserve(approval), at(1)).map(|_| ())
    };
    let invalid = Err(Refusal::ApproveInvalidSource);
    let of = |method| Rules { method, ..Rules::default() };
    assert_eq!(approve(of(Method::Wallet), Source::WalletCard, true), Ok(()));
    assert_eq!(approve(of(Method::Wallet), Source::TypedCard, false), invalid);
    assert_eq!(approve(of(Method::Card), Source::TypedCard, false), Ok(()));
    assert_eq!(approve(of(Method::Card), Source::WalletCard, false), invalid);
    assert_eq!(approve(of(Method::CardPassthrough), Source::PassedThrough, false), Ok(()));
    let blocks = Rules { blocks_commercial_cards: true, ..Rules::default() };
    assert_eq!(approve(blocks, Source::WalletCard, true), invalid);
    assert_eq!(approve(blocks, Source::WalletCard, false), Ok(()));
}

#[test]
fn what_is_authorized_is_captured_at_once_where_the_unit_has_direct_capture() {
    let direct = Rules { direct_capture: true, ..Rules::default() };
    let after = |rules, now| {
        let mut payment = Payment { rules, ..waiting(reserve(), State::Created, (0, 0, 0, 0)) };
        let command = Command::SettleReserve { operation: id(9), outcome: Ok(visa()) };
        let event = decide(Some(&payment), &command, now).unwrap().unwrap();
        payment.apply(&event, now);
        consequence(&payment, &event, now)
    };
    let captured = Some(Event::Captured { operation: None, amount: 10 });
    assert_eq!(after(direct, at(1)), captured);
    assert_eq!(after(direct, day(7)), None, "the guarantee is over");
    assert_eq!(after(Rules::default(), at(1)), None);
    let payment = Payment { rules: direct, ..payment(State::Authorized, (100, 40, 0, 0)) };
    assert_eq!(consequence(&payment, &Event::Captured { operation: None, amount: 40 }, at(1)), None);
}
