//! The platform as a value: starts, answers, stops, and goes on where it stopped.

use std::{collections::BTreeMap, net::SocketAddr, os::unix::fs::PermissionsExt as _, path::Path};

use kvitt_launcher::{Databases, Ended, Options, Platform, StartError};
use kvitt_runtime::Clock;
use kvitt_testing::{TestServer, eventually};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// A folder that PostgreSQL's user can reach, also when the test runs as root.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("the folder for temporary files is writable");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))
        .expect("the folder for temporary files is writable");
    folder
}

async fn options(data: &Path) -> Options {
    Options {
        databases: Databases::Private(TestServer::durable(&data.join("postgres")).await),
        database_prefix: "kvitt_".to_owned(),
        data_dir: data.to_owned(),
        gateway_port: 0,
        token_life_seconds: 3600,
        rate_limits: true,
        force_approve_express: false,
        clock: Clock::system(),
    }
}

/// The status line of `GET /health`.
async fn health(gateway: SocketAddr) -> String {
    let mut stream = TcpStream::connect(gateway).await.expect("the gateway answers with a status line");
    stream
        .write_all(b"GET /health HTTP/1.1\r\nHost: kvitt\r\nConnection: close\r\n\r\n")
        .await
        .expect("the gateway answers with a status line");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the gateway answers with a status line");
    answer.lines().next().expect("the gateway answers with a status line").to_owned()
}

fn keys(env: &BTreeMap<String, String>) -> Vec<&String> {
    ["CLIENT_ID", "CLIENT_SECRET", "SUBSCRIPTION_KEY", "MSN", "TEST_PHONE"].map(|name| &env[name]).to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_started_platform_is_healthy_and_a_second_start_has_the_same_keys() {
    let folder = folder();
    let first = Platform::start(options(folder.path()).await).await.unwrap();
    assert_eq!(health(first.addresses().gateway).await, "HTTP/1.1 200 OK");
    let env = first.env();
    let names: Vec<&str> = env.keys().map(String::as_str).collect();
    let wanted = "BASE_URL CLIENT_ID CLIENT_SECRET GRPC_ACCESS GRPC_CHECKOUT GRPC_MERCHANT GRPC_ORDERMANAGEMENT \
                  GRPC_PAYMENT GRPC_QR GRPC_SETTLEMENT GRPC_WALLET GRPC_WEBHOOK MSN SUBSCRIPTION_KEY TEST_PHONE VM_NUMBER";
    assert_eq!(names.join(" "), wanted);
    let gateway = first.addresses().gateway;
    first.stop().await.unwrap();
    assert!(TcpStream::connect(gateway).await.is_err());

    let second = Platform::start(options(folder.path()).await).await.unwrap();
    assert_eq!(keys(&second.env()), keys(&env));
    second.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_told() {
    let folder = folder();
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let options = Options { gateway_port: port, ..options(folder.path()).await };
    assert!(matches!(Platform::start(options).await, Err(StartError::PortInUse(told)) if told == port));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_postgresql_is_noticed_and_nothing_is_healthy_any_more() {
    let folder = folder();
    let mut platform = Platform::start(options(folder.path()).await).await.unwrap();
    let process = platform.server().unwrap().postmaster_id().unwrap();
    let kill = format!("kill -9 {process}");
    assert!(std::process::Command::new("/bin/sh").args(["-c", &kill]).status().unwrap().success());
    assert!(matches!(platform.ended().await, Ended::Server(_)));
    let gateway = platform.addresses().gateway;
    eventually!(health(gateway).await.starts_with("HTTP/1.1 503"));
    platform.stop().await.unwrap();
}
