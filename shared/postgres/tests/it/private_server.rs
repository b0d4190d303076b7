use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use kvitt_postgres::{
    connect_and_migrate,
    server::{Download, Error, Existing, Mode, PrivateServer, Settings},
    sql_state, unavailable,
};
use kvitt_testing::{TestServer, eventually};
use secrecy::SecretString;
use sqlx::{Executor, PgPool};
use tokio_util::sync::CancellationToken;

/// A folder that the server's user can reach, also when the test runs as root.
fn folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("the folder for temporary files is writable");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))
        .expect("the folder for temporary files is writable");
    folder
}

fn settings(data: &Path) -> Settings {
    let data = data.to_owned();
    Settings { bin: None, data, mode: Mode::Durable, existing: Existing::Keep, download: Download::Refused }
}

/// Whether a process lives; where nobody buries the dead, a corpse keeps its number.
fn runs(process: u32) -> bool {
    let listing = Command::new("ps")
        .args(["-o", "stat=", "-p", &process.to_string()])
        .output()
        .expect("ps is installed");
    let state = String::from_utf8(listing.stdout).expect("ps is installed");
    !state.is_empty() && !state.starts_with('Z')
}

fn kill(processes: &[&str]) {
    let killed = Command::new("/bin/sh").args(["-c", "kill -9 \"$@\"", "kill"]).args(processes).status();
    assert!(killed.expect("there is a shell").success());
}

async fn show(pool: &PgPool, statement: &'static str) -> String {
    sqlx::query_scalar(statement).fetch_one(pool).await.expect("the server answers")
}

async fn pool(server: &PrivateServer) -> PgPool {
    kvitt_postgres::connect(&server.url("postgres"), 4).expect("the URL is ours")
}

#[tokio::test]
async fn a_durable_server_keeps_its_data_over_a_stop() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = TestServer::durable(&data).await;
    let first = pool(&server).await;
    assert_eq!(show(&first, "SHOW fsync").await, "on");
    assert_eq!(show(&first, "SHOW synchronous_commit").await, "on");
    assert_eq!(show(&first, "SHOW full_page_writes").await, "on");
    assert_eq!(show(&first, "SHOW max_wal_size").await, "2GB");
    assert_eq!(show(&first, "SHOW listen_addresses").await, "");
    first.execute("CREATE TABLE kept AS SELECT 7 AS value").await.unwrap();
    let process = server.postmaster_id().unwrap();
    server.stop().await;
    assert!(!runs(process));

    let server = TestServer::durable(&data).await;
    let kept: i32 =
        sqlx::query_scalar("SELECT value FROM kept").fetch_one(&pool(&server).await).await.unwrap();
    assert_eq!(kept, 7);
    server.stop().await;
}

#[tokio::test]
async fn a_throwaway_server_leaves_nothing_behind() {
    let server = TestServer::throwaway().await;
    let data = server.data().to_owned();
    assert!(data.exists());
    server.stop().await;
    assert!(!data.exists());
}

#[tokio::test]
async fn data_is_used_by_one_process_at_a_time() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = TestServer::durable(&data).await;
    assert!(matches!(PrivateServer::start(settings(&data)).await, Err(Error::InUse(_))));
    server.stop().await;
}

#[tokio::test]
async fn a_folder_without_a_server_is_refused_by_name() {
    let folder = folder();
    let bin = Some(PathBuf::from("/nonexistent"));
    let settings = Settings { bin, ..settings(&folder.path().join("data")) };
    assert!(matches!(PrivateServer::start(settings).await, Err(Error::NotABinFolder(_))));
}

#[tokio::test]
async fn a_killed_server_is_noticed_and_its_data_recovers() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = TestServer::durable(&data).await;
    let before = pool(&server).await;
    before.execute("CREATE TABLE kept AS SELECT 7 AS value").await.unwrap();
    kill(&[&server.postmaster_id().unwrap().to_string()]);
    assert!(!server.ended().await.success());
    let lost = before.execute("SELECT 1").await.unwrap_err();
    assert!(unavailable(&lost), "{lost:?}");
    drop(server);

    let server = TestServer::durable(&data).await;
    let kept: i32 =
        sqlx::query_scalar("SELECT value FROM kept").fetch_one(&pool(&server).await).await.unwrap();
    assert_eq!(kept, 7);
    server.stop().await;
}

