//! 3-D Secure, and cards that are typed in.

use kvitt_proto::{
    payment::v1::PaymentSource,
    wallet::v1::{AnswerChallengeRequest, PayWithCardRequest},
};

use super::{
    answers::{agreed, later, yes},
    *,
};

/// Payer 1 has spent all that can be spent without a challenge.
async fn spent(clock: Clock) -> Bench {
    let bench = bench_with(false, clock).await;
    bench
        .execute(
            "INSERT INTO operations (msn, operation_id, kind, payment_id, payer_id, card_id, currency, amount_minor,
                                     decided_at, executed_at, card_bin)
             VALUES ('654321', '00000000-0000-0000-0000-00000000000a', 'reserve',
                     '00000000-0000-0000-0000-00000000000b', '00000000-0000-0000-0000-000000000001',
                     '00000000-0000-0000-0000-000000000001', 'NOK', 1499950, '2090-01-01', '2090-01-01', '492500')",
        )
        .await;
    bench
}

fn typed(attempt: &str) -> PayWithCardRequest {
    PayWithCardRequest {
        msn: fixture::MSN.to_owned(),
        reference: "order-00001".to_owned(),
        card_number: "4925 0000 0000 1234".to_owned(),
        expires_month: "2099-12".to_owned(),
        security_code: "123".to_owned(),
        idempotency_key: attempt.to_owned(),
    }
}

impl Bench {
    async fn answer(&self, challenge_id: &str, passed: bool) -> Option<Reason> {
        let answer = AnswerChallengeRequest {
            challenge_id: challenge_id.to_owned(),
            passed,
            msn: fixture::MSN.to_owned(),
        };
        let answer = self.wallet.answer_challenge(by_operator(answer)).await;
        answer.err().and_then(|status| reason_of(&status))
    }

    fn approved(&self) -> Vec<(String, PaymentSource)> {
        let script = self.peers.script();
        script
            .approvals
            .iter()
            .map(|approval| (approval.idempotency_key.clone(), approval.source()))
            .collect()
    }
}

#[tokio::test]
async fn who_has_spent_much_passes_a_challenge_before_the_money_is_asked_for() {
    let bench = spent(fixture::clock()).await;
    bench.peers.script().payment().profile_scope = "name".to_owned();
    let challenge = bench.challenge_of(agreed("attempt")).await;
    assert!(Uuid::try_parse(&challenge).is_ok(), "{challenge}");
    assert_eq!(
        bench.challenge_of(agreed("attempt")).await,
        challenge,
        "the same attempt, the same challenge"
    );
    assert_eq!(bench.approved(), []);
    assert_eq!(bench.count("SELECT count(*) FROM consents").await, 0);
    for _ in 0..2 {
        assert_eq!(bench.answer(&challenge, true).await, None);
    }
    let one = ("attempt".to_owned(), PaymentSource::WalletCard);
    assert_eq!(bench.approved(), [one.clone(), one]);
    assert!(bench.peers.script().approvals.iter().all(|approval| !approval.sub.is_empty()));
    assert_eq!(bench.answer(&challenge, false).await, Some(Reason::ChallengeInvalid));
}

#[tokio::test]
async fn who_fails_the_challenge_is_declined_and_may_try_another_attempt() {
    let bench = spent(fixture::clock()).await;
    let failed = bench.challenge_of(yes("first")).await;
    for _ in 0..2 {
        assert_eq!(bench.answer(&failed, false).await, Some(Reason::ApproveFailed));
    }
    assert_eq!(bench.answer(&failed, true).await, Some(Reason::ChallengeInvalid));
    assert_eq!(bench.approved(), []);
    let passed = bench.challenge_of(yes("second")).await;
    assert_ne!(passed, failed);
    assert_eq!(bench.answer(&passed, true).await, None);
}

#[tokio::test]
async fn a_challenge_lives_for_five_minutes_and_belongs_to_its_sales_unit() {
    let clock = fixture::clock();
    let bench = spent(clock.clone()).await;
    let invalid = Some(Reason::ChallengeInvalid);
    let (answered, late) = (bench.challenge_of(yes("first")).await, bench.challenge_of(yes("second")).await);
    let foreign =
        AnswerChallengeRequest { challenge_id: answered.clone(), passed: true, msn: "654321".to_owned() };
    assert_eq!(refused(bench.wallet.answer_challenge(by_operator(foreign)).await), invalid);
    assert_eq!(bench.answer(&Uuid::from_u128(1).to_string(), true).await, invalid);
    assert_eq!(bench.answer("challenge", true).await, Some(Reason::FieldInvalid));
    later(&clock, 299);
    assert_eq!(bench.answer(&answered, true).await, None);
    later(&clock, 1);
    assert_eq!(bench.answer(&late, true).await, invalid);
    assert_eq!(bench.answer(&answered, true).await, None, "the answer that counted counts again");
}

#[tokio::test]
async fn of_two_answers_at_the_same_time_one_counts() {
    let bench = spent(fixture::clock()).await;
    let challenge = bench.challenge_of(yes("attempt")).await;
    let answers = tokio::join!(bench.answer(&challenge, true), bench.answer(&challenge, false));
    let expected = [
        (None, Some(Reason::ChallengeInvalid)),
        (Some(Reason::ChallengeInvalid), Some(Reason::ApproveFailed)),
    ];
    assert!(expected.contains(&answers), "{answers:?}");
}

