//! The workspace's binaries beside the running test, built first: cargo gives their paths only to tests of their own
//! package.

use std::path::{Path, PathBuf};

use tokio::process::Command;
use tokio::sync::OnceCell;

/// The folder of all binaries. They are built once a test process; when nothing is missing that takes a second.
pub async fn binaries() -> &'static Path {
    static FOLDER: OnceCell<PathBuf> = OnceCell::const_new();
    FOLDER.get_or_init(build).await
}

/// The tests are named too, so that the features stay those of the test run and nothing else is compiled again.
async fn build() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let folder = test.parent().and_then(Path::parent).expect("tests lie in target/<profile>/deps");
    let mut build = Command::new(option_env!("CARGO").unwrap_or("cargo"));
    build.args(["build", "--quiet", "--workspace", "--bins", "--test", "faults"]);
    if folder.ends_with("release") {
        build.arg("--release");
    }
    build.current_dir(env!("CARGO_MANIFEST_DIR"));
    let built = build.status().await.expect("cargo can be started");
    assert!(built.success(), "the binaries can be built");
    folder.to_owned()
}
