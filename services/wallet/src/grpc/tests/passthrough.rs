//! Cards that a PSP charges.

use kvitt_proto::{
    payment::v1::{CardPassthrough, PaymentSource},
    wallet::v1::AnswerChallengeRequest,
};
use serde_json::Value;

use super::{answers::yes, *};
use crate::fixture::{
    Shop,
    keys::{CLIENT, SECRET},
};

const RESERVE: &str = r#"{"status":"RESERVE","networkTransactionReference":"MCC123"}"#;
const FAIL: &str = r#"{"status":"FAIL","errorCode":300,"errorMessage":"no"}"#;
const SOFT: &str = r#"{"status":"SOFT_DECLINE","softDeclineUrl":"https://psp.example/3ds"}"#;

/// A wallet with a payment that the PSP behind `url` charges.
async fn passed(url: &str) -> Bench {
    let bench = bench_with(false, fixture::clock()).await;
    let mut script = bench.peers.script();
    let payment = script.payment();
    payment.payment_method_type = PaymentMethodType::CardPassthrough.into();
    payment.card_passthrough = Some(CardPassthrough {
        psp_reference: "psp-1".to_owned(),
        card_callback_url: format!("{url}/cards?shop=1"),
        allowed_card_types: vec!["VISA_DEBIT".to_owned(), "DANKORT".to_owned()],
        client_id: CLIENT.to_owned(),
        ..CardPassthrough::default()
    });
    drop(script);
    bench
}

fn header<'a>(request: &'a str, name: &str) -> &'a str {
    let lines = request.lines().filter_map(|line| line.split_once(": "));
    let found = lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.unwrap_or_else(|| panic!("{name} is not in {request}")).1
}

fn body(request: &str) -> Value {
    serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
}

impl Bench {
    async fn decide(&self, challenge_id: &str, passed: bool) -> Option<Reason> {
        let answer = AnswerChallengeRequest {
            challenge_id: challenge_id.to_owned(),
            passed,
            msn: fixture::MSN.to_owned(),
        };
        let answer = self.wallet.answer_challenge(by_operator(answer)).await;
        answer.err().and_then(|status| reason_of(&status))
    }

    fn sources(&self) -> Vec<PaymentSource> {
        self.peers.script().approvals.iter().map(|approval| approval.source()).collect()
    }

    async fn states(&self) -> Vec<String> {
        let states = sqlx::query_scalar("SELECT state FROM card_callbacks ORDER BY attempt");
        states.fetch_all(self.database.pool()).await.unwrap()
    }
}

#[tokio::test]
async fn the_psp_is_told_the_card_under_a_signature_and_its_yes_reserves_the_money() {
    let psp = Shop::open().await;
    let bench = passed(&psp.url).await;
    let (challenge, request) =
        tokio::join!(bench.challenge_of(yes("attempt")), psp.answer("200 OK", RESERVE.as_bytes()));
    assert_eq!(challenge, "");
    assert!(request.starts_with("POST /cards?shop=1 HTTP/1.1\r\n"), "{request}");
    let text = request.split_once("\r\n\r\n").unwrap().1;
    let content = kvitt_signing::content_sha256(text.as_bytes());
    assert_eq!(header(&request, "x-ms-content-sha256"), content);
    let signed = kvitt_signing::Message {
        method: "POST",
        path_and_query: "/cards?shop=1",
        date: header(&request, "x-ms-date"),
        host: psp.url.strip_prefix("http://").unwrap(),
        content_sha256: &content,
    };
    assert_eq!(header(&request, "authorization"), signed.authorization(SECRET));
    let told = body(&request);
    assert_eq!(told["pspReference"], "psp-1");
    assert_eq!(told["merchantSerialNumber"], fixture::MSN);
    assert_eq!(told["amount"], serde_json::json!({"currency": "NOK", "value": 100}));
    let card = &told["cardInfo"];
    assert_eq!(
        (&card["maskedCardNumber"], &card["cardType"]),
        (&"492500******1234".into(), &"VISA_DEBIT".into())
    );
    assert_eq!((&card["cardDataType"], &card["cardIssuedInCountryCode"]), (&"TOKEN".into(), &"NO".into()));
    assert!(card["networkToken"]["number"].is_string() && card["encryptedPan"].is_null(), "{card}");

    let stored: (Uuid, Option<String>) =
        sqlx::query_as("SELECT attempt_id, network_transaction_reference FROM card_callbacks")
            .fetch_one(bench.database.pool())
            .await
            .unwrap();
    assert_eq!(
        (told["authorizationAttemptId"].as_str().unwrap(), stored.1.as_deref()),
        (stored.0.to_string().as_str(), Some("MCC123"))
    );
    // The PSP is not asked again: it would not answer.
    assert_eq!(bench.challenge_of(yes("attempt")).await, "");
    assert_eq!(bench.sources(), [PaymentSource::PassedThrough; 2]);
    assert_eq!(bench.peers.script().approvals[0].idempotency_key, "attempt");
}

