use kvitt_proto::{
    error::v1::Reason,
    ordermanagement::v1::{GetOrderRequest, order_management_service_client::OrderManagementServiceClient},
    refusal,
};
use kvitt_testing::TestDatabase;

use super::*;

#[tokio::test]
async fn nothing_is_told_without_a_token_and_the_service_stops_when_told() {
    let database = TestDatabase::create("ordermanagement", &MIGRATIONS).await;
    let nobody = "http://127.0.0.1:1";
    let config = Config {
        listen: ([127, 0, 0, 1], 0).into(),
        database_url: database.url().clone(),
        access_url: nobody.to_owned(),
        merchant_url: nobody.to_owned(),
        payment_url: nobody.to_owned(),
        service_secret: "secret".to_owned().into(),
        sandbox: false,
        process: kvitt_runtime::Process::default(),
    };
    let listener = TcpListener::bind(config.listen).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shutdown = CancellationToken::new();
    let ended = tokio::spawn(run(config, listener, Clock::system(), shutdown.clone()));
    let mut client = OrderManagementServiceClient::new(kvitt_runtime::channel(&url).unwrap());
    let refused = client.get_order(GetOrderRequest::default()).await;
    assert_eq!(refusal::reason_of(&refused.unwrap_err()), Some(Reason::TokenMissing));
    shutdown.cancel();
    ended.await.unwrap().unwrap();
}
