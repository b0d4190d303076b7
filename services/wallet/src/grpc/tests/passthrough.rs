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

/// The yes of another payer, who has a card of their own.
fn of_payer(number: u128, attempt: &str) -> ApprovePaymentRequestRequest {
    ApprovePaymentRequestRequest { payer_id: fixture::payer(number).to_string(), ..yes(attempt) }
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

    /// The keys of what payment was asked to approve.
    fn attempts(&self) -> Vec<String> {
        self.peers.script().approvals.iter().map(|approval| approval.idempotency_key.clone()).collect()
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
}

#[tokio::test]
async fn who_fails_the_challenge_or_is_sent_to_another_is_declined() {
    let psp = Shop::open().await;
    let bench = passed(&psp.url).await;
    let (challenge, _) =
        tokio::join!(bench.challenge_of(yes("first")), psp.answer("200 OK", SOFT.as_bytes()));
    assert_eq!(bench.decide(&challenge, false).await, Some(Reason::ApproveFailed));
    // A soft decline holds no money, so the next answer is an attempt of its own.
    let (challenge, _) =
        tokio::join!(bench.challenge_of(yes("second")), psp.answer("200 OK", SOFT.as_bytes()));
    let (decided, _) = tokio::join!(bench.decide(&challenge, true), psp.answer("200 OK", SOFT.as_bytes()));
    assert_eq!(decided, Some(Reason::ApproveFailed));
    assert_eq!(bench.decide(&challenge, true).await, Some(Reason::ApproveFailed), "and nobody was asked");
    assert_eq!(bench.states().await, ["soft_declined", "failed"]);
    assert_eq!(bench.sources(), []);
}

#[tokio::test]
async fn who_says_yes_again_goes_on_with_the_attempt_that_there_is() {
    let psp = Shop::open().await;
    let mut bench = passed(&psp.url).await;
    let shops = Shops::new(Policy { loopback: Loopback::Allowed });
    bench.wallet.app.shops = shops.with_limit(std::time::Duration::from_millis(400));
    let (silent, (_stream, first)) = tokio::join!(bench.refusal_of(yes("first")), psp.read());
    assert_eq!(silent, Some(Reason::ApproveFailed));
    // The PSP may have charged the card: no other card and no other amount may come on top.
    fixture::create_payer(bench.database.pool(), 2, 1_000).await;
    assert_eq!(bench.refusal_of(of_payer(2, "other")).await, Some(Reason::PaymentLocked));
    let dearer = |amount_minor| {
        let amount = Money { currency: Currency::Nok.into(), amount_minor };
        bench.peers.script().payment().amount = Some(amount);
    };
    dearer(200);
    assert_eq!(bench.refusal_of(yes("dearer")).await, Some(Reason::PaymentLocked));
    dearer(100);
    let (challenge, second) =
        tokio::join!(bench.challenge_of(yes("second")), psp.answer("200 OK", RESERVE.as_bytes()));
    assert_eq!(challenge, "");
    assert_eq!(body(&first), body(&second));
    // It has reserved, and is not asked again.
    assert_eq!(bench.challenge_of(yes("third")).await, "");
    assert_eq!(bench.refusal_of(of_payer(2, "other")).await, Some(Reason::PaymentLocked));
    assert_eq!(bench.states().await, ["reserved"]);
    assert_eq!(bench.attempts(), ["first"; 2]);
}

#[tokio::test]
async fn a_challenge_that_is_passed_charges_nothing_beside_another_attempt() {
    let psp = Shop::open().await;
    let mut bench = passed(&psp.url).await;
    let shops = Shops::new(Policy { loopback: Loopback::Allowed });
    bench.wallet.app.shops = shops.with_limit(std::time::Duration::from_millis(400));
    fixture::create_payer(bench.database.pool(), 2, 1_000).await;
    let (challenge, _) =
        tokio::join!(bench.challenge_of(yes("first")), psp.answer("200 OK", SOFT.as_bytes()));
    let (silent, (_stream, _)) = tokio::join!(bench.refusal_of(of_payer(2, "second")), psp.read());
    assert_eq!(silent, Some(Reason::ApproveFailed));
    assert_eq!(bench.decide(&challenge, true).await, Some(Reason::PaymentLocked));
    let (failed, _) =
        tokio::join!(bench.refusal_of(of_payer(2, "second")), psp.answer("200 OK", FAIL.as_bytes()));
    assert_eq!(failed, Some(Reason::ApproveFailed));
    // Now it may, and while the PSP is silent it holds the others back; the payer's own yes asks again.
    let (silent, (_stream, _)) = tokio::join!(bench.decide(&challenge, true), psp.read());
    assert_eq!(silent, Some(Reason::ApproveFailed));
    assert_eq!(bench.refusal_of(of_payer(2, "third")).await, Some(Reason::PaymentLocked));
    assert_eq!(bench.states().await, ["asked_again", "failed"]);
    let (answered, _) =
        tokio::join!(bench.challenge_of(yes("fourth")), psp.answer("200 OK", RESERVE.as_bytes()));
    assert_eq!(answered, "");
    assert_eq!(bench.decide(&challenge, true).await, None);
    assert_eq!(bench.attempts(), ["first"; 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_taps_at_once_the_psp_hears_of_one_attempt() {
    let psp = Shop::open().await;
    let bench = passed(&psp.url).await;
    fixture::create_payer(bench.database.pool(), 2, 1_000).await;
    let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
    let hearing = Arc::clone(&heard);
    let server = tokio::spawn(async move {
        loop {
            let request = psp.answer("200 OK", RESERVE.as_bytes()).await;
            let told = body(&request);
            let id = told["authorizationAttemptId"].as_str().expect("it is a text").to_owned();
            hearing.lock().expect("no test panics here").push(id);
        }
    });
    let mut taps = tokio::task::JoinSet::new();
    for tap in 0..24 {
        let wallet = WalletGrpc { app: bench.wallet.app.clone() };
        let payer = 1 + tap % 2;
        taps.spawn(async move {
            let answer = wallet.approve_payment_request(by_operator(of_payer(payer, &format!("tap-{tap}"))));
            (payer, answer.await.err().and_then(|status| reason_of(&status)))
        });
    }
    let answers = taps.join_all().await;
    server.abort();
    let winner = answers.iter().find(|(_, refused)| refused.is_none()).expect("somebody pays").0;
    for (payer, refused) in answers {
        // Not everybody's question is passed on at a time.
        let expected = if payer == winner {
            matches!(refused, None | Some(Reason::Overloaded))
        } else {
            refused == Some(Reason::PaymentLocked)
        };
        assert!(expected, "payer {payer} of {winner}: {refused:?}");
    }
    let mut heard = heard.lock().expect("no test panics here").clone();
    heard.dedup();
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!(bench.states().await, ["reserved"]);
    let mut attempts = bench.attempts();
    attempts.dedup();
    assert_eq!(attempts.len(), 1, "{attempts:?}");
}

#[tokio::test]
async fn attempts_of_the_time_when_there_were_several_are_kept_beside_the_first() {
    let mut before = sqlx::migrate::Migrator::DEFAULT;
    before.migrations = crate::MIGRATIONS.iter().filter(|step| step.version <= 8).cloned().collect();
    let database = TestDatabase::create("wallet_with_doubles", Box::leak(Box::new(before))).await;
    let insert = "
        INSERT INTO card_callbacks (msn, attempt_id, reference, attempt, payer_id, card_id, currency, amount_minor,
            state, network_transaction_reference)
        SELECT '123456', gen_random_uuid(), reference, n::text, gen_random_uuid(), gen_random_uuid(), 'NOK', 100,
            state, CASE WHEN state = 'reserved' THEN 'MCC' END
        FROM unnest(
            ARRAY['one', 'one', 'one', 'two', 'two'],
            ARRAY['asked', 'reserved', 'reserved', 'asked', 'failed']
        ) WITH ORDINALITY AS row (reference, state, n)";
    sqlx::query(insert).execute(database.pool()).await.expect("they were allowed");
    crate::MIGRATIONS.run(database.pool()).await.expect("they still are");
    let live = "SELECT reference || ' ' || state FROM card_callbacks WHERE NOT doubled ORDER BY 1";
    let live: Vec<String> = sqlx::query_scalar(live).fetch_all(database.pool()).await.expect("it is there");
    assert_eq!(live, ["one reserved", "two asked", "two failed"]);
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
async fn no_psp_charges_a_card_that_the_acquirer_would_decline() {
    let psp = Shop::open().await;
    let mut bench = passed(&psp.url).await;
    let shops = Shops::new(Policy { loopback: Loopback::Allowed });
    bench.wallet.app.shops = shops.with_limit(std::time::Duration::from_millis(400));
    for (place, change) in [
        "UPDATE cards SET expires_month = '2020-01-01'",
        "UPDATE cards SET expires_month = '2099-12-01', opened_minor = 99, balance_minor = 99",
    ]
    .into_iter()
    .enumerate()
    {
        bench.execute(change).await;
        assert_eq!(bench.refusal_of(yes(&format!("attempt-{place}"))).await, Some(Reason::ApproveFailed));
    }
    bench.execute("UPDATE cards SET opened_minor = 100, balance_minor = 100").await;
    let (challenge, request) =
        tokio::join!(bench.challenge_of(yes("paid")), psp.answer("200 OK", RESERVE.as_bytes()));
    assert_eq!(challenge, "");
    // It is the first that the PSP has heard of.
    let heard = "SELECT attempt_id FROM card_callbacks WHERE attempt = 'paid'";
    let id: Uuid = sqlx::query_scalar(heard).fetch_one(bench.database.pool()).await.expect("it was asked");
    assert_eq!(body(&request)["authorizationAttemptId"], id.to_string());
}

#[tokio::test]
async fn no_psp_is_asked_for_a_payment_whose_time_is_over() {
    let psp = Shop::open().await;
    let mut bench = passed(&psp.url).await;
    let shops = Shops::new(Policy { loopback: Loopback::Allowed });
    bench.wallet.app.shops = shops.with_limit(std::time::Duration::from_millis(400));
    let now = bench.wallet.app.clock.now();
    bench.peers.script().payment().expires_at = Some(time::to_proto(now));
    assert_eq!(bench.refusal_of(yes("late")).await, Some(Reason::CannotApprove));
    bench.peers.script().payment().expires_at = Some(time::to_proto(now + chrono::TimeDelta::seconds(1)));
    let (challenge, _) =
        tokio::join!(bench.challenge_of(yes("late")), psp.answer("200 OK", RESERVE.as_bytes()));
    assert_eq!(challenge, "");
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
