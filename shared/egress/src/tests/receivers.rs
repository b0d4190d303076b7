//! Servers that do not behave.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Receiver, call, read_request};
use crate::{Answer, Beyond, Call, Egress, Error, Loopback, Phase, Policy, Trace};

async fn ask(receiver: &Receiver, limit: Duration) -> Result<Answer, Error> {
    let egress = Egress::new(Policy { loopback: Loopback::Allowed });
    let url = format!("http://{}/callback?token=hemmelig", receiver.address);
    egress.send(Call { limit, ..call(&url) }).await
}

/// Long enough for any machine, where the limit is not what is tried.
const PATIENT: Duration = Duration::from_secs(20);
/// Where it is.
const SHORT: Duration = Duration::from_millis(300);

/// A server that reads the request and then says `answer`, and no more.
async fn saying(answer: &'static str) -> Receiver {
    Receiver::start(move |mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await
}

/// A server that says `first`, and then `again` until it is not heard any more; `pause` lies between.
async fn repeating(
    first: &'static str,
    again: &'static str,
    pause: Duration,
) -> (Receiver, Arc<AtomicUsize>) {
    let written = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&written);
    let receiver = Receiver::start(move |mut stream| {
        let count = Arc::clone(&count);
        async move {
            read_request(&mut stream).await;
            let mut next = first;
            while stream.write_all(next.as_bytes()).await.is_ok() {
                count.fetch_add(next.len(), Ordering::SeqCst);
                next = again;
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
            }
        }
    })
    .await;
    (receiver, written)
}

