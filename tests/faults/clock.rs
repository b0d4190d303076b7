//! `kvitt clock` as an operator runs it, and what a killed platform knows of the time.

use std::path::Path;
use std::process::Output;

use kvitt_tests::process::{Kvitt, audit, clock};
use kvitt_tests::{Shop, reachable_folder};

/// What it printed on success.
fn line(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// The one line in which it said what is wrong.
async fn refused(data: &Path, arguments: &[&str]) -> String {
    let output = clock(data, arguments).await;
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
    let told = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
    assert!(told.starts_with("kvitt: ") && !told.contains('\n'), "{told}");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_moves_the_clock_of_a_running_platform_and_it_outlives_a_kill() {
    let _alone = crate::alone().await;
    let folder = reachable_folder();
    let data = folder.path();
    assert!(refused(data, &[]).await.contains("no platform runs on"));

    let kvitt = Kvitt::start(data).await;
    assert!(line(&clock(data, &[]).await).ends_with("Z, 0s ahead of the wall clock"));
    let shop = Shop::of_env(&kvitt.env).await;
    let expiring = shop.created(10_000).await;
    let moved = line(&clock(data, &["advance", "181d"]).await);
    assert!(moved.ends_with("181d ahead of the wall clock; due instants on the way: 1"), "{moved}");
    assert_eq!(shop.state(&expiring).await, "EXPIRED");
    assert!(refused(data, &["advance", "--to", "2020-01-01T00:00:00Z"]).await.contains("must be ahead"));
    assert!(refused(data, &["advance", "4000d"]).await.contains("at most ten years"));
    for arguments in
        [&["advance"] as &[&str], &["advance", "soon"], &["advance", "1d", "--to", "2100-01-01T00:00:00Z"]]
    {
        assert_eq!(clock(data, arguments).await.status.code(), Some(2), "{arguments:?}");
    }
    let now = moved.split(',').next().expect("a line begins with the time").to_owned();
    kvitt.kill().await;
    assert!(refused(data, &["advance", "1d"]).await.contains("no platform runs on"));
    // What happened in business time does not lie in the future of an audit.
    let audited = audit(data).await;
    assert_eq!(audited.status.code(), Some(0), "{audited:?}");

    let kvitt = Kvitt::start(data).await;
    let shown = line(&clock(data, &[]).await);
    assert!(shown.ends_with("Z, 181d ahead of the wall clock") && shown > now, "{shown} after {now}");
    assert_eq!(kvitt.interrupt().await.code(), Some(0));
}
