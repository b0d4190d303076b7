//! What only the operator decides, and in the sandbox anybody for their own units: `/kvitt/v1/agreements` and
//! `/kvitt/v1/ledger-entries`.

use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal;
use kvitt_proto::settlement::v1::{GetAgreementRequest, PostEntryRequest};
use kvitt_tests::requests::fresh_key;
use kvitt_tests::{Answer, Keys, Mesh, Shop, Stack};
use reqwest::Method;
use serde_json::json;

use super::{Books, amounts, chained, text, types};

#[tokio::test]
async fn an_agreement_holds_from_the_first_open_date_on() {
    let books = Books::open(Stack::shared(), "full").await;
    let before = books.shop.get("/kvitt/v1/agreements").await;
    assert_eq!((&before.is(200)["fixedMinor"], &before.body["cutOffMinutes"]), (&json!(0), &json!(0)));
    let wanted = json!({
        "product": "Vipps Netthandel", "percentage": "1.7525", "fixedMinor": 100, "minimumMinor": 150,
        "reserveMinor": 1_000, "payoutDelayDays": 2, "cutOffMinutes": 0,
    });
    books.agree(&wanted).await;
    let agreed = books.shop.get("/kvitt/v1/agreements").await;
    for (name, value) in wanted.as_object().expect("an object") {
        assert_eq!(&agreed.is(200)[name], value, "{name}");
    }
    assert_eq!(text(&agreed.body, "effectiveFrom").len(), 10);
    books.sell(1_000).await;
    // 17.525 + 100 are 117.525, and the least is 150.
    assert_eq!(amounts(&books.entries("fees", 1).await), [-150]);

    let table = [
        (json!({"percentage": "100.01"}), "percentage"),
        (json!({"percentage": "1.23456"}), "percentage"),
        (json!({"percentage": "-1"}), "percentage"),
        (json!({"percentage": "1e1"}), "percentage"),
        (json!({"percentage": 2.5}), "percentage"),
        (json!({"product": "x".repeat(51)}), "product"),
        (json!({"product": "a\nb"}), "product"),
        (json!({"fixedMinor": -1}), "fixedMinor"),
        (json!({"fixedMinor": 1_000_001}), "fixedMinor"),
        (json!({"minimumMinor": 1_000_001}), "minimumMinor"),
        (json!({"reserveMinor": 100_000_000_001_i64}), "reserveMinor"),
        (json!({"payoutDelayDays": 31}), "payoutDelayDays"),
        (json!({"cutOffMinutes": 721}), "cutOffMinutes"),
    ];
    for (body, field) in table {
        let request = books.shop.request(Method::PUT, "/kvitt/v1/agreements").json(&body);
        Answer::of(request).await.names_field(field);
    }
    assert_eq!(books.shop.get("/kvitt/v1/agreements").await.text, agreed.text);
}

