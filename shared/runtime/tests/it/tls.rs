//! Mutual TLS: who may connect, to whom, and as whom.

use kvitt_certificates::{Authority, Certificate, CertificateFiles};
use kvitt_proto::access::v1::IssueServiceTokenRequest;
use kvitt_proto::access::v1::token_service_client::TokenServiceClient;
use kvitt_runtime::tls::{Tls, TlsFiles};
use kvitt_runtime::{Channel, Mesh, MeshConfig, Process, ServiceName, channel};
use tempfile::TempDir;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::LONG;
use crate::support::Running;
use crate::support::access::{SECRET, State};

/// A process's certificate on disk.
struct Files {
    files: CertificateFiles,
    _folder: TempDir,
}

impl Files {
    fn of(certificate: &Certificate, trusted: &[&Authority]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { files: CertificateFiles::write(folder.path(), certificate, trusted), _folder: folder }
    }

    fn process(&self) -> Process {
        let (cert, key, ca) = (self.files.cert(), self.files.key(), self.files.ca());
        Process::with_tls(Tls::load(TlsFiles { cert, key, ca }).unwrap())
    }
}

/// An `access` that takes TLS only.
struct Secured {
    files: Files,
    access: Running,
}

impl Secured {
    async fn start(certificate: &Certificate, trusted: &[&Authority]) -> Self {
        let files = Files::of(certificate, trusted);
        let access = State::new().serve_as(files.process()).await;
        Self { files, access }
    }

    /// A channel of a process with this certificate.
    fn channel(&self, process: Process) -> Channel {
        let access_url = format!("https://{}", self.access.address);
        let config = MeshConfig { access_url: access_url.clone(), service_secret: SECRET.into(), process };
        Mesh::new(ServiceName::Merchant, &config).unwrap().channel(&access_url).unwrap()
    }

    /// Whether one with this certificate, who trusts the same authority, is let in.
    async fn lets_in(&self, certificate: &Certificate, trusted: &Authority) -> Result<(), Status> {
        is_there(self.channel(Files::of(certificate, &[trusted]).process())).await
    }
}

async fn is_there(channel: Channel) -> Result<(), Status> {
    HealthClient::new(channel).check(HealthCheckRequest::default()).await.map(|_| ())
}

/// What is on both sides of a connection on loopback.
fn access_certificate(authority: &Authority) -> Certificate {
    authority.certify(&["access", "127.0.0.1"])
}

#[tokio::test]
async fn whoever_has_a_certificate_of_the_mesh_is_let_in_as_who_it_is() {
    let authority = Authority::create();
    let secured = Secured::start(&access_certificate(&authority), &[&authority]).await;
    let ask = async |name: &str| {
        let process = Files::of(&authority.certify(&[name]), &[&authority]).process();
        let request = IssueServiceTokenRequest { service: "merchant".to_owned(), secret: SECRET.to_owned() };
        TokenServiceClient::new(secured.channel(process)).issue_service_token(request).await
    };
    ask("merchant").await.unwrap();
    let refused = ask("client").await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
    assert!(refused.message().ends_with("may not be called by client"), "{refused}");
}

#[tokio::test]
async fn whoever_has_none_or_another_one_is_refused_and_the_others_go_on() {
    let (authority, other) = (Authority::create(), Authority::create());
    let secured = Secured::start(&access_certificate(&authority), &[&authority]).await;
    let strangers = [
        ("signed by another authority", other.certify(&["merchant"])),
        ("expired", authority.certify_long_ago(&["merchant"])),
    ];
    for (what, certificate) in strangers {
        let refused = secured.lets_in(&certificate, &authority).await.expect_err(what);
        assert_eq!(refused.code(), Code::Unavailable, "{what}: {refused}");
        secured.lets_in(&authority.certify(&["merchant"]), &authority).await.unwrap();
    }
    let plain = channel(&secured.access.url()).unwrap();
    assert_eq!(is_there(plain).await.unwrap_err().code(), Code::Unavailable);
    secured.lets_in(&authority.certify(&["client"]), &authority).await.unwrap();
}

#[tokio::test]
async fn without_a_name_of_the_mesh_nobody_is_anybody() {
    let authority = Authority::create();
    let secured = Secured::start(&access_certificate(&authority), &[&authority]).await;
    let address = secured.access.address;
    for names in [&[][..], &["merchant.kvitt.svc"], &["merchant", "payment"]] {
        assert!(!authority.is_heard(address, Some(&authority.certify(names))).await, "{names:?}");
    }
    assert!(!authority.is_heard(address, None).await, "no certificate at all");
    assert!(authority.is_heard(address, Some(&authority.certify(&["merchant"]))).await);
}

#[tokio::test]
async fn a_server_that_is_not_who_its_url_says_is_not_spoken_to() {
    let (authority, other) = (Authority::create(), Authority::create());
    let table = [
        ("not valid for the host", authority.certify(&["access", "access.kvitt.svc"])),
        ("signed by another authority", access_certificate(&other)),
        ("expired", authority.certify_long_ago(&["access", "127.0.0.1"])),
    ];
    for (what, certificate) in table {
        let secured = Secured::start(&certificate, &[&authority]).await;
        let refused = secured.lets_in(&authority.certify(&["merchant"]), &authority).await.expect_err(what);
        assert_eq!(refused.code(), Code::Unavailable, "{what}: {refused}");
    }
    let plain = State::new().serve().await;
    let secured = Secured { files: Files::of(&access_certificate(&authority), &[&authority]), access: plain };
    let refused = secured.lets_in(&authority.certify(&["merchant"]), &authority).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused}");
}

#[tokio::test]
async fn new_certificates_are_taken_while_what_is_connected_stays() {
    let (old, new) = (Authority::create(), Authority::create());
    let secured = Secured::start(&access_certificate(&old), &[&old]).await;
    let standing = secured.channel(Files::of(&old.certify(&["merchant"]), &[&old]).process());
    is_there(standing.clone()).await.unwrap();

    secured.files.files.replace(&access_certificate(&new), &[&new]);
    let certificate = new.certify(&["merchant"]);
    let taking = async {
        while secured.lets_in(&certificate, &new).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, taking).await.expect("the new ones are taken");
    is_there(standing).await.unwrap();
    let late = secured.lets_in(&old.certify(&["merchant"]), &old).await.unwrap_err();
    assert_eq!(late.code(), Code::Unavailable, "{late}");

    secured.files.files.spoil();
    secured.lets_in(&certificate, &new).await.unwrap();
}
