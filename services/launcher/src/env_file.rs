//! `.kvitt/env`: what scripts read. Shell syntax, one `NAME=value` a line; its names are an interface.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{Platform, secrets::write_private};

/// The file; it is there exactly from the moment the platform is ready.
#[derive(Debug)]
pub struct EnvFile {
    path: PathBuf,
}

impl EnvFile {
    /// The file of a data folder. What an earlier run left is removed, since its ports are not ours.
    pub fn begin(data: &Path) -> io::Result<Self> {
        let path = data.join("env");
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(Self { path })
    }

    /// Writes what is true now, all of it at once.
    pub fn write(&self, platform: &Platform) -> io::Result<()> {
        write_private(&self.path, text(&platform.env()).as_bytes())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// No value needs quoting: they are hexadecimal, GUIDs, digits and loopback addresses.
fn text(env: &BTreeMap<String, String>) -> String {
    env.iter().map(|(name, value)| format!("{name}={value}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_name_and_a_value() {
        let env = BTreeMap::from([("MSN".to_owned(), "300001".to_owned()), ("A".to_owned(), "b".to_owned())]);
        assert_eq!(text(&env), "A=b\nMSN=300001\n");
    }

    #[test]
    fn the_file_of_an_earlier_run_is_not_taken_for_ours() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("env"), "BASE_URL=http://127.0.0.1:1\n").unwrap();
        let file = EnvFile::begin(folder.path()).unwrap();
        assert!(!file.path().exists());
    }
}
