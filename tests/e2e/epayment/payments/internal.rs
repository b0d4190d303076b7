//! What a merchant sees of a fault of ours: its code, and nothing else.

use kvitt_testing::TestServer;
use kvitt_tests::{Shop, Stack, StackPlan};
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_ours_is_3010_and_says_nothing_of_itself() {
    let server = TestServer::throwaway().await;
    let url = server.url("postgres").expose_secret().to_owned();
    let stack = Stack::own(StackPlan { database_url: Some(url), ..StackPlan::default() }).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let reference = shop.created(1_000).await;
    let pool = kvitt_postgres::connect(&server.url("kvitt_payment"), 1).expect("the URL is ours");
    sqlx::query("ALTER TABLE payments RENAME TO elsewhere").execute(&pool).await.expect("the table is there");
    // Past the tests' usual answers, which take a 500 for a failure of the test.
    let request = shop.request(Method::GET, &format!("/epayment/v1/payments/{reference}"));
    let answer = request.send().await.expect("the gateway answers");
    assert_eq!(answer.status().as_u16(), 500);
    let text = answer.text().await.expect("a body");
    let problem: Value = serde_json::from_str(&text).expect("a problem is JSON");
    assert_eq!(problem["title"], "Internal error");
    assert_eq!(problem["extraDetails"], json!([{"name": "ErrorCode", "reason": "3010"}]));
    assert!(!text.contains("relation") && !text.contains("elsewhere"), "{text}");
    sqlx::query("ALTER TABLE elsewhere RENAME TO payments").execute(&pool).await.expect("the table is there");
    shop.payment(&reference).await.is(200);
    pool.close().await;
    stack.stop().await;
}
