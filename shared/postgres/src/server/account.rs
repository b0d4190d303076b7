//! The user that the server runs as. PostgreSQL refuses root without a switch, so root hands over to `postgres` or
//! `nobody`; everybody else runs the server as themselves.

use std::{
    fs, io,
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
};

use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_128;

use super::Error;

/// Where the server's data goes when its user cannot reach the folder asked for.
const FALLBACK: &str = "/var/lib/kvitt";
/// A socket's path has at most 107 bytes, of which `/.s.PGSQL.5432` takes 14.
const LONGEST_SOCKET_FOLDER: usize = 90;

const SOCKET_FOLDER: &str = "kvitt-sockets-";

/// Who runs the server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account {
    /// The user to hand over to; none when we are not root.
    other: Option<Ids>,
}

#[derive(Clone, Copy, Debug)]
struct Ids {
    user: u32,
    group: u32,
}

impl Account {
    /// PostgreSQL looks its user up, so an id without an entry in the password file would not do.
    pub(super) fn to_run_as() -> Result<Self, Error> {
        if !we_are_root()? {
            return Ok(Self { other: None });
        }
        let users = Path::new("/etc/passwd");
        let entries = fs::read_to_string(users).map_err(Error::io("could not read", users))?;
        let ids = ["postgres", "nobody"].iter().find_map(|name| entry(&entries, name));
        Ok(Self { other: Some(ids.ok_or(Error::NoAccount)?) })
    }

    /// A command that runs as this user, knows nothing of our environment, and sits in a readable folder.
    pub(super) fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("LC_ALL", "C.UTF-8").env("TZ", "UTC").current_dir(folder);
        if let Some(ids) = self.other {
            command.uid(ids.user).gid(ids.group);
        }
        command
    }

    /// The folder itself, or one under [`FALLBACK`] with a name that is always the same for the same wish.
    ///
    /// It stays ours: what its user cannot write there, it cannot turn into a link for us to follow.
    pub(super) fn reachable_folder(&self, wanted: &Path) -> Result<PathBuf, Error> {
        let wanted = std::path::absolute(wanted).map_err(Error::io("could not find", wanted))?;
        fs::create_dir_all(&wanted).map_err(Error::io("could not create", &wanted))?;
        let wanted = wanted.canonicalize().map_err(Error::io("could not find", &wanted))?;
        if self.reaches(&wanted) {
            return Ok(wanted);
        }
        let name = format!("{:032x}", xxh3_128(wanted.as_os_str().as_encoded_bytes()));
        let folder = Path::new(FALLBACK).join(name);
        open_to_all(Path::new(FALLBACK))?;
        open_to_all(&folder)?;
        Ok(folder)
    }

    /// A fresh folder with a short path, for the socket; the server's watcher removes it.
    pub(super) fn socket_folder(&self) -> Result<PathBuf, Error> {
        let name = format!("{SOCKET_FOLDER}{}", &Uuid::new_v4().simple().to_string()[..12]);
        let parents = [std::env::temp_dir(), PathBuf::from("/tmp")];
        let short = |parent: &&PathBuf| parent.as_os_str().len() + name.len() < LONGEST_SOCKET_FOLDER;
        let parent = parents.iter().filter(short).find(|parent| self.reaches(parent)).unwrap_or(&parents[1]);
        let folder = parent.join(name);
        self.private_folder(&folder)?;
        Ok(folder)
    }

    /// Creates a folder that only this user can open; it must not exist.
    pub(super) fn private_folder(&self, folder: &Path) -> Result<(), Error> {
        fs::DirBuilder::new().mode(0o700).create(folder).map_err(Error::io("could not create", folder))?;
        self.own(folder)
    }

    /// Makes the folder this user's.
    pub(super) fn own(&self, folder: &Path) -> Result<(), Error> {
        let Some(ids) = self.other else { return Ok(()) };
        chown(folder, Some(ids.user), Some(ids.group)).map_err(Error::io("could not hand over", folder))
    }

    /// The cache of fetched servers, for every installation of ours. Root's is where other users can read it.
    pub(super) fn cache(&self) -> PathBuf {
        match (self.other, std::env::home_dir()) {
            (None, Some(home)) => home.join(".cache/kvitt"),
            (None, None) | (Some(_), _) => PathBuf::from("/var/cache/kvitt"),
        }
    }

    /// Whether this user may pass through the folder and every one above it.
    fn reaches(&self, folder: &Path) -> bool {
        let Some(ids) = self.other else { return true };
        folder.ancestors().all(|folder| fs::metadata(folder).is_ok_and(|found| ids.may_search(&found)))
    }
}

impl Ids {
    fn may_search(&self, folder: &fs::Metadata) -> bool {
        let mode = folder.permissions().mode();
        let bit = if folder.uid() == self.user {
            0o100
        } else if folder.gid() == self.group {
            0o010
        } else {
            0o001
        };
        mode & bit != 0
    }
}

/// Whether this is a folder that [`Account::socket_folder`] made.
pub(super) fn is_socket_folder(folder: &Path) -> bool {
    folder.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(SOCKET_FOLDER))
}

/// Makes a folder that everybody may pass through, whatever the mask of this process.
fn open_to_all(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder)
        .and_then(|()| fs::set_permissions(folder, fs::Permissions::from_mode(0o755)))
        .map_err(Error::io("could not create", folder))
}

/// Without unsafe code the standard library does not tell our user id, but a file that we create does.
fn we_are_root() -> Result<bool, Error> {
    let probe = std::env::temp_dir().join(format!("kvitt-{}", Uuid::new_v4()));
    let owner = || -> io::Result<u32> {
        let owner = fs::File::create_new(&probe)?.metadata()?.uid();
        fs::remove_file(&probe)?;
        Ok(owner)
    };
    Ok(owner().map_err(Error::io("could not create", &probe))? == 0)
}

/// `name:x:uid:gid:...`
fn entry(entries: &str, name: &str) -> Option<Ids> {
    let mut fields =
        entries.lines().map(|line| line.split(':')).find(|line| line.clone().next() == Some(name))?;
    let user = fields.nth(2)?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    Some(Ids { user, group })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_file_gives_user_and_group() {
        let entries =
            "root:x:0:0:root:/root:/bin/sh\npostgresql:x:7:7::/:\npostgres:x:101:104:,,,:/var:/bin/sh\n";
        let ids = entry(entries, "postgres").unwrap();
        assert_eq!((ids.user, ids.group), (101, 104));
        assert!(entry(entries, "nobody").is_none());
    }
}
