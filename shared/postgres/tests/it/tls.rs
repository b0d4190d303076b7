//! A server that is reached through TLS, as another machine's is.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use kvitt_certificates::{Authority, Certificate};
use kvitt_postgres::{connect, server::PrivateServer, unavailable};
use kvitt_testing::TestServer;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What asks for TLS: a length and a number (PostgreSQL's manual, "Message Formats", SSLRequest).
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Stands before the server's socket and ends TLS.
async fn front(server: &PrivateServer, certificate: Certificate) -> SocketAddr {
    let cert = CertificateDer::from_pem_slice(certificate.cert.as_bytes()).expect("it was made here");
    let key = PrivateKeyDer::from_pem_slice(certificate.key.as_bytes()).expect("it was made here");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring knows them")
        .with_no_client_auth()
        .with_single_cert(vec![cert], key)
        .expect("the key is the certificate's");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
    let address = listener.local_addr().expect("it listens");
    let url = server.url("postgres");
    let (_, sockets) = url.expose_secret().split_once("host=").expect("it is behind a socket");
    let sockets = sockets.split('&').next().expect("the folder of the socket");
    let socket = PathBuf::from(sockets).join(".s.PGSQL.5432");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(pass(stream, acceptor.clone(), socket.clone()));
        }
    });
    address
}

async fn pass(mut stream: TcpStream, acceptor: TlsAcceptor, socket: PathBuf) -> std::io::Result<()> {
    let mut request = [0; SSL_REQUEST.len()];
    stream.read_exact(&mut request).await?;
    assert_eq!(request, SSL_REQUEST, "nothing is said in the clear");
    stream.write_all(b"S").await?;
    let mut stream = acceptor.accept(stream).await?;
    copy_bidirectional(&mut stream, &mut UnixStream::connect(socket).await?).await.map(drop)
}

fn url(host: &str, port: u16, rest: &str) -> SecretString {
    SecretString::from(format!("postgres://kvitt@{host}:{port}/postgres?{rest}"))
}

async fn answer(url: &SecretString) -> Result<i32, sqlx::Error> {
    let pool = connect(url, 1).expect("the URL is good");
    let answer = sqlx::query_scalar("SELECT 1").fetch_one(&pool).await;
    pool.close().await;
    answer
}

#[tokio::test]
async fn a_server_is_proven_by_the_authority_that_its_url_names() {
    let (ours, another) = (Authority::create(), Authority::create());
    let address = front(TestServer::shared().await, ours.certify(&["127.0.0.1"])).await;
    let folder = tempfile::tempdir().expect("the folder for temporary files is writable");
    let file = |name: &str, authority: &Authority| {
        let file = folder.path().join(name);
        std::fs::write(&file, authority.pem()).expect("it is writable");
        file.display().to_string()
    };
    let (trusted, other) = (file("ca.crt", &ours), file("other.crt", &another));
    let full = |ca: &str| format!("sslmode=verify-full&sslrootcert={ca}");
    let good = url("127.0.0.1", address.port(), &full(&trusted));
    assert_eq!(answer(&good).await.expect("it is proven"), 1);
    // What a database's URL says of TLS holds for the others on that server.
    let same = kvitt_postgres::database_url(&good, "postgres").expect("the URL is good");
    assert_eq!(answer(&same).await.expect("it is proven"), 1);
    for doubtful in [
        url("127.0.0.1", address.port(), &full(&other)),
        url("127.0.0.1", address.port(), "sslmode=verify-full"),
        url("localhost", address.port(), &full(&trusted)),
    ] {
        let refused = answer(&doubtful).await.expect_err("nobody knows who that is");
        assert!(
            matches!(refused, sqlx::Error::Tls(_) | sqlx::Error::Io(_)) && unavailable(&refused),
            "{refused:?}"
        );
    }
    let missing = url("127.0.0.1", address.port(), &full("/nowhere/ca.crt"));
    assert!(unavailable(&answer(&missing).await.expect_err("there is no such authority")));
}