#[tokio::test]
async fn every_other_answer_is_a_no_that_stands() {
    let psp = Shop::open().await;
    let bench = passed(&psp.url).await;
    let huge = format!("{{\"status\":\"RESERVE\",\"x\":\"{}\"}}", "x".repeat(1_000));
    let table: [(&str, &str); 12] = [
        ("200 OK", FAIL),
        ("200 OK", ""),
        ("200 OK", "[]"),
        ("200 OK", "{}"),
        ("200 OK", &huge),
        ("200 OK", r#"{"status":"RESERVE"}"#),
        ("200 OK", r#"{"status":"RESERVE","networkTransactionReference":7}"#),
        ("200 OK", r#"{"status":"RESERVE","networkTransactionReference":"a\u0000b"}"#),
        ("200 OK", r#"{"status":"SOFT_DECLINE"}"#),
        ("200 OK", r#"{"status":"SOFT_DECLINE","softDeclineUrl":"javascript:alert(1)"}"#),
        ("201 Created", RESERVE),
        ("302 Found", RESERVE),
    ];
    for (place, (status, answer)) in table.into_iter().enumerate() {
        let attempt = format!("attempt-{place}");
        let (refused, _) =
            tokio::join!(bench.refusal_of(yes(&attempt)), psp.answer(status, answer.as_bytes()));
        assert_eq!(refused, Some(Reason::ApproveFailed), "{status} {answer}");
        // Nobody answers any more, and nobody is asked.
        assert_eq!(bench.refusal_of(yes(&attempt)).await, Some(Reason::ApproveFailed), "{status} {answer}");
    }
    assert_eq!(bench.states().await, ["failed"; 12]);
    assert_eq!(bench.sources(), []);
}

#[tokio::test]
async fn who_gets_no_answer_asks_again_about_the_same_attempt() {
    let psp = Shop::open().await;
    let mut bench = passed(&psp.url).await;
    let shops = Shops::new(Policy { loopback: Loopback::Allowed });
    bench.wallet.app.shops = shops.with_limit(std::time::Duration::from_millis(400));
    let (silent, (_stream, first)) = tokio::join!(bench.refusal_of(yes("attempt")), psp.read());
    assert_eq!(silent, Some(Reason::ApproveFailed));
    let endless = vec![b' '; 64 * 1024];
    let (large, second) = tokio::join!(bench.refusal_of(yes("attempt")), psp.answer("200 OK", &endless));
    assert_eq!(large, Some(Reason::ApproveFailed));
    assert_eq!((bench.states().await, bench.sources()), (vec!["asked".to_owned()], vec![]));
    let (challenge, third) =
        tokio::join!(bench.challenge_of(yes("attempt")), psp.answer("200 OK", RESERVE.as_bytes()));
    assert_eq!(challenge, "");
    let ids = [&first, &second, &third].map(|request| body(request)["authorizationAttemptId"].clone());
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(bench.sources(), [PaymentSource::PassedThrough]);
}

#[tokio::test]
async fn a_soft_decline_is_a_challenge_after_which_the_psp_is_asked_once_more() {
    let psp = Shop::open().await;
    let bench = passed(&psp.url).await;
    let (challenge, first) =
        tokio::join!(bench.challenge_of(yes("first")), psp.answer("200 OK", SOFT.as_bytes()));
    assert!(Uuid::try_parse(&challenge).is_ok(), "{challenge}");
    assert_eq!(bench.challenge_of(yes("first")).await, challenge, "and nobody was asked");
    let (decided, second) =
        tokio::join!(bench.decide(&challenge, true), psp.answer("200 OK", RESERVE.as_bytes()));
    assert_eq!(decided, None);
    assert_eq!(body(&first), body(&second));
    assert_eq!(bench.decide(&challenge, true).await, None, "the same answer again asks nobody");
    assert_eq!(bench.sources(), [PaymentSource::PassedThrough; 2]);

    // Who fails it, and who passes it and is sent to another, is declined.
    let (challenge, _) =
        tokio::join!(bench.challenge_of(yes("second")), psp.answer("200 OK", SOFT.as_bytes()));
    assert_eq!(bench.decide(&challenge, false).await, Some(Reason::ApproveFailed));
    let (challenge, _) =
        tokio::join!(bench.challenge_of(yes("third")), psp.answer("200 OK", SOFT.as_bytes()));
    for _ in 0..2 {
        let state = bench.states().await.pop();
        let decided = if state.as_deref() == Some("soft_declined") {
            tokio::join!(bench.decide(&challenge, true), psp.answer("200 OK", SOFT.as_bytes())).0
        } else {
            bench.decide(&challenge, true).await
        };
        assert_eq!(decided, Some(Reason::ApproveFailed));
    }
    assert_eq!(bench.states().await, ["reserved", "soft_declined", "failed"]);
    assert_eq!(bench.sources().len(), 2);
}

#[tokio::test]
async fn what_the_psp_said_of_one_card_or_amount_holds_for_no_other() {
    let psp = Shop::open().await;
    let bench = passed(&psp.url).await;
    tokio::join!(bench.challenge_of(yes("attempt")), psp.answer("200 OK", RESERVE.as_bytes()));
    bench.peers.script().payment().amount = Some(Money { currency: Currency::Nok.into(), amount_minor: 200 });
    assert_eq!(bench.refusal_of(yes("attempt")).await, Some(Reason::ApproveFailed));
    assert_eq!(bench.sources().len(), 1);
}

#[tokio::test]
async fn no_psp_hears_of_a_card_that_it_does_not_take_or_a_payer_who_may_not_pay() {
    let psp = Shop::open().await;
    let bench = passed(&psp.url).await;
    for (change, reason) in [
        ("UPDATE cards SET scheme = 'DANKORT'", Reason::ApproveNoCards),
        ("UPDATE cards SET scheme = 'BANKAXEPT'", Reason::ApproveNoCards),
        ("UPDATE cards SET scheme = 'VISA', commercial = true", Reason::ApproveNoCards),
        ("UPDATE cards SET commercial = false, currency = 'DKK'", Reason::ApproveNoCards),
        ("UPDATE payers SET status = 'BLOCKED'", Reason::ApproveNotAllowed),
    ] {
        bench.execute(change).await;
        assert_eq!(bench.refusal_of(yes("attempt")).await, Some(reason), "{change}");
    }
    assert_eq!(bench.states().await, [""; 0]);
}

#[tokio::test]
async fn without_a_signature_nobody_is_asked() {
    let psp = Shop::open().await;
    let bench = passed(&psp.url).await;
    let with_client = |client: &str| {
        let mut script = bench.peers.script();
        script.payment().card_passthrough.as_mut().unwrap().client_id = client.to_owned();
    };
    with_client("00000000-0000-0000-0000-0000000000c2");
    assert_eq!(bench.refusal_of(yes("unknown")).await, Some(Reason::ApproveFailed));
    with_client("");
    assert_eq!(bench.refusal_of(yes("nobody")).await, Some(Reason::ApproveInvalidSource));
    assert_eq!((bench.states().await, bench.sources()), (vec!["asked".to_owned()], vec![]));
}
