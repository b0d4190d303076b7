//! The example of a reader of the feed: killed at random, it misses nothing and sees nothing twice.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use kvitt_tests::{Shop, Stack, StackPlan};
use serde_json::Value;
use tokio::process::{Child, Command};
use uuid::Uuid;

/// The example's binary, which is built with the tests; here too, when only these tests were.
async fn example() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let folder = test.parent().and_then(Path::parent).expect("tests lie in target/<profile>/deps");
    let mut build = Command::new(option_env!("CARGO").unwrap_or("cargo"));
    build.args(["build", "--quiet", "--workspace", "--example", "tail"]);
    if folder.ends_with("release") {
        build.arg("--release");
    }
    let built = build.current_dir(env!("CARGO_MANIFEST_DIR")).status().await.expect("cargo can be started");
    assert!(built.success(), "the example can be built");
    folder.join("examples/tail")
}

fn start(example: &Path, (stack, shop): (&Stack, &Shop), file: &Path) -> Child {
    let [_, _, payment, ..] = stack.services();
    let mut reader = Command::new(example);
    reader.args([format!("http://{payment}"), shop.keys.msn.clone(), shop.token.clone()]).arg(file);
    reader.stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    reader.spawn().expect("the example can be started")
}

/// The ids of the events in the file's whole lines.
fn seen(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let lines = whole.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line is JSON"));
    let events = lines.flat_map(|line| line["events"].as_array().cloned().unwrap_or_default());
    events.map(|event| event["pspReference"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_is_killed_at_random_misses_nothing_and_sees_nothing_twice() {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let (example, folder) = (example().await, tempfile::tempdir().expect("a folder"));
    let file = folder.path().join("events.jsonl");
    let mut reader = start(&example, (&stack, &shop), &file);
    let mut references = Vec::new();
    for _ in 0..40 {
        let reference = shop.authorized(1_000).await;
        shop.capture(&reference, 1_000).await.is(200);
        references.push(reference);
        if Uuid::new_v4().as_bytes()[0].is_multiple_of(3) {
            reader.kill().await.expect("it can be killed");
            reader = start(&example, (&stack, &shop), &file);
        }
    }
    let mut expected = Vec::new();
    for reference in &references {
        for event in shop.events(reference).await {
            expected.push(event["pspReference"].as_str().expect("an id").to_owned());
        }
    }
    for _ in 0..600 {
        if seen(&file).len() >= expected.len() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // One unit's events come in the order of the log, and one payment was made after the other.
    assert_eq!(seen(&file), expected);
    reader.kill().await.expect("it can be killed");
    stack.stop().await;
}
