//! The running server and its watcher.
//!
//! A killed parent cannot stop its children, and a signal bound to the parent's death follows a thread, not a process.
//! So a shell starts the server and holds the read end of a pipe whose only write end is ours: when we are gone, for
//! whatever reason, the shell reads the end of the file and tells the server to stop.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, ChildStdin, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::sync::watch;

use super::{Error, Mode, account::Account, binaries::Binaries, settings};

/// Recovery after a crash may take this long.
pub(super) const READY_LIMIT: Duration = Duration::from_secs(60);
const READY_PAUSE: Duration = Duration::from_millis(5);
/// So much of the server's log is shown when it does not start.
const LOG_TAIL_LINES: usize = 12;

/// A shell gives its background jobs no input, so the pipe is moved to descriptor 3 first. The reader ends with the
/// server, so that the number of the process is never signalled after it.
const WATCHER: &str = r#"
exec 3<&0 </dev/null
sockets=$1 remove=$2; shift 2
"$@" 3<&- & server=$!
{ read -r _ <&3; kill -INT "$server"; } & reader=$!
exec 3<&-
wait "$server"; code=$?
kill "$reader" 2>/dev/null
rm -rf "$sockets" ${remove:+"$remove"}
exit "$code"
"#;

/// The folders of a server.
pub(super) struct Folders<'a> {
    pub(super) data: &'a Path,
    pub(super) sockets: &'a Path,
}

#[derive(Debug)]
pub(super) struct Process {
    /// Our end of the pipe; dropping it stops the server.
    lifeline: ChildStdin,
    exit: watch::Receiver<Option<ExitStatus>>,
    log: std::path::PathBuf,
}

impl Process {
    pub(super) fn spawn(
        binaries: &Binaries,
        account: &Account,
        mode: Mode,
        folders: &Folders<'_>,
    ) -> Result<Self, Error> {
        let log = folders.data.join("server.log");
        let output = File::create(&log).map_err(Error::io("could not create", &log))?;
        let errors = output.try_clone().map_err(Error::io("could not open", &log))?;
        let cluster = folders.data.join("cluster");
        let mut command = account.command(Path::new("/bin/sh"), &cluster);
        command.args(["-c", WATCHER, "kvitt-postgres"]).arg(folders.sockets);
        command.arg(if mode == Mode::Throwaway { folders.data.as_os_str() } else { "".as_ref() });
        command.arg(binaries.postgres()).arg("-D").arg(&cluster).arg("-k").arg(folders.sockets);
        for setting in settings::of(mode, binaries, account, &cluster) {
            command.args(["-c", &setting]);
        }
        // A group of its own: Ctrl-C must reach the services first, and the server only when they have drained.
        command.process_group(0).stdin(Stdio::piped()).stdout(output).stderr(errors);
        let mut child = command
            .spawn()
            .map_err(|source| Error::Io { what: "could not run /bin/sh".to_owned(), source })?;
        let lifeline = child.stdin.take().expect("stdin was asked for as a pipe");
        Ok(Self { lifeline, exit: reap(child)?, log })
    }

    /// Waits until the server answers.
    pub(super) async fn ready(&mut self, options: &PgConnectOptions) -> Result<(), Error> {
        let deadline = Instant::now() + READY_LIMIT;
        loop {
            let error = match PgConnection::connect_with(options).await {
                Ok(connection) => return connection.close().await.map_err(Error::NotReady),
                Err(error) => error,
            };
            if self.exit.borrow().is_some() {
                return Err(Error::Program { program: "postgres", output: tail(&self.log) });
            }
            if Instant::now() > deadline {
                return Err(Error::NotReady(error));
            }
            tokio::time::sleep(READY_PAUSE).await;
        }
    }

    pub(super) async fn ended(&self) -> ExitStatus {
        let mut exit = self.exit.clone();
        let status = exit.wait_for(Option::is_some).await.expect("the reaper tells before it ends");
        status.expect("only a status ends the wait")
    }

    pub(super) async fn stop(self) {
        let Self { lifeline, mut exit, .. } = self;
        drop(lifeline);
        exit.wait_for(Option::is_some).await.expect("the reaper tells before it ends");
    }
}

/// A thread and not a task, since a server that tests share outlives the runtime of the test that started it.
fn reap(mut child: Child) -> Result<watch::Receiver<Option<ExitStatus>>, Error> {
    let (tell, exit) = watch::channel(None);
    thread::Builder::new()
        .name("postgres-reaper".to_owned())
        .spawn(move || {
            let status = child.wait().expect("a child of ours can be waited for");
            tell.send_replace(Some(status));
        })
        .map_err(|source| Error::Io { what: "could not start a thread".to_owned(), source })?;
    Ok(exit)
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
}
