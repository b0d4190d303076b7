use kvitt_proto::{
    error::v1::Reason,
    merchant::v1::{self, merchant_service_client::MerchantServiceClient},
    refusal,
};
use kvitt_testing::TestDatabase;

use super::*;

#[tokio::test]
async fn nothing_is_told_without_a_token_and_the_service_stops_when_told() {
    let database = TestDatabase::create("merchant", &MIGRATIONS).await;
    let config = Config {
        listen: ([127, 0, 0, 1], 0).into(),
        database_url: database.url().clone(),
        access_url: "http://127.0.0.1:1".to_owned(),
        service_secret: "secret-of-merchant".to_owned().into(),
        sandbox: false,
        test_unit_delay_seconds: 120,
        process: kvitt_runtime::Process::default(),
    };
    let listener = TcpListener::bind(config.listen).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shutdown = CancellationToken::new();
    let ended = tokio::spawn(run(config, listener, Clock::system(), shutdown.clone()));
    let mut client = MerchantServiceClient::new(kvitt_runtime::channel(&url).unwrap());
    let refused = client.get_sales_unit(v1::GetSalesUnitRequest { msn: "123456".to_owned() }).await;
    assert_eq!(refusal::reason_of(&refused.unwrap_err()), Some(Reason::TokenMissing));
    shutdown.cancel();
    ended.await.unwrap().unwrap();
}
