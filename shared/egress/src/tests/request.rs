//! What a merchant's server gets to see.

use http::{HeaderMap, HeaderValue, Method, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::{Receiver, always, call, read_request};
use crate::{Call, Egress, Loopback, Policy};

/// A server that answers and passes on what it was asked.
async fn listening() -> (Receiver, mpsc::UnboundedReceiver<String>) {
    let (heard, requests) = mpsc::unbounded_channel();
    let receiver = Receiver::start(move |mut stream: TcpStream| {
        let heard = heard.clone();
        async move {
            heard.send(read_request(&mut stream).await).unwrap();
            stream.write_all(b"HTTP/1.1 201 Made\r\nx-id: 7\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
            // The other side says that it is done; what would be left of it is heard as well.
            let mut rest = String::new();
            stream.read_to_string(&mut rest).await.unwrap();
            heard.send(rest).unwrap();
        }
    })
    .await;
    (receiver, requests)
}

fn sandbox() -> Egress {
    Egress::new(Policy { loopback: Loopback::Allowed })
}

#[tokio::test]
async fn the_request_is_what_was_asked_for_and_no_more() {
    let (receiver, mut requests) = listening().await;
    let url = format!("http://Shop.Example.com.:{}/a%20b/å?q={{1}}|%2F", receiver.address.port());
    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::from_static("token verbatim"));
    headers.insert("content-type", HeaderValue::from_static("application/json;charset=UTF-8"));
    let call = Call { headers, body: b"{\"a\":1}".to_vec(), ..call(&url) };
    let answer = sandbox().with_resolver(always(&["127.0.0.1"])).send(call).await.unwrap();

    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.headers["x-id"], "7");
    assert_eq!(answer.body, b"ok");
    assert_eq!(answer.address, receiver.address);
    let request = requests.recv().await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<&str> = head.lines().collect();
    assert_eq!(lines.remove(0), "POST /a%20b/%C3%A5?q={1}|%2F HTTP/1.1");
    lines.sort_unstable();
    let host = format!("host: shop.example.com:{}", receiver.address.port());
    assert_eq!(
        lines,
        [
            "authorization: token verbatim",
            "connection: close",
            "content-length: 7",
            "content-type: application/json;charset=UTF-8",
            host.as_str(),
        ]
    );
    assert_eq!(body, "{\"a\":1}");
    assert_eq!(requests.recv().await.unwrap(), "", "the connection is closed, and nothing more was said");
}

#[tokio::test]
async fn headers_that_frame_the_message_are_not_the_callers_to_set() {
    let (receiver, mut requests) = listening().await;
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("host", "169.254.169.254"),
        ("content-length", "0"),
        ("transfer-encoding", "chunked"),
        ("connection", "keep-alive, upgrade"),
        ("upgrade", "h2c"),
        ("expect", "100-continue"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let url = format!("http://{}/", receiver.address);
    sandbox().send(Call { headers, ..call(&url) }).await.unwrap();
    let request = requests.recv().await.unwrap();
    let (head, _) = request.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<&str> = head.lines().skip(1).collect();
    lines.sort_unstable();
    assert_eq!(lines, ["connection: close", "content-length: 2", &format!("host: {}", receiver.address)]);
}

#[tokio::test]
async fn a_get_has_no_body() {
    let (receiver, mut requests) = listening().await;
    let url = format!("http://{}", receiver.address);
    sandbox().send(Call { method: Method::GET, body: Vec::new(), ..call(&url) }).await.unwrap();
    let request = requests.recv().await.unwrap();
    assert!(request.starts_with("GET / HTTP/1.1\r\n") && !request.contains("content-length"), "{request}");
}

#[tokio::test]
async fn whoever_stops_waiting_leaves_no_connection_behind() {
    let (gone, mut ended) = mpsc::unbounded_channel();
    let receiver = Receiver::start(move |mut stream: TcpStream| {
        let gone = gone.clone();
        async move {
            read_request(&mut stream).await;
            gone.send(()).unwrap();
            assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
            gone.send(()).unwrap();
        }
    })
    .await;
    let url = format!("http://{}/", receiver.address);
    let egress = sandbox();
    tokio::select! {
        outcome = egress.send(call(&url)) => panic!("{outcome:?}"),
        _heard = ended.recv() => {}
    }
    assert_eq!(ended.recv().await, Some(()));
}
