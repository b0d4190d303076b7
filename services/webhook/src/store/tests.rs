//! The statements against the schema.

use kvitt_envelope::{
    KeyEncryptionKey, Purpose,
    reseal::{Look, look},
};
use kvitt_primitives::Msn;
use kvitt_proto::webhook::v1::{RegisterWebhookRequest, webhook_service_server::WebhookService as _};
use kvitt_testing::TestDatabase;
use sqlx::AssertSqlSafe;

use super::{ecom, sealed::COLUMNS};
use crate::{
    domain::ecom::{EcomPayment, token_owner},
    fixture::{Fixture, MSN},
};

#[tokio::test]
async fn every_statement_fits_the_schema() {
    let database = TestDatabase::create("webhook", &crate::MIGRATIONS).await;
    kvitt_postgres::prepare_all(database.pool(), &super::statements()).await.unwrap();
}

#[tokio::test]
async fn every_sealed_column_is_known() {
    let database = TestDatabase::create("webhook", &crate::MIGRATIONS).await;
    let sealed = "
        SELECT table_name || '.' || column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND column_name LIKE '%sealed%'
        ORDER BY 1";
    let sealed: Vec<String> = sqlx::query_scalar(sealed).fetch_all(database.pool()).await.unwrap();
    let mut known: Vec<_> = COLUMNS.iter().map(|column| column.name).collect();
    known.sort_unstable();
    assert_eq!(sealed, known);
}

#[tokio::test]
async fn what_stands_sealed_follows_another_key_encryption_key() {
    let fixture = Fixture::start().await;
    let register = RegisterWebhookRequest {
        msn: MSN.to_owned(),
        url: "https://shop.example/hook".to_owned(),
        events: vec!["epayments.payment.captured.v1".to_owned()],
        standard_webhooks: false,
    };
    fixture.grpc().register_webhook(crate::fixture::by_client(register)).await.unwrap();
    let (pool, msn, now): (_, Msn, _) = (fixture.database.pool(), MSN.parse().unwrap(), fixture.now());
    let token = fixture.app.key.seal_text(Purpose::CallbackToken, token_owner(&msn), "token").unwrap();
    let payment = EcomPayment {
        url: "https://shop.example/callback".to_owned(),
        sealed_token: Some(token.clone()),
        express: false,
        direct_capture: false,
        declined: None,
    };
    let mut connection = pool.acquire().await.unwrap();
    ecom::keep(&mut connection, &(msn.clone(), "order-1".to_owned()), &payment, now).await.unwrap();
    ecom::name_removal(&mut connection, &msn, ("https://shop.example", Some(&token))).await.unwrap();
    let deliveries = "
        INSERT INTO deliveries
            (msn, endpoint_id, reference, number, delivery_id, kind, url, event_type, event_id, body, incomplete,
            sealed_token, occurred_at, created_at, state, began_at, failures, attempts, next_at)
        SELECT $1, gen_random_uuid(), 'order-1', 1, gen_random_uuid(), 2, '', '', gen_random_uuid(), '', FALSE,
            $2, $3, $3, 1, $3, 0, 0, $3
        FROM generate_series(1, 700)";
    let made =
        sqlx::query(deliveries).bind(MSN).bind(&token).bind(now).execute(&mut *connection).await.unwrap();
    let all = made.rows_affected() + 3;
    for column in COLUMNS {
        let (table, name) = column.name.split_once('.').unwrap();
        let count = AssertSqlSafe(format!("SELECT count({name}) FROM {table}"));
        assert!(sqlx::query_scalar::<_, i64>(count).fetch_one(pool).await.unwrap() > 0, "{}", column.name);
    }
    let (old, new) = ("5a".repeat(32), "6b".repeat(32));
    let key = |digits: String| KeyEncryptionKey::try_new(&digits.into()).unwrap();
    let (both, new) = (key(format!("{new},{old}")), key(new));
    assert_eq!(look(pool, &new, COLUMNS).await.unwrap(), Look { resealed: 0, lost: all });
    assert_eq!(look(pool, &both, COLUMNS).await.unwrap(), Look { resealed: all, lost: 0 });
    assert_eq!(look(pool, &new, COLUMNS).await.unwrap(), Look::default());
}