#[tokio::test]
async fn entries_that_are_made_by_hand_move_the_stream_that_they_are_of() {
    let books = Books::open(Stack::shared(), "full").await;
    let reference = json!({"reference": "Invoice 12"});
    books.post("top-up", 5_000, &reference).await.is(201);
    books.post("service-fee", 300, &json!({})).await.is(201);
    books.post("correction", -700, &json!({"topic": "funds"})).await.is(201);
    books.post("correction", 100, &json!({"topic": "fees"})).await.is(201);
    books.post("credit-note", 200, &json!({"topic": "fees"})).await.is(201);
    let (funds, fees) = (books.feed("funds").await, books.feed("fees").await);
    assert_eq!(
        (types(&funds), amounts(&funds)),
        (vec!["top-up".into(), "correction".into()], vec![5_000, -700])
    );
    assert_eq!(types(&fees), ["service-fee", "correction", "credit-note"]);
    assert_eq!(amounts(&fees), [-300, 100, 200]);
    chained(&funds);
    chained(&fees);
    assert_eq!(funds[0]["reference"], "Invoice 12");
    assert!(funds.iter().chain(&fees).all(|entry| entry.get("recipientHandle").is_none()));

    let currency = json!({"entryType": "top-up", "amount": {"currency": "DKK", "value": 100}});
    let table = [
        (json!({"entryType": "capture", "amount": {"currency": "NOK", "value": 1}}), "entryType"),
        (json!({"entryType": "gift", "amount": {"currency": "NOK", "value": 1}}), "entryType"),
        (json!({"entryType": "top-up"}), "amount"),
        (json!({"entryType": "top-up", "amount": {"currency": "NOK", "value": 0}}), "amount"),
        (json!({"entryType": "top-up", "amount": {"currency": "NOK", "value": -1}}), "amount"),
        (json!({"entryType": "correction", "amount": {"currency": "NOK", "value": 1}}), "topic"),
        (
            json!({"entryType": "retained-disputed-capture", "amount": {"currency": "NOK", "value": 1}}),
            "reference",
        ),
        (currency, "amount.currency"),
    ];
    for (body, field) in table {
        let answer = books.shop.post("/kvitt/v1/ledger-entries", &fresh_key(), &body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
        answer.names_field(field);
    }
    let huge = books.post("top-up", i64::MAX, &json!({})).await;
    huge.names_field("amount");
    assert_eq!(books.feed("funds").await, funds);
}

#[tokio::test]
async fn the_same_key_is_the_same_entry_and_another_content_a_conflict() {
    let books = Books::open(Stack::shared(), "full").await;
    let (key, path) = (fresh_key(), "/kvitt/v1/ledger-entries");
    let body = |minor: i64, reference: &str| json!({"entryType": "top-up", "amount": {"currency": "NOK", "value": minor}, "reference": reference});
    let once = books.shop.post(path, &key, &body(100, "a")).await;
    let again = books.shop.post(path, &key, &body(100, "a")).await;
    assert_eq!(once.is(201), again.is(201));
    for other in [
        body(200, "a"),
        body(100, "b"),
        json!({"entryType": "service-fee", "amount": body(100, "a")["amount"]}),
    ] {
        let mut other = other;
        if other["entryType"] == "service-fee" {
            other["reference"] = json!("a");
        }
        books.shop.post(path, &key, &other).await.problem(409);
    }
    assert_eq!(amounts(&books.feed("funds").await), [100]);
    // Of another unit the key is another.
    let beside = Books::open(Stack::shared(), "full").await;
    beside.shop.post(path, &key, &body(200, "a")).await.is(201);
}

#[tokio::test]
async fn no_more_is_disputed_than_was_captured_and_disputes_alternate() {
    let books = Books::open(Stack::shared(), "full").await;
    let reference = books.sell(10_000).await;
    books.entries("funds", 1).await;
    let of = json!({"reference": reference});
    books.post("retained-disputed-capture", 10_001, &of).await.names_field("amount");
    books.post("returned-disputed-capture", 1, &of).await.names_field("amount");
    let retained = books.post("retained-disputed-capture", 10_000, &of).await;
    assert_eq!(retained.is(201)["amount"], -10_000);
    books.post("retained-disputed-capture", 1, &of).await.names_field("amount");
    let returned = books.post("returned-disputed-capture", 4_000, &of).await;
    assert_eq!((&returned.is(201)["amount"], &returned.body["balanceAfter"]), (&json!(4_000), &json!(4_000)));
    books.post("returned-disputed-capture", 6_001, &of).await.names_field("amount");
    books.post("retained-disputed-capture", 4_000, &of).await.is(201);
    let funds = books.feed("funds").await;
    chained(&funds);
    assert!(funds.iter().all(|entry| entry["reference"] == reference.as_str()), "{funds:?}");
    let handle = format!("api:{}", books.shop.keys.msn);
    assert!(funds.iter().all(|entry| entry["recipientHandle"] == handle.as_str()), "{funds:?}");
}

#[tokio::test]
async fn nobody_decides_about_units_of_others() {
    let stack = Stack::shared();
    let shop = Shop::named("full").await;
    let keys = Keys { msn: stack.keys("second").msn.clone(), ..shop.keys.clone() };
    let posing = Shop { keys, ..shop.clone() };
    let body = json!({"entryType": "top-up", "amount": {"currency": "NOK", "value": 1}});
    assert_eq!(posing.post("/kvitt/v1/ledger-entries", &fresh_key(), &body).await.status, 401);
    assert_eq!(posing.get("/kvitt/v1/agreements").await.status, 401);
    let client = Mesh::with_token(stack, &shop.token);
    let msn = stack.keys("second").msn.clone();
    let refused = client.agreements().get_agreement(GetAgreementRequest { msn: msn.clone() }).await;
    assert_eq!(refusal::reason_of(&refused.expect_err("a refusal")), Some(Reason::MsnNotCovered));
    let refused = client.agreements().post_entry(PostEntryRequest { msn, ..Default::default() }).await;
    assert_eq!(refusal::reason_of(&refused.expect_err("a refusal")), Some(Reason::MsnNotCovered));
    let operator = Mesh::operator(stack).await;
    let request = GetAgreementRequest { msn: "1999999999".to_owned() };
    let refused = operator.agreements().get_agreement(request).await.expect_err("there is no such unit");
    assert_eq!(refusal::reason_of(&refused), Some(Reason::NotFound));
    // People of the portal do not play the operator.
    let administrator = stack.user("administrator").await.mesh;
    let request = GetAgreementRequest { msn: stack.keys("full").msn.clone() };
    let refused = administrator.agreements().get_agreement(request).await.expect_err("a refusal");
    assert_eq!(refusal::reason_of(&refused), Some(Reason::PermissionDenied));
}
