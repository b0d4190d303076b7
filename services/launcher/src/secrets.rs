//! The secrets of one installation: made once, kept in its data folder, readable by nobody else.

use std::{collections::BTreeMap, fs, io, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use kvitt_runtime::ServiceName;

use crate::demo;

/// Every secret of an installation.
#[derive(Clone, Deserialize, Serialize)]
pub struct Secrets {
    key_encryption_key: String,
    pepper: String,
    cursor_key: String,
    /// Older installations lack it.
    #[serde(default)]
    webhook_key: String,
    services: BTreeMap<String, String>,
    keys: BTreeMap<String, Keys>,
}

/// A set of API keys. Kinds without subscription keys leave theirs unused.
#[derive(Clone, Deserialize, Serialize)]
pub struct Keys {
    /// GUID of the API client.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: String,
    /// The primary subscription key.
    pub primary: String,
    /// The secondary subscription key.
    pub secondary: String,
}

impl Secrets {
    /// Reads the secrets in `file`, or makes them. Adds what a later version wants and the file lacks.
    pub fn load_or_create(file: &Path) -> io::Result<Self> {
        let known = match Self::load(file) {
            Ok(known) => Some(known),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let mut secrets = known.unwrap_or_else(|| Self {
            key_encryption_key: random_hex(32),
            pepper: random_hex(32),
            cursor_key: random_hex(32),
            webhook_key: String::new(),
            services: BTreeMap::new(),
            keys: BTreeMap::new(),
        });
        if secrets.webhook_key.is_empty() {
            secrets.webhook_key = random_hex(32);
        }
        for service in WITH_SECRET {
            secrets.services.entry(service.as_str().to_owned()).or_insert_with(|| random_hex(32));
        }
        let names = demo::UNITS.iter().map(|unit| unit.name).chain(demo::KEYS.iter().map(|keys| keys.name));
        for name in names {
            secrets.keys.entry(name.to_owned()).or_insert_with(Keys::random);
        }
        write_private(file, &serde_json::to_vec_pretty(&secrets)?)?;
        Ok(secrets)
    }

    /// Reads the secrets in `file`, and changes nothing.
    pub fn load(file: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&fs::read(file)?)?)
    }

    /// What a service proves itself to `access` with, if these secrets are not older than the service.
    pub fn find_service(&self, service: ServiceName) -> Option<SecretString> {
        self.services.get(service.as_str()).map(|secret| secret.as_str().into())
    }

    /// What a service proves itself to `access` with.
    pub fn service(&self, service: ServiceName) -> SecretString {
        self.find_service(service).expect("every service of WITH_SECRET has one")
    }

    /// The services that have a secret.
    pub fn services() -> [ServiceName; 11] {
        WITH_SECRET
    }

    /// What `access` seals its signing keys with.
    pub fn key_encryption_key(&self) -> SecretString {
        self.key_encryption_key.as_str().into()
    }

    /// What `access` keys its hashes with.
    pub fn pepper(&self) -> SecretString {
        self.pepper.as_str().into()
    }

    /// What `payment` seals the cursors of its feed with.
    pub fn cursor_key(&self) -> SecretString {
        self.cursor_key.as_str().into()
    }

    /// What `webhook` seals the secrets of registrations with.
    pub fn webhook_key(&self) -> SecretString {
        self.webhook_key.as_str().into()
    }

    /// The keys that the demo data calls so.
    pub(crate) fn keys(&self, name: &str) -> &Keys {
        self.keys.get(name).expect("every set of the demo data has been made")
    }
}

/// Everybody who calls others.
const WITH_SECRET: [ServiceName; 11] = [
    ServiceName::Access,
    ServiceName::Merchant,
    ServiceName::Payment,
    ServiceName::Wallet,
    ServiceName::OrderManagement,
    ServiceName::Checkout,
    ServiceName::Webhook,
    ServiceName::Qr,
    ServiceName::Settlement,
    ServiceName::Gateway,
    ServiceName::Launcher,
];

impl Keys {
    fn random() -> Self {
        Self {
            client_id: Uuid::new_v4().to_string(),
            client_secret: random_hex(20),
            primary: random_hex(16),
            secondary: random_hex(16),
        }
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(..)")
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

fn random_hex(bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    getrandom::fill(&mut buffer).expect("the system has randomness");
    hex::encode(buffer)
}

/// Replaces the file whole, readable by its owner alone: a reader sees the old text or the new.
pub(crate) fn write_private(file: &Path, text: &[u8]) -> io::Result<()> {
    let fresh = file.with_extension("new");
    let mut options = fs::OpenOptions::new();
    let mut writer = options.write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    writer.write_all(text)?;
    writer.sync_all()?;
    fs::rename(&fresh, file)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn secrets_are_made_once_and_nobody_else_can_read_them() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secrets.json");
        let made = Secrets::load_or_create(&file).unwrap();
        let read = Secrets::load_or_create(&file).unwrap();
        assert_eq!(made.pepper, read.pepper);
        assert_eq!(made.keys("full").client_secret, read.keys("full").client_secret);
        let secret = made.service(ServiceName::Payment);
        assert_eq!(secret.expose_secret(), read.service(ServiceName::Payment).expose_secret());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_not_ours_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secrets.json");
        fs::write(&file, "{").unwrap();
        assert!(Secrets::load_or_create(&file).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "{");
    }

    #[test]
    fn debug_shows_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets::load_or_create(&folder.path().join("secrets.json")).unwrap();
        let keys = secrets.keys("full");
        let shown = format!("{secrets:?} {keys:?}");
        for secret in [&secrets.pepper, &keys.client_secret, &keys.primary] {
            assert!(!shown.contains(secret.as_str()));
        }
    }
}
