//! Plain answers: who may give them, what payment hears, what the payer is told.

use kvitt_proto::{
    payment::v1::{DynamicOptions, PaymentSource, Shipping, shipping},
    wallet::v1::{
        AnswerChallengeRequest, ListShippingOptionsRequest, OpenPaymentRequestRequest, PayWithCardRequest,
    },
};

use super::*;

/// The yes of payer 1, as a plain payment needs it.
pub(super) fn yes(attempt: &str) -> ApprovePaymentRequestRequest {
    ApprovePaymentRequestRequest {
        payer_id: fixture::payer(1).to_string(),
        msn: fixture::MSN.to_owned(),
        reference: "order-00001".to_owned(),
        idempotency_key: attempt.to_owned(),
        ..ApprovePaymentRequestRequest::default()
    }
}

pub(super) fn agreed(attempt: &str) -> ApprovePaymentRequestRequest {
    ApprovePaymentRequestRequest { consent: true, ..yes(attempt) }
}

/// So many seconds pass on a clock that is held.
pub(super) fn later(clock: &Clock, seconds: i64) {
    clock.hold(clock.now() + chrono::TimeDelta::seconds(seconds));
}

impl Bench {
    /// How payer 1's yes is refused.
    pub(super) async fn refusal_of(&self, yes: ApprovePaymentRequestRequest) -> Option<Reason> {
        refused(self.wallet.approve_payment_request(by_operator(yes)).await)
    }

    /// The challenge that payer 1's yes meets; empty when there is none.
    pub(super) async fn challenge_of(&self, yes: ApprovePaymentRequestRequest) -> String {
        let answer = self.wallet.approve_payment_request(by_operator(yes)).await;
        answer.unwrap().into_inner().challenge_id
    }

    pub(super) async fn execute(&self, sql: &'static str) {
        sqlx::query(sql).execute(self.database.pool()).await.unwrap();
    }

    pub(super) async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.database.pool()).await.unwrap()
    }
}

#[tokio::test]
async fn a_payers_yes_tells_payment_who_pays_and_with_what() {
    let bench = bench(false).await;
    assert_eq!(bench.challenge_of(yes("attempt")).await, "");
    let script = bench.peers.script();
    let [approval] = script.approvals.as_slice() else { panic!("{:?}", script.approvals) };
    assert_eq!(approval.idempotency_key, "attempt");
    assert_eq!(approval.payer_id, fixture::payer(1).to_string());
    assert_eq!(approval.card_id, fixture::card(1).to_string());
    assert_eq!((approval.card_currency.as_str(), approval.commercial_card), ("NOK", false));
    assert_eq!(approval.source(), PaymentSource::WalletCard);
    assert_eq!((approval.phone_number.as_str(), approval.birth_date.as_str()), ("4740000001", "1990-01-31"));
    assert_eq!((approval.sub.as_str(), approval.shipping.as_ref()), ("", None));
}

#[tokio::test]
async fn a_payer_is_named_by_id_or_by_number() {
    let bench = bench(false).await;
    let by_number = ApprovePaymentRequestRequest {
        payer_id: String::new(),
        phone_number: fixture::phone_number(1),
        ..yes("attempt")
    };
    assert_eq!(bench.challenge_of(by_number.clone()).await, "");
    assert_eq!(bench.peers.script().approvals[0].payer_id, fixture::payer(1).to_string());
    let nobody = ApprovePaymentRequestRequest { phone_number: String::new(), ..by_number };
    assert_eq!(bench.refusal_of(nobody).await, Some(Reason::FieldInvalid));
}

