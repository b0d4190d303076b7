//! PostgreSQL goes and comes back; the platform stays.

use std::os::unix::fs::symlink;
use std::path::Path;

use kvitt_postgres::server::PrivateServer;
use kvitt_testing::{TestServer, eventually};
use kvitt_tests::requests::{fresh_key, modification};
use kvitt_tests::{Answer, Shop, Stack, StackPlan, reachable_folder};
use reqwest::Method;
use secrecy::ExposeSecret as _;

/// Starts the server and makes the link name the folder of its socket, which is another one each time.
async fn start(folder: &Path, link: &Path) -> PrivateServer {
    let server = TestServer::durable(&folder.join("postgres")).await;
    let url = server.url("postgres").expose_secret().to_owned();
    let (_, host) = url.split_once("host=").expect("the URL names the folder of the socket");
    let sockets = host.split('&').next().unwrap_or_default().to_owned();
    if link.is_symlink() {
        std::fs::remove_file(link).expect("the former link can be removed");
    }
    symlink(sockets, link).expect("a link can be made");
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn the_loss_of_the_database_is_answered_503_and_its_return_ends_it() {
    let folder = reachable_folder();
    let link = folder.path().join("socket");
    let server = start(folder.path(), &link).await;
    let url = format!("postgres:///postgres?host={}&user=kvitt", link.display());
    let stack = Stack::own(StackPlan { database_url: Some(url), ..StackPlan::default() }).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let reference = shop.authorized(10_000).await;
    let key = fresh_key();
    let capture = async || {
        let path = format!("/epayment/v1/payments/{reference}/capture");
        Answer::try_of(shop.post_request(&path, &key, &modification("NOK", 4_000))).await.unwrap()
    };
    let health = async || Answer::try_of(shop.bare(Method::GET, "/health")).await.unwrap().status;
    assert_eq!(health().await, 200);

    server.stop().await;
    let refused = capture().await;
    refused.problem(503);
    assert!(refused.headers.contains_key("retry-after"), "{refused:?}");
    let read = Answer::try_of(shop.request(Method::GET, &format!("/epayment/v1/payments/{reference}")))
        .await
        .unwrap();
    read.problem(503);
    eventually!(health().await == 503);

    let server = start(folder.path(), &link).await;
    eventually!(capture().await.status == 200);
    capture().await.is(200);
    eventually!(health().await == 200);
    assert_eq!(shop.sums(&reference).await, [10_000, 4_000, 0, 0]);
    assert_eq!(shop.event_names(&reference).await, ["CREATED", "AUTHORIZED", "CAPTURED"]);
    stack.stop().await;
    server.stop().await;
}
