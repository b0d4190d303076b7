//! The schemas of an upgrade: `kvitt migrate` runs before it, once or several times at the same moment, and a service that
//! does not migrate itself waits until that is done.

use std::process::{Output, Stdio};

use kvitt_testing::{TestServer, eventually};
use kvitt_tests::processes::Member;
use secrecy::ExposeSecret as _;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tonic_health::pb::health_check_response::ServingStatus;

use crate::health::health;

async fn migrate(server: &str) -> Output {
    let mut command = kvitt_tests::process::kvitt().await;
    command.args(["migrate", "--database-url", server]).stdin(Stdio::null());
    command.output().await.expect("the binary can be started")
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_are_made_once_however_many_make_them_and_services_wait_for_them() {
    let _alone = crate::alone().await;
    let server = TestServer::throwaway().await;
    let url = server.url("postgres").expose_secret().to_owned();
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let merchant = server.url("kvitt_merchant").expose_secret().to_owned();
    let listen = address.to_string();
    let settings = [
        ("KVITT_MERCHANT_LISTEN", "127.0.0.1:0"),
        ("KVITT_MERCHANT_DATABASE_URL", &merchant),
        ("KVITT_MERCHANT_ACCESS_URL", "http://127.0.0.1:9"),
        ("KVITT_MERCHANT_SERVICE_SECRET", "0123456789abcdef"),
        ("KVITT_HEALTH_LISTEN", &listen),
        ("KVITT_MIGRATE", "false"),
    ];
    let mut waiting = Member::Merchant.spawn_with(&settings).await;
    eventually!(health(address).await == Some(ServingStatus::NotServing));

    let (one, other) = tokio::join!(migrate(&url), migrate(&url));
    assert!(one.status.success() && other.status.success(), "{one:?} {other:?}");
    eventually!(health(address).await == Some(ServingStatus::Serving));
    assert!(migrate(&url).await.status.success(), "there is nothing left to do");

    // A later release takes away what this one uses: whoever starts now waits, and says for what.
    waiting.kill().await.unwrap();
    let mut later = PgConnection::connect(&merchant).await.unwrap();
    let contract = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'contract 9998 everything', true, '', 0)";
    later.execute(contract).await.unwrap();
    let mut waiting = Member::Merchant.spawn_with(&settings).await;
    eventually!(health(address).await == Some(ServingStatus::NotServing));
    let refused = migrate(&url).await;
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && told.contains("migration 9999 has taken away what it uses"),
        "{told}"
    );
    later.execute("UPDATE _sqlx_migrations SET description = 'adds' WHERE version = 9999").await.unwrap();
    eventually!(health(address).await == Some(ServingStatus::Serving));

    waiting.kill().await.unwrap();
    let told = waiting.wait_with_output().await.unwrap();
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert_eq!(told.matches("migration 9999 has taken away what it uses").count(), 1, "{told}");
    server.stop().await;
}
