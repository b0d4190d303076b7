//! Certificates for tests of mutual TLS, made anew for each. Only ever a dev-dependency.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The beginning of HTTP/2: the preface, and settings that set nothing.
const GREETING: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// An authority that signs certificates, and that some trust.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key, both PEM.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The certificate.
    pub cert: String,
    /// Its key.
    pub key: String,
}

/// The three files that a process is given, in a folder that is replaced as a whole, as Kubernetes does it.
#[derive(Debug)]
pub struct CertificateFiles {
    folder: PathBuf,
}

impl Authority {
    /// A new one, whom nobody trusts yet.
    pub fn create() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no name is no bad name");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key can be made");
        Self { issuer: CertifiedIssuer::self_signed(params, key).expect("a certificate can be signed") }
    }

    /// Its own certificate, PEM.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate for these names, DNS names or addresses, that is valid now.
    pub fn certify(&self, names: &[&str]) -> Certificate {
        self.sign(&Self::params(names))
    }

    /// One that was valid once.
    pub fn certify_long_ago(&self, names: &[&str]) -> Certificate {
        let mut params = Self::params(names);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
        self.sign(&params)
    }

    /// Whether a server hears what one says to it who has this certificate, or none, and keeps to no rule of ours: whether
    /// it answers the beginning of HTTP/2. The server's own certificate has to be valid for its address.
    pub async fn is_heard(&self, address: SocketAddr, own: Option<&Certificate>) -> bool {
        self.greet(address, own).await.is_some()
    }

    async fn greet(&self, address: SocketAddr, own: Option<&Certificate>) -> Option<()> {
        let stream = TcpStream::connect(address).await.ok()?;
        let name = ServerName::from(address.ip());
        let mut stream = TlsConnector::from(Arc::new(self.client(own))).connect(name, stream).await.ok()?;
        stream.write_all(GREETING).await.ok()?;
        stream.read_u8().await.ok().map(drop)
    }

    fn client(&self, own: Option<&Certificate>) -> ClientConfig {
        let der = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).expect("it was made here");
        let mut roots = RootCertStore::empty();
        roots.add(der(&self.pem())).expect("it is an authority's");
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring knows them")
            .with_root_certificates(roots);
        let mut config = match own {
            Some(Certificate { cert, key }) => {
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("it was made here");
                builder.with_client_auth_cert(vec![der(cert)], key).expect("the key is the certificate's")
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        config
    }

    fn params(names: &[&str]) -> CertificateParams {
        CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
            .expect("the names of tests are good")
    }

    fn sign(&self, params: &CertificateParams) -> Certificate {
        let key = KeyPair::generate().expect("a key can be made");
        let cert = params.signed_by(&key, &self.issuer).expect("a certificate can be signed");
        Certificate { cert: cert.pem(), key: key.serialize_pem() }
    }
}

impl CertificateFiles {
    /// Files in `folder` that hold the certificate, and whom its owner trusts.
    pub fn write(folder: &Path, certificate: &Certificate, trusted: &[&Authority]) -> Self {
        fs::create_dir_all(folder).expect("a folder can be made");
        let files = Self { folder: folder.to_owned() };
        for name in ["tls.crt", "tls.key", "ca.crt"] {
            symlink(Path::new("now").join(name), folder.join(name)).expect("a link can be made");
        }
        files.replace(certificate, trusted);
        files
    }

    /// Puts others in their place, all three at once.
    pub fn replace(&self, certificate: &Certificate, trusted: &[&Authority]) {
        let trusted: String = trusted.iter().map(|authority| authority.pem()).collect();
        self.swap(&[("tls.crt", &certificate.cert), ("tls.key", &certificate.key), ("ca.crt", &trusted)]);
    }

    /// Puts something in their place that is no certificate.
    pub fn spoil(&self) {
        self.swap(&[("tls.crt", "nothing"), ("tls.key", "nothing"), ("ca.crt", "nothing")]);
    }

    /// The certificate's file.
    pub fn cert(&self) -> PathBuf {
        self.folder.join("tls.crt")
    }

    /// The key's file.
    pub fn key(&self) -> PathBuf {
        self.folder.join("tls.key")
    }

    /// The file of those who are trusted.
    pub fn ca(&self) -> PathBuf {
        self.folder.join("ca.crt")
    }

    fn swap(&self, contents: &[(&str, &str)]) {
        let fresh = uuid::Uuid::new_v4().simple().to_string();
        let link = self.folder.join(format!("{fresh}.link"));
        fs::create_dir(self.folder.join(&fresh)).expect("a folder can be made");
        for (name, content) in contents {
            fs::write(self.folder.join(&fresh).join(name), content).expect("a file can be written");
        }
        symlink(&fresh, &link).expect("a link can be made");
        fs::rename(&link, self.folder.join("now")).expect("a link can be replaced");
    }
}