#[tokio::test]
async fn what_was_approved_more_than_five_days_ago_or_by_force_calls_for_no_challenge() {
    let clock = fixture::clock();
    let bench = spent(clock.clone()).await;
    later(&clock, 5 * 24 * 60 * 60 - 1);
    assert_ne!(bench.challenge_of(yes("first")).await, "");
    later(&clock, 1);
    assert_eq!(bench.challenge_of(yes("second")).await, "");

    let mut forced = spent(fixture::clock()).await;
    forced.wallet.app.sandbox = true;
    let force = by_operator(force_approve(&fixture::phone_number(1), ""));
    forced.wallet.force_approve(force).await.unwrap();
    assert_eq!(forced.approved().len(), 1);
}

#[tokio::test]
async fn a_payer_who_was_blocked_meanwhile_passes_no_challenge() {
    let bench = spent(fixture::clock()).await;
    let challenge = bench.challenge_of(yes("attempt")).await;
    bench.execute("UPDATE payers SET status = 'BLOCKED'").await;
    assert_eq!(bench.answer(&challenge, true).await, Some(Reason::ApproveNotAllowed));
    assert_eq!(bench.approved(), []);
}

#[tokio::test]
async fn a_typed_card_is_challenged_always_and_then_pays_as_its_owner() {
    let bench = bench(false).await;
    bench.peers.script().payment().payment_method_type = PaymentMethodType::Card.into();
    let pay = |request| bench.wallet.pay_with_card(by_operator(request));
    let challenge = pay(typed("attempt")).await.unwrap().into_inner().challenge_id;
    assert_eq!(pay(typed("attempt")).await.unwrap().into_inner().challenge_id, challenge);
    assert_eq!(bench.approved(), []);
    assert_eq!(bench.answer(&challenge, true).await, None);
    assert_eq!(bench.approved(), [("attempt".to_owned(), PaymentSource::TypedCard)]);
    assert_eq!(bench.peers.script().approvals[0].payer_id, fixture::payer(1).to_string());
    assert_eq!(bench.peers.script().approvals[0].card_id, fixture::card(1).to_string());
    bench.peers.script().payment().state = PaymentState::Authorized.into();
    assert_eq!(pay(typed("attempt")).await.unwrap().into_inner().challenge_id, challenge);
    assert_eq!(refused(pay(typed("other")).await), Some(Reason::AlreadyReserved));
}

#[tokio::test]
async fn the_card_of_a_payer_who_has_left_is_that_of_whoever_has_it_now() {
    let bench = bench(false).await;
    bench.peers.script().payment().payment_method_type = PaymentMethodType::Card.into();
    let pay = |request| bench.wallet.pay_with_card(by_operator(request));
    bench.execute("UPDATE payers SET status = 'DELETED'").await;
    assert_eq!(refused(pay(typed("nobody's")).await), Some(Reason::ApproveFailed));
    bench
        .execute(
            "INSERT INTO payers (payer_id, phone_number, name, national_id, birth_date, created_at)
             SELECT '00000000-0000-0000-0000-000000000007', phone_number, name, national_id, birth_date, '2099-01-01'
             FROM payers WHERE payer_id = '00000000-0000-0000-0000-000000000001'",
        )
        .await;
    bench
        .execute(
            "INSERT INTO cards (card_id, payer_id, position, scheme, bin, last_four, expires_month, currency, opened_minor,
                                balance_minor, held_minor, spent_minor, version)
             SELECT '00000000-0000-0000-0000-000000000070', '00000000-0000-0000-0000-000000000007', 0, scheme, bin,
                    last_four, expires_month, currency, 0, 0, 0, 0, 0
             FROM cards WHERE card_id = '00000000-0000-0000-0000-000000000001'",
        )
        .await;
    let challenge = pay(typed("theirs")).await.expect("the card is somebody's").into_inner().challenge_id;
    assert_eq!(bench.answer(&challenge, true).await, None);
    assert_eq!(bench.peers.script().approvals[0].payer_id, fixture::payer(7).to_string());
}

#[tokio::test]
async fn a_card_that_nobody_has_is_declined_and_broken_ones_are_named() {
    let bench = bench(false).await;
    let pay = |request| bench.wallet.pay_with_card(by_operator(request));
    assert_eq!(refused(pay(typed("app")).await), Some(Reason::ApproveInvalidSource));
    bench.peers.script().payment().payment_method_type = PaymentMethodType::Card.into();
    for unknown in [
        PayWithCardRequest { card_number: "4925000000084321".to_owned(), ..typed("number") },
        PayWithCardRequest { expires_month: "2099-11".to_owned(), ..typed("month") },
    ] {
        assert_eq!(refused(pay(unknown).await), Some(Reason::ApproveFailed));
    }
    bench.execute("UPDATE payers SET unidentified = true").await;
    assert_eq!(refused(pay(typed("owner")).await), Some(Reason::ApproveIdentificationRequired));
    bench.execute("UPDATE cards SET currency = 'DKK'").await;
    assert_eq!(refused(pay(typed("currency")).await), Some(Reason::ApproveFailed));

    let broken = pay(PayWithCardRequest {
        card_number: "4925000000001235".to_owned(),
        expires_month: "12/99".to_owned(),
        security_code: "12".to_owned(),
        ..typed("")
    });
    let status = broken.await.unwrap_err();
    assert!(!format!("{status:?}").contains("4925000000001235"));
    let mut fields: Vec<_> = field_violations_of(&status).into_iter().map(|broken| broken.field).collect();
    fields.sort();
    assert_eq!(fields, ["cardNumber", "expiresMonth", "idempotencyKey", "securityCode"]);
    assert_eq!(bench.count("SELECT count(*) FROM challenges").await, 0);
}
