//! `/kvitt/v1/report-subscriptions` and `/kvitt/v1/mails`.

use kvitt_tests::{Answer, Shop};
use reqwest::Method;
use serde_json::json;

use super::{SUBSCRIPTIONS, own, sell_and_close, subscribe};

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_sends_the_report_of_each_date_that_was_paid_out() {
    let (stack, shop) = own().await;
    let body = json!({
        "interval": "DAILY", "emails": ["kari@example.com"], "format": "SETTLEMENT_CSV", "language": "NB",
    });
    let made = subscribe(&shop, &body).await;
    let id = made.is(201)["subscriptionId"].as_str().expect("an id").to_owned();
    let (_, date) = sell_and_close(&stack, &shop).await;
    let mails = shop.get("/kvitt/v1/mails").await;
    let mails = mails.is(200)["mails"].as_array().expect("mails").clone();
    assert_eq!(mails.len(), 1, "{mails:#?}");
    let mail = &mails[0];
    assert_eq!((&mail["subscriptionId"], &mail["sent"]), (&json!(id), &json!(true)));
    assert_eq!((&mail["fromDate"], &mail["toDate"]), (&json!(date), &json!(date)));
    assert_eq!(mail["emails"], json!(["kari@example.com"]));
    assert!(mail["subject"].as_str().expect("a subject").starts_with("Oppgjørsrapport"));
    let message = mail["message"].as_str().expect("a message");
    assert!(
        message.contains("To: kari@example.com\r\n") && message.contains("Content-Disposition: attachment")
    );

    let deleted = shop.request(Method::DELETE, &format!("{SUBSCRIPTIONS}/{id}"));
    assert_eq!(Answer::of(deleted).await.status, 204);
    sell_and_close(&stack, &shop).await;
    let after = shop.get("/kvitt/v1/mails").await;
    assert_eq!(after.is(200)["mails"].as_array().expect("mails").len(), 1);
    stack.stop().await;
}

#[tokio::test]
async fn a_subscription_is_made_changed_listed_and_ended() {
    let shop = Shop::named("full").await;
    let body = json!({"interval": "WEEKLY", "emails": ["Kari@example.com"], "format": "PERIOD_PDF"});
    let made = subscribe(&shop, &body).await;
    let id = made.is(201)["subscriptionId"].as_str().expect("an id").to_owned();
    let as_made = json!({
        "subscriptionId": id, "interval": "WEEKLY", "emails": ["kari@example.com"], "format": "PERIOD_PDF",
        "language": "EN",
    });
    assert_eq!(made.body, as_made);
    let listed = shop.get(SUBSCRIPTIONS).await;
    let listed = listed.is(200)["reportSubscriptions"].as_array().expect("an array").clone();
    assert!(listed.contains(&as_made), "{listed:?}");
    let path = format!("{SUBSCRIPTIONS}/{id}");
    let change = json!({
        "interval": "MONTHLY", "emails": ["ola@example.com"], "format": "CLASSIC_CSV", "language": "FI",
    });
    let changed = Answer::of(shop.request(Method::PUT, &path).json(&change)).await;
    assert_eq!(changed.is(200)["interval"], "MONTHLY");
    assert_eq!(Answer::of(shop.request(Method::DELETE, &path)).await.status, 204);
    assert_eq!(Answer::of(shop.request(Method::DELETE, &path)).await.status, 404);
    Answer::of(shop.request(Method::PUT, &path).json(&change)).await.problem(404);
    let broken = json!({"interval": "HOURLY", "emails": ["kari"], "format": "CLASSIC_XML_ZIP"});
    let refused = subscribe(&shop, &broken).await;
    assert_eq!(refused.problem(400)["extraDetails"][0]["name"], "interval");
    let broken =
        json!({"interval": "DAILY", "emails": ["kari", "kari@example.com"], "format": "CLASSIC_XML_ZIP"});
    let refused = subscribe(&shop, &broken).await;
    let named: Vec<_> = refused.problem(400)["extraDetails"]
        .as_array()
        .expect("fields")
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(named, ["emails[0]", "format"]);
}
