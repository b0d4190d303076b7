use kvitt_tests::{Answer, Shop};
use reqwest::Method;

#[tokio::test]
async fn the_gateway_is_healthy_when_every_service_is() {
    let shop = Shop::named("full").await;
    let answer = Answer::of(shop.bare(Method::GET, "/health")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}
