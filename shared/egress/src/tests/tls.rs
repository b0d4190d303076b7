//! Who the server is, under the policy of production.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::{PUBLIC, Receiver, always, bent, call, read_request};
use crate::{Answer, Call, Egress, Error, Phase, Policy, RootsUnreadable};

/// An authority of the test's own.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn certificate_for(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

/// A server with that certificate.
async fn server(authority: &CertifiedIssuer<'static, KeyPair>, params: CertificateParams) -> Receiver {
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Receiver::start(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            read_request(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
            stream.shutdown().await.unwrap();
        }
    })
    .await
}

/// A call to `url`, which leads to the server, by one who trusts `roots`.
async fn ask(server: &Receiver, roots: Option<&str>, url: &str) -> Result<Answer, Error> {
    let (egress, _) = bent(Policy::default(), server.address);
    let egress = egress.with_resolver(always(&[PUBLIC]));
    let egress =
        roots.map_or_else(|| egress.clone(), |pem| egress.clone().with_roots(pem.as_bytes()).unwrap());
    egress.send(call(url)).await
}

fn is_untrusted(outcome: &Result<Answer, Error>) -> bool {
    matches!(outcome, Err(error @ Error::Tls(_)) if error.connected())
}

#[tokio::test]
async fn a_server_that_proves_its_name_is_called() {
    let authority = authority();
    let server = server(&authority, certificate_for("shop.example.com")).await;
    let answer = ask(&server, Some(&authority.pem()), "https://shop.example.com/").await.unwrap();
    assert_eq!(answer.body, b"ok");
    assert_eq!(answer.address, format!("{PUBLIC}:443").parse().unwrap());
    for url in ["https://SHOP.example.com./", "https://shop.example.com:8443/"] {
        ask(&server, Some(&authority.pem()), url).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_proves_its_address_is_called() {
    let authority = authority();
    let server = server(&authority, certificate_for(PUBLIC)).await;
    ask(&server, Some(&authority.pem()), &format!("https://{PUBLIC}/")).await.unwrap();
    assert!(is_untrusted(&ask(&server, Some(&authority.pem()), "https://8.8.8.8/").await));
}

#[tokio::test]
async fn a_server_with_another_name_is_refused() {
    let authority = authority();
    let server = server(&authority, certificate_for("shop.example.com")).await;
    for url in ["https://example.com/", "https://a.shop.example.com/", "https://shop.example.org/"] {
        let outcome = ask(&server, Some(&authority.pem()), url).await;
        assert!(is_untrusted(&outcome), "{url}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_refused() {
    let (known, unknown) = (authority(), authority());
    let server = server(&unknown, certificate_for("shop.example.com")).await;
    for roots in [None, Some(known.pem())] {
        let outcome = ask(&server, roots.as_deref(), "https://shop.example.com/").await;
        assert!(is_untrusted(&outcome), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_certificate_whose_time_is_over_is_refused() {
    let authority = authority();
    let mut params = certificate_for("shop.example.com");
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2021, 1, 1);
    let server = server(&authority, params).await;
    let outcome = ask(&server, Some(&authority.pem()), "https://shop.example.com/").await;
    assert!(is_untrusted(&outcome), "{outcome:?}");
}

#[tokio::test]
async fn a_server_that_does_not_shake_hands_is_left_at_the_limit() {
    let receiver = Receiver::start(|stream: TcpStream| async move {
        let _held = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let (egress, _) = bent(Policy::default(), receiver.address);
    let short = Call { limit: Duration::from_millis(200), ..call("https://shop.example.com/") };
    let error = egress.with_resolver(always(&[PUBLIC])).send(short).await.unwrap_err();
    assert!(matches!(error, Error::Timeout { during: Phase::Securing }), "{error:?}");
    assert!(error.connected());
}

#[tokio::test]
async fn a_server_without_tls_is_not_told_anything() {
    let (heard, mut said) = tokio::sync::mpsc::unbounded_channel();
    let receiver = Receiver::start(move |mut stream: TcpStream| {
        let heard = heard.clone();
        async move {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            heard.send(read_request(&mut stream).await).unwrap();
        }
    })
    .await;
    let outcome = ask(&receiver, None, "https://shop.example.com/?token=hemmelig").await;
    assert!(is_untrusted(&outcome), "{outcome:?}");
    let said = said.recv().await.unwrap();
    assert!(!said.contains("hemmelig") && !said.contains("POST"), "{said}");
}

#[test]
fn roots_that_are_none_are_refused() {
    let authority = authority();
    let egress = Egress::new(Policy::default());
    let two = format!("{}{}", authority.pem(), authority.pem());
    assert!(egress.clone().with_roots(two.as_bytes()).is_ok());
    let broken = authority.pem().replace("MII", "AAA");
    for pem in ["", "no certificate", broken.as_str()] {
        assert_eq!(egress.clone().with_roots(pem.as_bytes()).err(), Some(RootsUnreadable), "{pem:?}");
    }
}
