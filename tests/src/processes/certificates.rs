//! Mutual TLS between the processes: a certificate for each, made by the test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kvitt_certificates::{Authority, Certificate, CertificateFiles};
use kvitt_runtime::Process;
use kvitt_runtime::tls::{Tls, TlsFiles};
use tokio::process::Command;

use super::Member;

/// The certificates of a mesh.
#[derive(Debug)]
pub struct Certificates {
    authority: Authority,
    folder: PathBuf,
    files: BTreeMap<Member, CertificateFiles>,
}

impl Certificates {
    /// A certificate for every member, under a new authority.
    pub(super) fn create(folder: &Path) -> Self {
        let (authority, folder) = (Authority::create(), folder.join("certificates"));
        let write = |member: Member| {
            let certificate = authority.certify(&Self::names(member));
            let own = folder.join(format!("{member:?}"));
            (member, CertificateFiles::write(&own, &certificate, &[&authority]))
        };
        let files = Member::PAYMENT_TWICE.into_iter().map(write).collect();
        Self { authority, folder, files }
    }

    /// What a member's certificate is valid for: its service, and the address at which it listens.
    pub fn names(member: Member) -> [&'static str; 2] {
        [member.service(), "127.0.0.1"]
    }

    /// Who signs.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Gives a member another certificate; it still trusts the authority.
    pub fn replace(&self, member: Member, certificate: &Certificate) {
        self.files[&member].replace(certificate, &[&self.authority]);
    }

    /// This process, with a certificate for a name of the mesh, or for none.
    pub fn process(&self, name: &str) -> Process {
        let own = self.folder.join(format!("the test as {name}"));
        if !own.exists() {
            CertificateFiles::write(&own, &self.authority.certify(&[name]), &[&self.authority]);
        }
        let file = |name: &str| own.join(name);
        let files = TlsFiles { cert: file("tls.crt"), key: file("tls.key"), ca: file("ca.crt") };
        Process::with_tls(Tls::load(files).expect("the certificate is good"))
    }

    /// Tells a member's binary of its certificate, and that its peers have theirs.
    pub(super) fn secure(&self, member: Member, command: &mut Command) {
        let plain: Vec<_> = command
            .as_std()
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_str()?.to_owned())))
            .filter(|(_, value)| value.starts_with("http://"))
            .collect();
        for (name, url) in plain {
            command.env(name, url.replace("http://", "https://"));
        }
        let files = &self.files[&member];
        command.env("KVITT_TLS_CERT", files.cert());
        command.env("KVITT_TLS_KEY", files.key());
        command.env("KVITT_TLS_CA", files.ca());
    }
}