fn assert_timeout(outcome: &Result<Answer, Error>, started: Instant) {
    assert!(matches!(outcome, Err(Error::Timeout { during: Phase::Answering })), "{outcome:?}");
    assert!(outcome.as_ref().is_err_and(Error::connected));
    assert!(started.elapsed() >= SHORT && started.elapsed() < PATIENT);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left_at_the_limit() {
    let receiver = Receiver::start(|stream: TcpStream| async move {
        let _held = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let started = Instant::now();
    assert_timeout(&ask(&receiver, SHORT).await, started);
}

#[tokio::test]
async fn a_server_that_drips_is_left_at_the_limit() {
    let pause = Duration::from_millis(20);
    for (first, again) in [
        ("\r\n", "\r\n"),
        ("HTTP/1.1 ", ""),
        ("HTTP/1.1 200 OK\r\nx: ", "y"),
        ("HTTP/1.1 200 OK\r\n", "x: y\r\n"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n", "."),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\n.\r\n"),
        ("HTTP/1.1 200 OK\r\n\r\n", "."),
        ("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\n\r\n"),
    ] {
        let (receiver, _) = repeating(first, again, pause).await;
        let started = Instant::now();
        assert_timeout(&ask(&receiver, SHORT).await, started);
    }
}

#[tokio::test]
async fn ten_megabytes_are_not_read() {
    let kilobyte: &str = format!("400\r\n{}\r\n", ".".repeat(1024)).leak();
    for first in [
        "HTTP/1.1 200 OK\r\ncontent-length: 10485760\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 9223372036854775807\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\n\r\n",
    ] {
        let (receiver, written) = repeating(first, kilobyte, Duration::ZERO).await;
        let outcome = ask(&receiver, PATIENT).await;
        assert!(matches!(outcome, Err(Error::AnswerTooLarge)), "{first}: {outcome:?}");
        assert!(outcome.is_err_and(|error| error.connected()));
        // The rest is in buffers of the operating system, and the connection is gone.
        assert!(written.load(Ordering::SeqCst) < 10 * 1024 * 1024, "{first}");
    }
}

#[tokio::test]
async fn an_answer_may_be_exactly_as_large_as_wanted() {
    let receiver = saying("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfour").await;
    let egress = Egress::new(Policy { loopback: Loopback::Allowed });
    let call = |largest_answer| Call { largest_answer, ..call(&format!("http://{}/", receiver.address)) };
    assert_eq!(egress.send(call(4)).await.unwrap().body, b"four");
    assert!(matches!(egress.send(call(3)).await, Err(Error::AnswerTooLarge)));
}

#[tokio::test]
async fn of_an_answer_whose_status_is_all_that_matters_what_came_is_kept() {
    let egress = Egress::new(Policy { loopback: Loopback::Allowed });
    let head = "HTTP/1.1 202 Accepted\r\ncontent-length: 10485760\r\n\r\n";
    for (again, pause) in [("0123456789", Duration::ZERO), ("x", SHORT)] {
        let (receiver, written) = repeating(head, again, pause).await;
        let mut trace = Trace::default();
        let call =
            Call { largest_answer: 8, beyond: Beyond::Cut, ..call(&format!("http://{}/", receiver.address)) };
        let answer = egress.send_traced(call, &mut trace).await.unwrap();
        assert_eq!(answer.status, StatusCode::ACCEPTED);
        assert!(answer.body.len() <= 8 && !answer.body.is_empty(), "{:?}", answer.body);
        assert!(written.load(Ordering::SeqCst) < 10 * 1024 * 1024);
        assert_eq!(trace, Trace { address: Some(receiver.address), tls: false });
    }
}

#[tokio::test]
async fn a_call_that_fails_leaves_the_address_that_was_tried() {
    let egress = Egress::new(Policy { loopback: Loopback::Allowed });
    let mut trace = Trace::default();
    let refused = egress.send_traced(call("http://127.0.0.1:9/"), &mut trace).await;
    assert!(matches!(refused, Err(Error::Connect(_))), "{refused:?}");
    assert_eq!(trace.address, Some("127.0.0.1:9".parse().unwrap()));
    let mut trace = Trace::default();
    let refused = egress.send_traced(call("http://10.0.0.1/"), &mut trace).await;
    assert!(refused.is_err() && trace == Trace::default(), "{refused:?}");
}

#[tokio::test]
async fn what_is_not_http_is_no_answer() {
    for answer in [
        "",
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        "hello, this is no HTTP at all\r\n\r\n",
        "220 mail.example.com ESMTP\r\n",
        "<html>an answer of the year 1991</html>",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 99999 Many\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551615\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello",
    ] {
        let receiver = saying(answer).await;
        let outcome = ask(&receiver, PATIENT).await;
        assert!(matches!(outcome, Err(Error::Http(_))), "{answer:?}: {outcome:?}");
        assert!(outcome.is_err_and(|error| error.connected()));
    }
}

#[tokio::test]
async fn a_head_without_end_is_no_answer() {
    for (first, again) in [
        (
            "HTTP/1.1 200 OK\r\n",
            "x: ....................................................................\r\n",
        ),
        ("HTTP/1.1 200 OK\r\nx: ", "...................................................................."),
        ("HTTP/1.1 200 ", "OK OK OK OK OK OK OK OK OK OK OK OK OK OK OK OK OK OK OK OK OK OK OK OK "),
        ("HTTP/1.1 200 OK\r\n", "a: b\r\nc: d\r\ne: f\r\ng: h\r\ni: j\r\nk: l\r\nm: n\r\no: p\r\nq: r\r\n"),
    ] {
        let (receiver, written) = repeating(first, again, Duration::ZERO).await;
        let outcome = ask(&receiver, PATIENT).await;
        assert!(matches!(outcome, Err(Error::Http(_))), "{outcome:?}");
        assert!(written.load(Ordering::SeqCst) < 10 * 1024 * 1024);
    }
}

#[tokio::test]
async fn a_connection_that_is_reset_is_no_answer() {
    let receiver = Receiver::start(|mut stream: TcpStream| async move {
        read_request(&mut stream).await;
        stream.set_zero_linger().unwrap();
    })
    .await;
    let outcome = ask(&receiver, PATIENT).await;
    assert!(matches!(outcome, Err(Error::Http(_))), "{outcome:?}");
    assert!(outcome.is_err_and(|error| error.connected()));
}

#[tokio::test]
async fn where_nobody_listens_no_connection_is_made() {
    let egress = Egress::new(Policy { loopback: Loopback::Allowed });
    // Port 1 of loopback: no test's listener is ever given it.
    let error = egress.send(call("http://127.0.0.1:1/")).await.unwrap_err();
    assert!(matches!(error, Error::Connect(_)) && !error.connected(), "{error:?}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    for status in ["301", "302", "303", "307", "308"] {
        let second = saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        let places =
            ["http://169.254.169.254/latest/meta-data/".to_owned(), format!("http://{}/", second.address)];
        for place in places {
            let answer = format!("HTTP/1.1 {status} Go\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n");
            let receiver = saying(answer.leak()).await;
            let answer = ask(&receiver, PATIENT).await.unwrap();
            assert_eq!(answer.status.as_str(), status);
            assert_eq!(answer.headers["location"], place);
            assert_eq!((receiver.connections(), second.connections()), (1, 0));
        }
    }
}

#[tokio::test]
async fn an_answer_that_comes_before_the_request_was_read_is_taken() {
    let receiver = Receiver::start(|mut stream: TcpStream| async move {
        stream.read_u8().await.unwrap();
        stream.write_all(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        read_request(&mut stream).await;
    })
    .await;
    let egress = Egress::new(Policy { loopback: Loopback::Allowed });
    let large = Call { body: vec![b'.'; 8 * 1024 * 1024], ..call(&format!("http://{}/", receiver.address)) };
    assert_eq!(egress.send(large).await.unwrap().status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn no_failure_shows_what_was_said_or_where() {
    let egress = Egress::new(Policy { loopback: Loopback::Allowed });
    let refused = egress.send(call("https://ola:hemmelig@shop.example.com/?token=hemmelig")).await;
    let garbage = ask(&saying("hemmelig hemmelig\r\n\r\n").await, PATIENT).await;
    let large = ask(&repeating("HTTP/1.1 200 OK\r\n\r\n", "hemmelig", Duration::ZERO).await.0, PATIENT).await;
    for error in [refused, garbage, large].map(Result::unwrap_err) {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        let shown = format!("{error} {error:?} {cause:?}");
        assert!(!shown.contains("hemmelig") && !shown.contains("callback"), "{shown}");
    }
    let mut call = call("https://shop.example.com/?token=hemmelig");
    call.headers.insert("authorization", "hemmelig".parse().unwrap());
    call.body = b"hemmelig".to_vec();
    assert!(!format!("{call:?}").contains("hemmelig"));
    let answer =
        ask(&saying("HTTP/1.1 200 OK\r\nx: hemmelig\r\ncontent-length: 8\r\n\r\nhemmelig").await, PATIENT)
            .await;
    assert!(!format!("{answer:?}").contains("hemmelig"));
}
