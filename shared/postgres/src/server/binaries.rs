//! Where the programs of PostgreSQL are.

use std::{
    ffi::OsStr,
    fs, iter,
    path::{Path, PathBuf},
};

use super::{Download, Error, account::Account, download};

/// The oldest major version that is taken: the test databases are cloned with a strategy that came with it.
pub(super) const OLDEST: u32 = 15;

/// The folders of distributions; a star stands for a version, and the newest is taken first.
const USUAL: [(&str, &str); 7] = [
    ("/usr/lib/postgresql", "bin"),
    ("/opt/homebrew/opt", "bin"),
    ("/usr/local/opt", "bin"),
    ("/usr/local/pgsql", ""),
    ("/usr/pgsql", "bin"),
    ("/usr/libexec", ""),
    ("/Applications/Postgres.app/Contents/Versions", "bin"),
];

/// A folder with `initdb` and `postgres` of a usable version.
#[derive(Clone, Debug)]
pub(super) struct Binaries {
    folder: PathBuf,
    /// The major version.
    pub(super) version: u32,
}

impl Binaries {
    /// The server that the caller named.
    pub(super) fn in_folder(account: &Account, folder: &Path) -> Result<Self, Error> {
        Self::open(account, folder).ok_or_else(|| Error::NotABinFolder(folder.to_owned()))
    }

    /// The first of PATH, the usual folders and the cache, then a download. Data that exists already wants the version
    /// that made it.
    pub(super) fn find(account: &Account, wanted: Option<u32>, download: Download) -> Result<Self, Error> {
        let cache = account.cache();
        let folders = path_folders().chain(usual_folders()).chain(download::cached(&cache));
        let mut found = folders.filter_map(|folder| Self::open(account, &folder));
        let first = match wanted {
            None => found.next(),
            Some(version) => {
                let mut other = None;
                let same = found.find(|binaries| {
                    let fits = binaries.version == version;
                    if !fits {
                        other.get_or_insert_with(|| binaries.clone());
                    }
                    fits
                });
                same.or(other)
            }
        };
        match first {
            Some(binaries) => Ok(binaries),
            None => Self::in_folder(account, &download::fetch(&cache, download)?),
        }
    }

    /// Programs in PATH are often links, and the server finds its other files beside the real one. One that the
    /// server's user cannot run is none.
    fn open(account: &Account, folder: &Path) -> Option<Self> {
        let postgres = folder.join("postgres").canonicalize().ok()?;
        let folder = postgres.parent()?.to_owned();
        if !folder.join("initdb").is_file() {
            return None;
        }
        let output = account.command(&postgres, Path::new("/")).arg("-V").output().ok()?;
        let version = major_version(&String::from_utf8_lossy(&output.stdout))?;
        (version >= OLDEST).then_some(Self { folder, version })
    }

    /// Whether this build takes a setting, `name=value`. The server must not run.
    pub(super) fn accepts(&self, account: &Account, cluster: &Path, setting: &str) -> bool {
        let name = setting.split('=').next().unwrap_or_default();
        let mut command = account.command(&self.postgres(), cluster);
        // Shows what the setting would be, and fails at a value that it does not know.
        command.arg("-D").arg(cluster).args(["-C", name, "-c", setting]);
        command.output().is_ok_and(|output| output.status.success())
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }
}

/// `postgres (PostgreSQL) 15.14 (Debian 15.14-0)`, `postgres (PostgreSQL) 18beta1`
fn major_version(line: &str) -> Option<u32> {
    let version = line.split("(PostgreSQL) ").nth(1)?;
    let digits = version.find(|character: char| !character.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().ok()
}

fn path_folders() -> impl Iterator<Item = PathBuf> {
    // Looking a program up is what PATH is for; nothing is configured by it.
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).collect::<Vec<_>>().into_iter()
}

/// Each usual folder itself, and its subfolders whose name ends in a version, newest first.
fn usual_folders() -> impl Iterator<Item = PathBuf> {
    USUAL.iter().flat_map(|(root, inner)| {
        let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(root)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Some((folder_version(&entry.file_name())?, entry.path().join(inner))))
            .collect();
        versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
        iter::once(Path::new(root).join(inner)).chain(versions.into_iter().map(|(_, folder)| folder))
    })
}

/// `15`, `postgresql17`, `postgresql@17`
fn folder_version(name: &OsStr) -> Option<u32> {
    name.to_str()?.trim_start_matches("postgresql").trim_start_matches('@').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_every_form() {
        for (line, version) in [
            ("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n", Some(15)),
            ("postgres (PostgreSQL) 18.6\n", Some(18)),
            ("postgres (PostgreSQL) 19beta1\n", Some(19)),
            ("something else", None),
        ] {
            assert_eq!(major_version(line), version, "{line}");
        }
    }

    #[test]
    fn folders_are_ordered_by_their_version() {
        for (name, version) in
            [("15", Some(15)), ("postgresql@17", Some(17)), ("postgresql16", Some(16)), ("bin", None)]
        {
            assert_eq!(folder_version(OsStr::new(name)), version, "{name}");
        }
    }
}
