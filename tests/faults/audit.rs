//! `kvitt audit` as an operator runs it.

use kvitt_tests::process::{Kvitt, audit};
use kvitt_tests::{Shop, reachable_folder};
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_works_on_a_running_and_on_a_stopped_platform() {
    let _alone = crate::alone().await;
    let folder = reachable_folder();
    let nothing = audit(&folder.path().join("nothing")).await;
    assert_eq!(nothing.status.code(), Some(2), "{nothing:?}");
    assert!(!folder.path().join("nothing").exists(), "nothing is made where nothing is");

    let kvitt = Kvitt::start(folder.path()).await;
    let shop = Shop::of_env(&kvitt.env).await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 4_000).await.is(200);
    let waiting = shop.created(10_000).await;
    let running = audit(folder.path()).await;
    assert_eq!(running.status.code(), Some(0), "{running:?}");
    let socket = kvitt.postgres_socket();
    assert_eq!(kvitt.interrupt().await.code(), Some(0));
    assert!(!socket.exists(), "the server has ended");

    let stopped = audit(folder.path()).await;
    assert_eq!(stopped.status.code(), Some(0), "{stopped:?}");
    let summary = String::from_utf8_lossy(&stopped.stdout).into_owned();
    assert!(summary.starts_with("2 payments, 5 events, 2 operations checked"), "{summary}");
    assert!(summary.ends_with(": 0 findings\n"), "{summary}");
    assert!(!folder.path().join("postgres/cluster/postmaster.pid").exists(), "the audit stops its server");

    let kvitt = Kvitt::start(folder.path()).await;
    let options = PgConnectOptions::new_without_pgpass().socket(kvitt.postgres_socket());
    let options = options.username("kvitt").database("kvitt_payment");
    let mut database = PgConnection::connect_with(&options).await.expect("the private server answers");
    let damage = "UPDATE payments SET amount = 9999 WHERE reference = $1";
    sqlx::query(damage).bind(&waiting).execute(&mut database).await.expect("a payment can be damaged");
    database.close().await.expect("a connection can be closed");
    let damaged = audit(folder.path()).await;
    assert_eq!(damaged.status.code(), Some(1), "{damaged:?}");
    let lines = String::from_utf8_lossy(&damaged.stdout).into_owned();
    assert!(
        lines.contains(&format!("payment {waiting}")) && lines.contains("its row has amount 9999"),
        "{lines}"
    );
    assert_eq!(kvitt.interrupt().await.code(), Some(0));
}
