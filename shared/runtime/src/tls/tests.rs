use kvitt_certificates::{Authority, Certificate, CertificateFiles};
use tempfile::TempDir;

use super::*;
use crate::caller::ServiceName;

/// Files that hold this certificate.
struct Held {
    files: CertificateFiles,
    _folder: TempDir,
}

impl Held {
    fn new(certificate: &Certificate, trusted: &[&Authority]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { files: CertificateFiles::write(folder.path(), certificate, trusted), _folder: folder }
    }

    fn load(&self) -> Result<Tls, InvalidFiles> {
        let (cert, key, ca) = (self.files.cert(), self.files.key(), self.files.ca());
        Tls::load(TlsFiles { cert, key, ca })
    }
}

/// What a look finds when the time for one has come.
async fn look(tls: &Tls) -> Arc<Pair> {
    tls.shared.looked.lock().await.at = Instant::now() - LOOK_EVERY;
    tls.look().await;
    tls.current()
}

fn refused(held: &Held) -> String {
    held.load().unwrap_err().to_string()
}

#[tokio::test]
async fn a_certificate_says_whose_it_is() {
    let authority = Authority::create();
    let own =
        |names: &[&str]| Held::new(&authority.certify(names), &[&authority]).load().map(|tls| tls.own_name());
    let names = ["payment.kvitt.svc", "payment", "127.0.0.1", "payment.kvitt.svc.cluster.local"];
    assert_eq!(own(&names).unwrap(), PeerName::Service(ServiceName::Payment));
    assert_eq!(own(&["client"]).unwrap(), PeerName::Client);
    for nobody in
        [&["payment.kvitt.svc"][..], &["payments"], &["*.kvitt.svc"], &["payment", "qr"], &["qr", "client"]]
    {
        let refused = own(nobody).unwrap_err();
        assert!(matches!(refused, InvalidFiles::Nobody), "{nobody:?}: {refused}");
    }
}

#[tokio::test]
async fn files_that_cannot_be_used_are_refused_by_the_name_of_their_variable() {
    let (authority, other) = (Authority::create(), Authority::create());
    let (one, another) = (authority.certify(&["payment"]), authority.certify(&["payment"]));
    let mixed = Certificate { key: another.key, ..one.clone() };
    let rule = "KVITT_TLS_KEY: the key must be the one of the certificate in KVITT_TLS_CERT";
    assert_eq!(refused(&Held::new(&mixed, &[&authority])), rule);
    let keyless = Certificate { key: String::new(), ..one.clone() };
    assert_eq!(
        refused(&Held::new(&keyless, &[&authority])),
        "KVITT_TLS_KEY: the file must hold a private key in PEM"
    );
    assert_eq!(refused(&Held::new(&one, &[])), "KVITT_TLS_CA: the file must hold a certificate in PEM");
    let nothing = Certificate { cert: "nothing".to_owned(), ..one.clone() };
    assert_eq!(
        refused(&Held::new(&nothing, &[&other])),
        "KVITT_TLS_CERT: the file must hold a certificate in PEM"
    );
    let gone = Held::new(&one, &[&authority]);
    std::fs::remove_file(gone.files.ca()).unwrap();
    assert!(refused(&gone).starts_with("KVITT_TLS_CA: "));
}

#[tokio::test]
async fn new_files_are_taken_and_broken_ones_are_not() {
    let authority = Authority::create();
    let held = Held::new(&authority.certify(&["payment"]), &[&authority]);
    let tls = held.load().unwrap();
    let first = tls.current();
    assert!(Arc::ptr_eq(&first, &look(&tls).await), "nothing has changed");

    held.files.spoil();
    assert!(Arc::ptr_eq(&first, &look(&tls).await), "what is broken is not taken");
    std::fs::remove_file(held.files.cert()).unwrap();
    assert!(Arc::ptr_eq(&first, &look(&tls).await), "nor what is not there");

    let folder = tempfile::tempdir().unwrap();
    let whole = CertificateFiles::write(folder.path(), &authority.certify(&["qr"]), &[&authority]);
    std::os::unix::fs::symlink(whole.cert(), held.files.cert()).unwrap();
    held.files.replace(&authority.certify(&["payment"]), &[&authority]);
    assert!(
        Arc::ptr_eq(&first, &look(&tls).await),
        "a certificate with the key of another one is broken, too"
    );
    std::fs::remove_file(held.files.key()).unwrap();
    std::os::unix::fs::symlink(whole.key(), held.files.key()).unwrap();
    assert!(!Arc::ptr_eq(&first, &look(&tls).await));
    assert_eq!(tls.own_name(), PeerName::Service(ServiceName::Qr));
}

#[tokio::test]
async fn nobody_looks_twice_in_a_moment() {
    let authority = Authority::create();
    let held = Held::new(&authority.certify(&["payment"]), &[&authority]);
    let tls = held.load().unwrap();
    let first = tls.server().await;
    held.files.replace(&authority.certify(&["payment"]), &[&authority]);
    tls.shared.looked.lock().await.at = Instant::now() + LOOK_EVERY;
    assert!(Arc::ptr_eq(&first, &tls.server().await));
    look(&tls).await;
    assert!(!Arc::ptr_eq(&first, &tls.server().await));
}