#[tokio::test]
async fn nothing_is_shared_without_consent_and_with_it_the_unit_learns_one_name_for_ever() {
    let bench = bench(false).await;
    bench.peers.script().payment().profile_scope = "name email".to_owned();
    assert_eq!(bench.refusal_of(yes("silent")).await, Some(Reason::ApprovalIncomplete));
    assert_eq!(bench.count("SELECT count(*) FROM consents").await, 0);
    assert!(bench.peers.script().approvals.is_empty());
    for attempt in ["first", "second"] {
        assert_eq!(bench.challenge_of(agreed(attempt)).await, "");
    }
    let subs: Vec<_> = bench.peers.script().approvals.iter().map(|approval| approval.sub.clone()).collect();
    assert!(Uuid::try_parse(&subs[0]).is_ok() && subs[0] == subs[1], "{subs:?}");
    let shared = "SELECT count(*) FROM consents WHERE attempt = 'second' AND scopes = ARRAY['name', 'email']";
    assert_eq!(bench.count(shared).await, 1);
}

#[tokio::test]
async fn a_payer_who_may_not_pay_is_told_no_more_than_they_may_know() {
    let table = [
        ("UPDATE payers SET status = 'BLOCKED'", Reason::ApproveNotAllowed),
        ("UPDATE payers SET status = 'DELETED'", Reason::ApproveNotAllowed),
        ("UPDATE payers SET birth_date = '2080-01-01'", Reason::ApproveNotAllowed),
        ("UPDATE payers SET status = 'BLOCKED', unidentified = true", Reason::ApproveNotAllowed),
        ("UPDATE payers SET unidentified = true", Reason::ApproveIdentificationRequired),
        ("UPDATE payers SET payment_limit_minor = 99", Reason::ApproveLimitExceeded),
        ("UPDATE cards SET currency = 'DKK'", Reason::ApproveNoCards),
    ];
    for (change, reason) in table {
        let bench = bench_with(true, fixture::clock()).await;
        bench.execute(change).await;
        assert_eq!(bench.refusal_of(yes("attempt")).await, Some(reason), "{change}");
        let force = force_approve(&fixture::phone_number(1), "");
        // Only payment can tell that the one card of a plain payment is of the wrong currency.
        if reason != Reason::ApproveNoCards {
            let forced = bench.wallet.force_approve(by_operator(force.clone())).await;
            assert_eq!(refused(forced), Some(reason), "{change}");
            assert!(bench.peers.script().approvals.is_empty(), "{change}");
        }
        bench.peers.script().payment().state = PaymentState::Terminated.into();
        bench.peers.script().refusal = Some(refusal::status(Reason::CannotApprove, "ended"));
        let ended = Some(Reason::CannotApprove);
        assert_eq!(bench.refusal_of(yes("attempt")).await, ended, "{change}");
        assert_eq!(refused(bench.wallet.force_approve(by_operator(force)).await), ended, "{change}");
    }
}

#[tokio::test]
async fn a_payment_says_who_may_answer_it_and_with_what() {
    let bench = bench(false).await;
    let only_for = |phone: String| {
        move |terms: &mut PayerTerms| {
            (terms.customer_phone, terms.customer_only) = (phone, true);
        }
    };
    let typed = |terms: &mut PayerTerms| terms.payment_method_type = PaymentMethodType::Card.into();
    let passed =
        |terms: &mut PayerTerms| terms.payment_method_type = PaymentMethodType::CardPassthrough.into();
    type Change = Box<dyn FnOnce(&mut PayerTerms)>;
    let table: [(Change, Option<Reason>); 5] = [
        (Box::new(only_for(fixture::phone_number(1))), None),
        (Box::new(only_for(fixture::phone_number(2))), Some(Reason::ApproveNotAllowed)),
        (Box::new(|terms| terms.minimum_user_age = 100), Some(Reason::ApproveNotAllowed)),
        (Box::new(typed), Some(Reason::ApproveInvalidSource)),
        (Box::new(passed), Some(Reason::ApproveInvalidSource)),
    ];
    for (change, expected) in table {
        let mut payment = terms(PaymentState::Created, Currency::Nok);
        change(&mut payment);
        bench.peers.script().terms = Some(payment.clone());
        let answer = bench.wallet.approve_payment_request(by_operator(yes("attempt"))).await;
        assert_eq!(answer.err().and_then(|status| reason_of(&status)), expected, "{payment:?}");
    }
    assert_eq!(bench.peers.script().approvals.len(), 1);
}

