//! The files of certificates, and what is made of them.

use std::path::PathBuf;
use std::sync::Arc;
use std::{fs, io};

use sha2::{Digest as _, Sha256};
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{NoServerSessionStorage, VerifierBuilderError, WebPkiClientVerifier};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore, ServerConfig, version};

use super::{PeerName, Refusal};

/// HTTP/2, which is all that the mesh speaks.
const ALPN: &[u8] = b"h2";

/// How often a set is read again that was replaced while it was read.
const MOST_READS: usize = 5;

/// Where the certificates are: PEM files, which may be replaced while they are in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// This process's certificate, and those between it and the authority.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// The certificates of the authorities that the mesh trusts.
    pub ca: PathBuf,
}

/// Why the files cannot be used. It says which variable of the environment names the file.
#[derive(Debug, thiserror::Error)]
pub enum InvalidFiles {
    /// A file cannot be read.
    #[error("{variable}: {} cannot be read ({source})", .file.display())]
    Unreadable {
        /// What names the file.
        variable: &'static str,
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{variable}: {rule}")]
    Content {
        /// What names the file.
        variable: &'static str,
        /// What it should hold.
        rule: &'static str,
    },
    /// The certificate is nobody's in the mesh.
    #[error(
        "KVITT_TLS_CERT: the certificate must be valid for the name of exactly one service of the mesh, or for \
         '{client}'",
        client = PeerName::CLIENT
    )]
    Nobody,
}

/// The names of the variables of the environment.
const CERT: &str = "KVITT_TLS_CERT";
const KEY: &str = "KVITT_TLS_KEY";
const CA: &str = "KVITT_TLS_CA";

/// Tells sets of files apart without keeping the key.
pub(super) type Digest = [u8; 32];

/// What the files hold.
#[derive(PartialEq, Eq)]
pub(super) struct Bytes {
    cert: Vec<u8>,
    key: Vec<u8>,
    ca: Vec<u8>,
}

/// What is made of them.
pub(super) struct Pair {
    pub(super) server: Arc<ServerConfig>,
    pub(super) client: Arc<ClientConfig>,
    pub(super) own: PeerName,
}

impl TlsFiles {
    /// Reads until two readings agree: half of one set and half of another would fit nobody.
    pub(super) fn read(&self) -> Result<Bytes, InvalidFiles> {
        let mut bytes = self.read_once()?;
        for _ in 0..MOST_READS {
            let again = self.read_once()?;
            if again == bytes {
                break;
            }
            bytes = again;
        }
        Ok(bytes)
    }

    fn read_once(&self) -> Result<Bytes, InvalidFiles> {
        let read = |variable, file: &PathBuf| {
            fs::read(file).map_err(|source| InvalidFiles::Unreadable { variable, file: file.clone(), source })
        };
        Ok(Bytes { cert: read(CERT, &self.cert)?, key: read(KEY, &self.key)?, ca: read(CA, &self.ca)? })
    }
}

impl Bytes {
    pub(super) fn digest(&self) -> Digest {
        let mut digest = Sha256::new();
        for part in [&self.cert, &self.key, &self.ca] {
            digest.update(part.len().to_be_bytes());
            digest.update(part);
        }
        digest.finalize().into()
    }

    /// No session is taken up again: whoever connects shows a certificate that is valid now.
    pub(super) fn pair(&self) -> Result<Pair, InvalidFiles> {
        let provider = Arc::new(ring::default_provider());
        let chain = certificates(CERT, &self.cert)?;
        let own = chain.first().map_or(Err(Refusal::NoName), PeerName::of_certificate);
        let own = own.map_err(|_| InvalidFiles::Nobody)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|_| content(KEY, "the file must hold a private key in PEM"))?;
        let roots = Arc::new(self.roots()?);
        let mismatch =
            |_: rustls::Error| content(KEY, "the key must be the one of the certificate in KVITT_TLS_CERT");
        let versions = [&version::TLS13];
        let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&versions)
            .expect("ring knows TLS 1.3")
            .with_client_cert_verifier(verifier(&roots, &provider)?)
            .with_single_cert(chain.clone(), key.clone_key())
            .map_err(mismatch)?;
        server.alpn_protocols = vec![ALPN.to_vec()];
        server.session_storage = Arc::new(NoServerSessionStorage {});
        server.send_tls13_tickets = 0;
        let mut client = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions)
            .expect("ring knows TLS 1.3")
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)
            .map_err(mismatch)?;
        client.alpn_protocols = vec![ALPN.to_vec()];
        client.resumption = Resumption::disabled();
        Ok(Pair { server: Arc::new(server), client: Arc::new(client), own })
    }

    fn roots(&self) -> Result<RootCertStore, InvalidFiles> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(CA, &self.ca)? {
            roots
                .add(certificate)
                .map_err(|_| content(CA, "each certificate must be one of an authority"))?;
        }
        Ok(roots)
    }
}

fn verifier(
    roots: &Arc<RootCertStore>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn rustls::server::danger::ClientCertVerifier>, InvalidFiles> {
    WebPkiClientVerifier::builder_with_provider(Arc::clone(roots), Arc::clone(provider))
        .build()
        .map_err(|_: VerifierBuilderError| content(CA, "the file must hold a certificate in PEM"))
}

/// At least one.
fn certificates(variable: &'static str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, InvalidFiles> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    all.ok()
        .filter(|all| !all.is_empty())
        .ok_or_else(|| content(variable, "the file must hold a certificate in PEM"))
}

fn content(variable: &'static str, rule: &'static str) -> InvalidFiles {
    InvalidFiles::Content { variable, rule }
}
