//! `/kvitt/v1/faults`: what goes wrong on purpose has the outcome that it would have by accident.

use std::time::{Duration, Instant};

use kvitt_proto::wallet::v1::ListCardsRequest;
use kvitt_testing::eventually;
use kvitt_tests::requests::{fresh_key, modification};
use kvitt_tests::{Answer, Mesh, PayerPlan, Shop, Stack, StackPlan, UnitPlan};
use reqwest::Method;
use serde_json::{Value, json};

const FAULTS: &str = "/kvitt/v1/faults";

/// Adds a fault for the shop's own sales unit and gives its id.
async fn add(shop: &Shop, mut fault: Value) -> String {
    fault["msn"] = json!(shop.keys.msn);
    let answer = Answer::of(shop.request(Method::POST, FAULTS).json(&fault)).await;
    answer.is(201)["faultId"].as_str().expect("an id is text").to_owned()
}

/// The listed fault with this id; null when it no longer applies.
async fn listed(shop: &Shop, fault_id: &str) -> Value {
    let answer = shop.get(FAULTS).await;
    let faults = answer.is(200)["faults"].as_array().expect("faults are an array").clone();
    faults.into_iter().find(|fault| fault["faultId"] == fault_id).unwrap_or_default()
}

async fn end(shop: &Shop, path: &str) -> Answer {
    Answer::of(shop.request(Method::DELETE, path)).await
}

/// A unit of the test's own on the shared stack, which nobody else's calls are for.
async fn alone() -> Shop {
    let stack = Stack::shared();
    Shop::open(stack, &stack.open_unit(UnitPlan::default()).await).await
}

async fn own_stack() -> (Stack, Shop) {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    (stack, shop)
}

/// Approves where a server fault is what is wanted.
async fn approve_unanswered(shop: &Shop, reference: &str, phone: &str) {
    let path = format!("/epayment/v1/test/payments/{reference}/approve");
    let body = json!({"customer": {"phoneNumber": phone}});
    let answer =
        Answer::try_of(shop.request(Method::POST, &path).json(&body)).await.expect("an answer comes");
    assert!(answer.status >= 500, "{} {}", answer.status, answer.text);
}

async fn balance(mesh: &Mesh, payer_id: &str) -> i64 {
    let request = ListCardsRequest { payer_id: payer_id.to_owned() };
    let cards = mesh.wallet().list_cards(request).await.expect("cards can be listed").into_inner().cards;
    cards[0].balance.as_ref().expect("a card has a balance").amount_minor
}

#[tokio::test]
async fn a_declined_approval_is_over_and_the_next_one_goes_well() {
    let shop = alone().await;
    let reference = shop.created(10_000).await;
    let fault =
        json!({"fault": "acquirer.decline", "code": "SUSPECTED_FRAUD", "operations": ["RESERVE"], "next": 2});
    let fault_id = add(&shop, fault).await;
    shop.approve(&reference, &shop.phone).await.refused(400, "10010");
    let left = listed(&shop, &fault_id).await;
    assert_eq!((&left["next"], &left["hits"]), (&json!(1), &json!(1)), "{left}");
    shop.approve(&reference, &shop.phone).await.refused(400, "10010");
    assert_eq!(listed(&shop, &fault_id).await, Value::Null, "its two operations have been hit");
    assert_eq!(shop.approve(&reference, &shop.phone).await.status, 200);
    assert_eq!(shop.state(&reference).await, "AUTHORIZED");
    let successes: Vec<_> =
        shop.events(&reference).await.iter().map(|event| event["success"].clone()).collect();
    assert_eq!(successes, [true, false, false, true]);
}

