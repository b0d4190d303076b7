//! Names whose addresses change, do not come, or are none.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::{PUBLIC, Receiver, always, bent, call, ip};
use crate::{Call, Egress, Error, Phase, Policy, Resolver};

const URL: &str = "https://shop.example.com/callback";

#[tokio::test]
async fn a_name_that_changes_after_it_was_judged_changes_nothing() {
    let receiver = Receiver::start(|_stream| async {}).await;
    let (egress, detour) = bent(Policy::default(), receiver.address);
    let asked = Arc::new(AtomicUsize::new(0));
    let times = Arc::clone(&asked);
    let egress = egress.with_resolver(Resolver::given(move |_name| {
        let first = times.fetch_add(1, Ordering::SeqCst) == 0;
        async move { Ok(vec![ip(if first { PUBLIC } else { "169.254.169.254" })]) }
    }));

    let error = egress.send(call(URL)).await.unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    assert_eq!(asked.load(Ordering::SeqCst), 1, "it was judged and dialled by the same answer");
    assert_eq!(detour.dialled(), [format!("{PUBLIC}:443").parse().unwrap()]);

    let error = egress.send(call(URL)).await.unwrap_err();
    assert!(matches!(error, Error::Address { address } if address == ip("169.254.169.254")), "{error:?}");
    assert_eq!(detour.dialled().len(), 1, "the next call judges anew");
}

#[tokio::test]
async fn a_lookup_that_never_ends_ends_with_the_limit() {
    let egress =
        Egress::new(Policy::default()).with_resolver(Resolver::given(|_name| std::future::pending()));
    let error = egress.send(Call { limit: Duration::from_millis(50), ..call(URL) }).await.unwrap_err();
    assert!(matches!(error, Error::Timeout { during: Phase::Resolving }), "{error:?}");
    assert!(!error.connected());
}

#[tokio::test]
async fn a_name_without_an_address_is_not_called() {
    let egress = Egress::new(Policy::default());
    let failing = Resolver::given(|_name| async { Err(io::Error::from(io::ErrorKind::NotFound)) });
    let error = egress.clone().with_resolver(failing).send(call(URL)).await.unwrap_err();
    assert!(matches!(error, Error::Resolve(_)) && !error.connected(), "{error:?}");
    let error = egress.with_resolver(always(&[])).send(call(URL)).await.unwrap_err();
    assert!(matches!(error, Error::NoAddress) && !error.connected(), "{error:?}");
}

#[tokio::test]
async fn at_most_four_addresses_of_a_name_are_tried() {
    // Nobody listens where the road leads.
    let (egress, detour) = bent(Policy::default(), "127.0.0.1:1".parse().unwrap());
    let egress =
        egress.with_resolver(always(&["8.8.8.1", "8.8.8.2", "8.8.8.3", "8.8.8.4", "8.8.8.5", "8.8.8.6"]));
    let error = egress.send(call(URL)).await.unwrap_err();
    assert!(matches!(error, Error::Connect(_)) && !error.connected(), "{error:?}");
    assert_eq!(detour.dialled().len(), 4);
}

#[cfg(feature = "sandbox")]
mod sandbox {
    use std::net::Ipv4Addr;

    use tokio::io::AsyncWriteExt;
    use tokio::net::{TcpListener, TcpSocket, TcpStream};

    use super::super::read_request;
    use super::{Egress, Policy, always, call};
    use crate::Loopback;

    #[tokio::test]
    async fn localhost_is_found_by_the_systems_resolver() {
        let receiver = super::Receiver::start(|mut stream| async move {
            read_request(&mut stream).await;
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        })
        .await;
        let egress = Egress::new(Policy { loopback: Loopback::Allowed });
        let url = format!("http://localhost:{}/", receiver.address.port());
        assert_eq!(egress.send(call(&url)).await.unwrap().address, receiver.address);
    }

    #[tokio::test]
    async fn an_address_that_swallows_packets_leaves_time_for_the_next() {
        // A listener whose queue is full lets further callers wait without a word.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let deaf = socket.listen(1).unwrap();
        let address = deaf.local_addr().unwrap();
        let mut waiting = Vec::new();
        while let Ok(stream) =
            tokio::time::timeout(super::Duration::from_millis(200), TcpStream::connect(address)).await
        {
            waiting.push(stream.unwrap());
        }

        let good = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), address.port())).await.unwrap();
        let serve = async {
            let (mut stream, _) = good.accept().await.unwrap();
            read_request(&mut stream).await;
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        };
        let egress = Egress::new(Policy { loopback: Loopback::Allowed })
            .with_resolver(always(&["127.0.0.1", "127.0.0.2"]));
        let url = format!("http://shop.example.com:{}/", address.port());
        let slow = crate::Call { limit: super::Duration::from_secs(4), ..call(&url) };
        let (answer, ()) = tokio::join!(egress.send(slow), serve);
        assert_eq!(answer.unwrap().address, good.local_addr().unwrap());
    }
}