#[tokio::test]
async fn a_company_card_is_left_in_the_pocket_where_it_is_not_wanted() {
    let bench = bench(true).await;
    bench.execute("UPDATE cards SET commercial = true").await;
    let forced = || bench.wallet.force_approve(by_operator(force_approve(&fixture::phone_number(1), "")));
    assert_eq!(bench.challenge_of(yes("first")).await, "");
    forced().await.unwrap();
    assert!(bench.peers.script().approvals.iter().all(|approval| approval.commercial_card));
    bench.peers.script().payment().blocks_commercial_cards = true;
    assert_eq!(bench.refusal_of(yes("second")).await, Some(Reason::ApproveInvalidSource));
    assert_eq!(refused(forced().await), Some(Reason::ApproveInvalidSource));
    assert_eq!(bench.peers.script().approvals.len(), 2);
}

#[tokio::test]
async fn the_same_attempt_reaches_payment_again_when_the_payment_no_longer_waits() {
    let bench = bench(false).await;
    bench.peers.script().payment().profile_scope = "name".to_owned();
    bench.peers.script().payment().state = PaymentState::Authorized.into();
    bench.peers.script().refusal = Some(refusal::status(Reason::AlreadyReserved, "reserved"));
    assert_eq!(bench.refusal_of(agreed("attempt")).await, Some(Reason::AlreadyReserved));
    assert_eq!(bench.peers.script().approvals[0].idempotency_key, "attempt");
    assert_eq!(bench.count("SELECT count(*) FROM consents").await, 0);
    let nobody = ApprovePaymentRequestRequest { payer_id: fixture::payer(9).to_string(), ..yes("attempt") };
    assert_eq!(bench.refusal_of(nobody).await, Some(Reason::AlreadyReserved));
}

#[tokio::test]
async fn after_a_declined_attempt_another_card_is_another_attempt() {
    let bench = bench(false).await;
    bench.peers.script().refusal = Some(refusal::status(Reason::ApproveFailed, "declined"));
    assert_eq!(bench.refusal_of(yes("first")).await, Some(Reason::ApproveFailed));
    bench.peers.script().refusal = None;
    assert_eq!(bench.challenge_of(yes("second")).await, "");
    let script = bench.peers.script();
    let keys: Vec<_> = script.approvals.iter().map(|approval| approval.idempotency_key.as_str()).collect();
    assert_eq!(keys, ["first", "second"]);
}

#[tokio::test]
async fn force_approve_reads_the_payment_only_where_it_asks_for_more_than_money() {
    let bench = bench(true).await;
    let forced = || bench.wallet.force_approve(by_operator(force_approve(&fixture::phone_number(1), "")));
    forced().await.unwrap();
    assert_eq!(bench.peers.script().readings, 0);
    bench.peers.script().payment().profile_scope = "name".to_owned();
    forced().await.unwrap();
    assert_eq!(bench.peers.script().readings, 1);
    let approvals = bench.peers.script().approvals.clone();
    let subs: Vec<_> = approvals.iter().map(|approval| approval.sub.is_empty()).collect();
    assert_eq!(subs, [true, true, false], "the first of the last two was incomplete");
    for method in [PaymentMethodType::Card, PaymentMethodType::CardPassthrough] {
        bench.peers.script().payment().payment_method_type = method.into();
        assert_eq!(refused(forced().await), Some(Reason::ApproveNotSupported), "{method:?}");
    }
}