#[tokio::test]
async fn only_what_the_acquirer_has_not_promised_is_declined() {
    let shop = alone().await;
    let reference = shop.authorized(10_000).await;
    let fault_id =
        add(&shop, json!({"fault": "acquirer.decline", "code": "NO_RECEIVING_ACCOUNT", "next": 1})).await;
    shop.capture(&reference, 6_000).await.is(200);
    shop.cancel(&reference).await.is(200);
    shop.refund(&reference, 1_000).await.refused(400, "5100");
    assert_eq!(listed(&shop, &fault_id).await, Value::Null);
    shop.refund(&reference, 1_000).await.is(200);
    assert_eq!(shop.sums(&reference).await, [10_000, 6_000, 4_000, 1_000]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_without_an_answer_is_resolved_exactly_once() {
    let (stack, shop) = own_stack().await;
    let mesh = Mesh::operator(&stack).await;
    for fault in ["acquirer.timeout-before", "acquirer.timeout-after"] {
        let payer = stack.open_payer(PayerPlan { balances: vec![50_000], ..PayerPlan::default() }).await;
        let reference = shop.created(10_000).await;
        add(&shop, json!({"fault": fault, "operations": ["RESERVE"], "next": 1})).await;
        approve_unanswered(&shop, &reference, &payer.phone).await;
        let held = if fault == "acquirer.timeout-after" { 10_000 } else { 0 };
        assert_eq!(balance(&mesh, &payer.payer_id).await, 50_000 - held, "{fault}");
        assert_eq!(shop.state(&reference).await, "CREATED", "{fault}");

        stack.advance(Duration::from_secs(31)).await;
        assert_eq!(shop.state(&reference).await, "AUTHORIZED", "{fault}");
        assert_eq!(shop.event_names(&reference).await, ["CREATED", "AUTHORIZED"], "{fault}");
        assert_eq!(balance(&mesh, &payer.payer_id).await, 40_000, "{fault}");
    }
    stack.stop().await;
}

#[tokio::test]
async fn a_refund_without_an_answer_goes_on_under_its_key_and_is_paid_once() {
    let shop = alone().await;
    for fault in ["acquirer.timeout-before", "acquirer.timeout-after"] {
        let reference = shop.authorized(10_000).await;
        shop.capture(&reference, 10_000).await.is(200);
        add(&shop, json!({"fault": fault, "operations": ["REFUND"], "next": 1})).await;
        let (path, key) = (format!("/epayment/v1/payments/{reference}/refund"), fresh_key());
        let refund = || shop.post_request(&path, &key, &modification("NOK", 2_000));
        let unanswered = Answer::try_of(refund()).await.unwrap();
        assert!(unanswered.status >= 500, "{fault}: {} {}", unanswered.status, unanswered.text);
        shop.refund(&reference, 1_000).await.refused(423, "6160");
        Answer::of(refund()).await.is(200);
        Answer::of(refund()).await.is(200);
        assert_eq!(shop.sums(&reference).await, [10_000, 10_000, 0, 2_000], "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_past_the_guarantee_without_an_answer_is_to_be_tried_again_and_is_done_once() {
    let (stack, shop) = own_stack().await;
    let mesh = Mesh::operator(&stack).await;
    let payer = stack.open_payer(PayerPlan { balances: vec![50_000], ..PayerPlan::default() }).await;
    let reference = shop.created(10_000).await;
    assert_eq!(shop.approve(&reference, &payer.phone).await.status, 200);
    stack.advance(Duration::from_secs(8 * 86_400)).await;
    for fault in ["acquirer.timeout-before", "acquirer.timeout-after"] {
        let all = json!({"perMille": 1000, "seed": 0});
        let fault_id = add(&shop, json!({"fault": fault, "operations": ["CAPTURE"], "share": all})).await;
        let key = fresh_key();
        shop.capture_keyed(&reference, &key, 2_000).await.refused(400, "6280");
        end(&shop, &format!("{FAULTS}/{fault_id}")).await.is(200);
        shop.capture_keyed(&reference, &key, 2_000).await.is(200);
    }
    let declined = json!({"fault": "acquirer.decline", "code": "REFUSED_BY_ISSUER", "operations": ["CAPTURE"],
                          "next": 1});
    add(&shop, declined).await;
    shop.capture(&reference, 2_000).await.refused(400, "6260");
    assert_eq!(shop.sums(&reference).await, [10_000, 4_000, 0, 0]);
    assert_eq!(balance(&mesh, &payer.payer_id).await, 46_000);
    stack.stop().await;
}

#[tokio::test]
async fn what_is_cleared_late_or_not_at_once_is_cleared_once() {
    let shop = alone().await;
    let stack = Stack::shared();
    let mesh = Mesh::operator(stack).await;
    let payer = stack.open_payer(PayerPlan { balances: vec![50_000], ..PayerPlan::default() }).await;
    let reference = shop.created(10_000).await;
    assert_eq!(shop.approve(&reference, &payer.phone).await.status, 200);
    let before = json!({"fault": "acquirer.timeout-before", "operations": ["RELEASE"], "next": 2});
    let after = json!({"fault": "acquirer.timeout-after", "operations": ["CAPTURE"], "next": 2});
    let fault_ids = [add(&shop, before).await, add(&shop, after).await];
    shop.capture(&reference, 4_000).await.is(200);
    shop.cancel(&reference).await.is(200);
    eventually!(balance(&mesh, &payer.payer_id).await == 46_000);
    for fault_id in fault_ids {
        assert_eq!(listed(&shop, &fault_id).await, Value::Null);
    }
    shop.refund(&reference, 4_000).await.is(200);
    assert_eq!(balance(&mesh, &payer.payer_id).await, 50_000);
}

#[tokio::test]
async fn a_late_answer_is_an_answer() {
    let shop = alone().await;
    let reference = shop.created(10_000).await;
    add(&shop, json!({"fault": "acquirer.late", "delay": "1s", "operations": ["RESERVE"], "next": 1})).await;
    let asked_at = Instant::now();
    assert_eq!(shop.approve(&reference, &shop.phone).await.status, 200);
    assert!(asked_at.elapsed() >= Duration::from_secs(1));
    assert_eq!(shop.state(&reference).await, "AUTHORIZED");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_course() {
    let shop = alone().await;
    let mut courses = Vec::new();
    for seed in [7, 7, 8] {
        let share = json!({"perMille": 500, "seed": seed});
        let fault = json!({"fault": "acquirer.decline", "code": "REFUSED_BY_ISSUER", "operations": ["RESERVE"],
                           "share": share});
        let fault_id = add(&shop, fault).await;
        let mut course = Vec::new();
        for _ in 0..16 {
            let reference = shop.created(10_000).await;
            course.push(shop.approve(&reference, &shop.phone).await.status);
        }
        let hits = course.iter().filter(|status| **status == 400).count();
        assert_eq!(listed(&shop, &fault_id).await["hits"], json!(hits));
        assert_eq!(end(&shop, &format!("{FAULTS}/{fault_id}")).await.is(200), &json!({"deleted": 1}));
        courses.push(course);
    }
    assert!(courses[0].contains(&200) && courses[0].contains(&400), "{courses:?}");
    assert_eq!(courses[0], courses[1]);
    assert_ne!(courses[0], courses[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_listed_as_they_were_added_and_end_one_by_one_or_all() {
    let (stack, shop) = own_stack().await;
    assert_eq!(shop.get(FAULTS).await.is(200), &json!({"faults": []}));
    let mut faults = vec![
        json!({"fault": "acquirer.decline", "code": "INSUFFICIENT_FUNDS", "operations": ["RESERVE"],
               "msn": shop.keys.msn, "next": 3}),
        json!({"fault": "acquirer.timeout-after", "operations": [], "share": {"perMille": 1, "seed": 42}}),
        json!({"fault": "delivery.late", "operations": [], "delay": "1m", "share": {"perMille": 1, "seed": 1}}),
        json!({"fault": "acquirer.late", "operations": ["REFUND", "RELEASE"], "delay": "1m", "next": 1}),
    ];
    for fault in &mut faults {
        let added = Answer::of(shop.request(Method::POST, FAULTS).json(fault)).await;
        fault["faultId"] = added.is(201)["faultId"].clone();
        fault["hits"] = json!(0);
        assert_eq!(&added.body, fault);
    }
    assert_eq!(shop.get(FAULTS).await.is(200), &json!({ "faults": faults }));
    for fault in &faults[1..3] {
        let path = format!("{FAULTS}/{}", fault["faultId"].as_str().unwrap());
        assert_eq!(end(&shop, &path).await.is(200), &json!({"deleted": 1}));
        end(&shop, &path).await.problem(404);
    }
    let lost = json!({"fault": "delivery.lost", "next": 1});
    Answer::of(shop.request(Method::POST, FAULTS).json(&lost)).await.is(201);
    assert_eq!(end(&shop, FAULTS).await.is(200), &json!({"deleted": 3}));
    assert_eq!(end(&shop, FAULTS).await.is(200), &json!({"deleted": 0}));

    for _ in 0..100 {
        let fault = json!({"fault": "acquirer.timeout-before", "next": 1});
        Answer::of(shop.request(Method::POST, FAULTS).json(&fault)).await.is(201);
    }
    let one_more = json!({"fault": "acquirer.timeout-before", "next": 1});
    Answer::of(shop.request(Method::POST, FAULTS).json(&one_more)).await.names_field("fault");
    stack.stop().await;
}

#[tokio::test]
async fn what_is_no_fault_is_refused_with_its_field() {
    let shop = alone().await;
    let timeout = |rest: Value| {
        let mut fault = json!({"fault": "acquirer.timeout-before", "next": 1, "msn": "1"});
        fault.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        fault
    };
    let table = [
        (json!({}), "fault"),
        (json!({"fault": "acquirer.decline", "msn": "1"}), "next"),
        (json!({"fault": "acquirer.decline", "next": 1, "msn": "1"}), "code"),
        (json!({"fault": "acquirer.late", "next": 1, "msn": "1"}), "delay"),
        (json!({"fault": "acquirer.late", "delay": "61s", "next": 1, "msn": "1"}), "delay"),
        (json!({"fault": "acquirer.late", "delay": "0s", "next": 1, "msn": "1"}), "delay"),
        (json!({"fault": "acquirer.late", "delay": "-1s", "next": 1, "msn": "1"}), "delay"),
        (json!({"fault": "delivery.late", "next": 1, "msn": "1"}), "delay"),
        (json!({"fault": "delivery.lost", "delay": "1s", "next": 1, "msn": "1"}), "delay"),
        (json!({"fault": "delivery.lost", "operations": ["CAPTURE"], "next": 1, "msn": "1"}), "operations"),
        (timeout(json!({"fault": "payment.late"})), "fault"),
        (timeout(json!({"code": "INVALID_CARD"})), "code"),
        (timeout(json!({"delay": "1s"})), "delay"),
        (timeout(json!({"next": 0})), "next"),
        (timeout(json!({"next": -1})), "next"),
        (timeout(json!({"next": 1_000_001})), "next"),
        (timeout(json!({"share": {"perMille": 1, "seed": 1}})), "next"),
        (timeout(json!({"next": null, "share": {"perMille": 0, "seed": 1}})), "share.perMille"),
        (timeout(json!({"next": null, "share": {"perMille": 1001, "seed": 1}})), "share.perMille"),
        (timeout(json!({"next": null, "share": {"perMille": 1}})), "share.seed"),
        (timeout(json!({"operations": ["PAY"]})), "operations[0]"),
        (timeout(json!({"msn": "no such unit!"})), "msn"),
        (timeout(json!({"msn": 1})), "msn"),
    ];
    for (fault, field) in table {
        let answer = Answer::of(shop.request(Method::POST, FAULTS).json(&fault)).await;
        assert_eq!(answer.status, 400, "{fault}: {}", answer.text);
        answer.names_field(field);
    }
    for fault_id in ["1", "01234567", "%FF"] {
        end(&shop, &format!("{FAULTS}/{fault_id}")).await.names_field("faultId");
    }
}

#[tokio::test]
async fn nobody_disturbs_anything_without_a_token() {
    let shop = Shop::named("full").await;
    let fault = json!({"fault": "acquirer.timeout-before", "next": 1, "msn": "1"});
    Answer::of(shop.bare(Method::POST, FAULTS).json(&fault)).await.problem(401);
    for (method, path) in [
        (Method::GET, FAULTS.to_owned()),
        (Method::DELETE, FAULTS.to_owned()),
        (Method::DELETE, format!("{FAULTS}/01234567-89ab-cdef-0123-456789abcdef")),
    ] {
        Answer::of(shop.bare(method, &path)).await.problem(401);
    }
    let wrong = Answer::of(shop.request(Method::PUT, FAULTS)).await;
    assert_eq!(wrong.status, 405, "{}", wrong.text);
}
