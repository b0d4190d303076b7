//! The files of a server: made once, and taken over from a process that was killed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use super::{
    Error,
    account::{self, Account},
    binaries::Binaries,
};

/// A former server ends by itself within this time: its watcher has told it, or we have.
const FORMER_SERVER_LIMIT: Duration = Duration::from_secs(30);

/// The major version that made the files; none when there are none yet.
pub(super) fn version(cluster: &Path) -> Option<u32> {
    fs::read_to_string(cluster.join("PG_VERSION")).ok()?.trim().parse().ok()
}

/// The first line of the file that a running server keeps.
pub(super) fn postmaster_id(cluster: &Path) -> Option<u32> {
    fs::read_to_string(cluster.join("postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()
}

/// The folder of a running server's socket: the fifth line of that file. None when no server runs.
pub(super) fn socket_folder(cluster: &Path) -> Option<PathBuf> {
    postmaster_id(cluster).filter(|process| is_postgres(*process))?;
    let note = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    note.lines().nth(4).map(str::trim).filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

/// Makes the files when there are none. They appear whole or not at all, whenever we are killed.
pub(super) fn initialize(binaries: &Binaries, account: &Account, cluster: &Path) -> Result<(), Error> {
    if let Some(data) = version(cluster) {
        let server = binaries.version;
        let other = || Error::OtherVersion { folder: cluster.to_owned(), data, server };
        return if data == server { Ok(()) } else { Err(other()) };
    }
    let unfinished = cluster.with_extension("unfinished");
    // Systems without the locale C.UTF-8 have at least C; the encoding is the same.
    let mut outcome = Ok(());
    for locale in ["--locale=C.UTF-8", "--locale=C"] {
        discard(&unfinished)?;
        account.private_folder(&unfinished)?;
        outcome =
            initdb(account.command(&binaries.initdb(), &unfinished).arg(locale).arg("-D").arg(&unfinished));
        if outcome.is_ok() {
            fs::rename(&unfinished, cluster).map_err(Error::io("could not rename", &unfinished))?;
            break;
        }
    }
    outcome
}

/// Removes the files, if there are any.
pub(super) fn discard(cluster: &Path) -> Result<(), Error> {
    if cluster.exists() {
        fs::remove_dir_all(cluster).map_err(Error::io("could not remove", cluster))?;
    }
    Ok(())
}

fn initdb(command: &mut Command) -> Result<(), Error> {
    command.args(["-U", super::USER, "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions"]);
    let output =
        command.output().map_err(|source| Error::Io { what: "could not run initdb".to_owned(), source })?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Program {
        program: "initdb",
        output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

/// Waits until the server of a killed process has ended. Its watcher may have been killed too, so it is told again.
///
/// The lock on the folder is ours, so whatever still runs there is nobody's.
pub(super) fn end_former_server(cluster: &Path) -> Result<(), Error> {
    let note = cluster.join("postmaster.pid");
    let Ok(former) = fs::read_to_string(&note) else { return Ok(()) };
    let deadline = Instant::now() + FORMER_SERVER_LIMIT;
    let mut told = false;
    while let Some(process) = postmaster_id(cluster).filter(|process| is_postgres(*process)) {
        if !told {
            tell_to_stop(process);
            told = true;
        }
        if Instant::now() > deadline {
            return Err(Error::FormerServer(process));
        }
        std::thread::park_timeout(Duration::from_millis(10));
    }
    // After a restart of the machine the number may belong to a stranger, which PostgreSQL would take for a server.
    if note.exists() {
        fs::remove_file(&note).map_err(Error::io("could not remove", &note))?;
    }
    // The fifth line is the folder of its socket, which only its watcher would have removed.
    if let Some(sockets) =
        former.lines().nth(4).map(Path::new).filter(|sockets| account::is_socket_folder(sockets))
    {
        fs::remove_dir_all(sockets).ok();
    }
    Ok(())
}

/// Whether the process exists, is more than a corpse that nobody has buried, and is a PostgreSQL server.
fn is_postgres(process: u32) -> bool {
    if let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) {
        return stat.contains("(postgres)") && !stat.contains("(postgres) Z");
    }
    if Path::new("/proc/self").exists() {
        return false;
    }
    let listing = Command::new("ps").args(["-o", "stat=,comm=", "-p", &process.to_string()]).output();
    listing.is_ok_and(|found| {
        let line = String::from_utf8_lossy(&found.stdout);
        line.contains("postgres") && !line.starts_with('Z')
    })
}

fn tell_to_stop(process: u32) {
    // The shell has `kill` also where no program of that name is installed. If the server cannot be told it has ended
    // already, or the wait above finds out.
    Command::new("/bin/sh").args(["-c", "kill -INT \"$0\"", &process.to_string()]).status().ok();
}