#[tokio::test]
async fn a_payment_is_opened_by_reference_or_token_without_what_is_between_the_merchant_and_us() {
    let bench = bench(false).await;
    let dynamic = DynamicOptions {
        callback_url: "https://shop.example".to_owned(),
        callback_authorization_token: "t0ken".to_owned(),
        ..DynamicOptions::default()
    };
    let options = Some(shipping::Options::Dynamic(dynamic));
    bench.peers.script().payment().shipping = Some(Shipping { options, ..Shipping::default() });
    let open = |request| bench.wallet.open_payment_request(by_operator(request));
    let by_token = |token: &str| OpenPaymentRequestRequest {
        redirect_token: token.to_owned(),
        ..OpenPaymentRequestRequest::default()
    };
    let by_reference = OpenPaymentRequestRequest {
        msn: fixture::MSN.to_owned(),
        reference: "order-00001".to_owned(),
        ..OpenPaymentRequestRequest::default()
    };
    for request in [by_reference, by_token("abc")] {
        let shown = open(request).await.unwrap().into_inner().terms.unwrap();
        assert_eq!(shown.reference, "order-00001");
        assert!(!format!("{shown:?}").contains("t0ken"));
    }
    assert_eq!(refused(open(by_token("ab")).await), Some(Reason::ReferenceNotFound));
    assert_eq!(refused(open(by_token("")).await), Some(Reason::FieldInvalid));
}

#[tokio::test]
async fn on_the_landing_page_nobody_need_say_who_says_no() {
    let bench = bench(false).await;
    let reject = |payer_id: String, phone_number: String| RejectPaymentRequestRequest {
        payer_id,
        msn: fixture::MSN.to_owned(),
        reference: "1".to_owned(),
        phone_number,
    };
    bench.wallet.reject_payment_request(by_operator(reject(String::new(), String::new()))).await.unwrap();
    let by_number = reject(String::new(), fixture::phone_number(1));
    bench.wallet.reject_payment_request(by_operator(by_number.clone())).await.unwrap();
    bench.execute("UPDATE payers SET status = 'BLOCKED'").await;
    let blocked = bench.wallet.reject_payment_request(by_operator(by_number)).await;
    assert_eq!(refused(blocked), Some(Reason::ApproveNotAllowed));
    assert_eq!(bench.peers.script().rejections.len(), 2);
}

#[tokio::test]
async fn in_the_sandbox_a_client_plays_the_payers_of_its_own_payments_and_of_no_others() {
    let Bench { wallet, peers, .. } = bench(true).await;
    wallet.approve_payment_request(by_client(yes("attempt"))).await.unwrap();
    let open = OpenPaymentRequestRequest {
        msn: fixture::MSN.to_owned(),
        reference: "order-00001".to_owned(),
        ..OpenPaymentRequestRequest::default()
    };
    wallet.open_payment_request(by_client(open.clone())).await.unwrap();
    peers.script().approvals.clear();

    let denied = Some(Reason::PermissionDenied);
    let by_token = OpenPaymentRequestRequest { redirect_token: "abc".to_owned(), ..open.clone() };
    assert_eq!(refused(wallet.open_payment_request(by_client(by_token)).await), denied);
    assert_eq!(refused(wallet.find_payer(by_client(FindPayerRequest::default())).await), denied);

    for (msn, reason) in [("654321", Reason::MsnNotCovered), ("x", Reason::FieldInvalid)] {
        let msn = || msn.to_owned();
        let reason = Some(reason);
        let open = OpenPaymentRequestRequest { msn: msn(), ..open.clone() };
        assert_eq!(refused(wallet.open_payment_request(by_client(open)).await), reason);
        let list = ListShippingOptionsRequest { msn: msn(), ..ListShippingOptionsRequest::default() };
        assert_eq!(refused(wallet.list_shipping_options(by_client(list)).await), reason);
        let approve = ApprovePaymentRequestRequest { msn: msn(), ..yes("attempt") };
        assert_eq!(refused(wallet.approve_payment_request(by_client(approve)).await), reason);
        let card = PayWithCardRequest { msn: msn(), ..PayWithCardRequest::default() };
        assert_eq!(refused(wallet.pay_with_card(by_client(card)).await), reason);
        let answer = AnswerChallengeRequest { msn: msn(), ..AnswerChallengeRequest::default() };
        assert_eq!(refused(wallet.answer_challenge(by_client(answer)).await), reason);
        let reject = RejectPaymentRequestRequest { msn: msn(), ..RejectPaymentRequestRequest::default() };
        assert_eq!(refused(wallet.reject_payment_request(by_client(reject)).await), reason);
    }
    assert!(peers.script().approvals.is_empty());
}