#[tokio::test]
async fn discarded_data_is_gone_also_when_its_server_still_ran() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = TestServer::durable(&data).await;
    pool(&server).await.execute("CREATE TABLE kept AS SELECT 7 AS value").await.unwrap();
    drop(server);

    let server =
        PrivateServer::start(Settings { existing: Existing::Discard, ..settings(&data) }).await.unwrap();
    let error = pool(&server).await.execute("SELECT value FROM kept").await.unwrap_err();
    assert_eq!(sql_state(&error).as_deref(), Some("42P01"), "there is no such table");
    server.stop().await;
}

/// Root tests the change of user in every test; this one tests that there need not be one.
#[tokio::test]
async fn an_ordinary_user_runs_the_server_as_themselves() {
    use std::os::unix::{fs::MetadataExt, process::CommandExt};
    const NOBODY: u32 = 65534;
    let folder = folder();
    if std::fs::metadata(folder.path()).unwrap().uid() != 0 {
        return;
    }
    // The target folder may be where others cannot read.
    let program = folder.path().join("test");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let outcome = Command::new(&program)
        .args(["--exact", "private_server::a_durable_server_keeps_its_data_over_a_stop"])
        .current_dir("/")
        .uid(NOBODY)
        .gid(NOBODY)
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&outcome.stdout);
    assert!(output.contains("1 passed"), "{output}");
}

/// What the killed parent of the next test does; alone it does nothing.
#[tokio::test]
#[ignore = "the body of another process, which the next test starts and kills"]
async fn parent_that_is_killed() {
    let Some(data) = std::env::args().skip_while(|argument| argument != "--skip").nth(1) else { return };
    let server = TestServer::durable(Path::new(&data)).await;
    std::fs::write(Path::new(&data).join("ready"), server.postmaster_id().unwrap().to_string()).unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_server_dies_with_its_killed_parent_and_the_next_start_takes_over() {
    let folder = folder();
    let data = folder.path().join("data");
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "private_server::parent_that_is_killed"])
        // The test harness takes no arguments of ours, but it takes names to skip.
        .arg("--skip")
        .arg(&data)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let ready = data.join("ready");
    eventually!(std::fs::read_to_string(&ready).is_ok_and(|text| !text.is_empty()));
    let orphan: u32 = std::fs::read_to_string(&ready).unwrap().parse().unwrap();
    parent.kill().unwrap();
    parent.wait().unwrap();

    // At once, while the orphan is still on its way out.
    let server = TestServer::durable(&data).await;
    assert_ne!(server.postmaster_id(), Some(orphan));
    assert!(!runs(orphan));
    server.stop().await;
}

#[tokio::test]
async fn an_orphan_whose_watcher_was_killed_too_is_stopped_by_the_next_start() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = TestServer::durable(&data).await;
    let orphan = server.postmaster_id().unwrap();
    // The group of the watcher is that of the server's parent.
    let parent = std::fs::read_to_string(format!("/proc/{orphan}/stat")).unwrap();
    let watcher = parent.rsplit(')').next().unwrap().split_whitespace().nth(1).unwrap().to_owned();
    let children = std::fs::read_to_string(format!("/proc/{watcher}/task/{watcher}/children")).unwrap();
    let reader = children.split_whitespace().find(|child| *child != orphan.to_string()).unwrap().to_owned();
    kill(&[&watcher, &reader]);
    server.ended().await;
    drop(server);
    assert!(runs(orphan));

    let server = TestServer::durable(&data).await;
    assert!(!runs(orphan));
    server.stop().await;
}

#[tokio::test]
async fn data_that_the_servers_user_cannot_reach_goes_elsewhere() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let wanted = folder.path().join("data");
    let server = TestServer::durable(&wanted).await;
    let ran_as_root = std::fs::metadata(folder.path()).unwrap().uid() == 0;
    assert_eq!(server.data() != wanted.canonicalize().unwrap(), ran_as_root);
    let data = server.data().to_owned();
    server.stop().await;
    std::fs::remove_dir_all(data).unwrap();
}

#[tokio::test]
async fn waiting_for_a_database_ends_when_the_service_is_told_to_stop() {
    static NONE: sqlx::migrate::Migrator = sqlx::migrate::Migrator::DEFAULT;
    let url = SecretString::from("postgres:///x?host=/nonexistent&user=x");
    let shutdown = CancellationToken::new();
    let waiting = connect_and_migrate(&url, 1, &NONE, &shutdown);
    shutdown.cancel();
    assert!(matches!(waiting.await, Err(kvitt_postgres::Error::Stopped)));
}
