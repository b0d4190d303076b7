//! `kvitt bench` from end to end, at the smallest size: counted figures are asserted, times never.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

fn bench(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kvitt"));
    command.arg("bench").args(arguments).stdin(Stdio::null());
    command.output().expect("the binary can be started")
}

/// The JSON that it printed; none where `pgbench` is not installed, which it must say in one line.
fn figures(output: &Output) -> Option<Value> {
    let errors = String::from_utf8_lossy(&output.stderr);
    if errors.contains("pgbench was not found") {
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(errors.lines().filter(|line| line.starts_with("kvitt: ")).count(), 1, "{errors}");
        return None;
    }
    assert!(output.status.success(), "{errors}");
    Some(serde_json::from_slice(&output.stdout).expect("only JSON is printed"))
}

#[test]
fn every_road_is_measured_syncs_are_shared_and_the_audit_is_clean() {
    // One part, since it is chance how callers spread over several.
    let output = bench(&[
        "--rounds=1",
        "--seconds=1",
        "--warmup=1",
        "--callers=64",
        "--preload=50",
        "--units=20",
        "--parts=1",
        "--scale=1",
        "--json",
    ]);
    let Some(figures) = figures(&output) else { return };
    let paths = figures["paths"].as_array().unwrap();
    let names: Vec<&str> = paths.iter().map(|row| row["path"].as_str().unwrap()).collect();
    assert_eq!(names, ["engine", "grpc", "rest"]);
    for row in paths.iter().chain(figures["reads"].as_array().unwrap()) {
        assert!(row["median"]["commands_per_s"].as_f64().unwrap() > 0.0, "{row}");
        assert_eq!(row["median"]["failures"], 0.0, "{row}");
    }
    let engine = &paths[0]["median"];
    let syncs = engine["wal_syncs_per_command"].as_f64().unwrap();
    assert!(syncs > 0.0 && syncs <= 0.06, "{engine}");
    assert!(engine["rows_per_batch"].as_f64().unwrap() > 10.0, "{engine}");
    assert_eq!(figures["audit"]["findings"], 0);
    assert!(figures["audit"]["mesh"].as_str().unwrap().contains(" payments, "), "{figures}");
}

#[test]
fn a_small_record_day_is_lived_whole_and_what_was_kept_can_be_audited() {
    let folder = tempfile::Builder::new().prefix("kvitt-day-").tempdir().unwrap();
    let data = folder.path().join("kept");
    let output = bench(&[
        "--record-day",
        "--payments=100",
        "--path=grpc",
        "--callers=16",
        "--units=20",
        "--json",
        "--keep",
        data.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["payments"], &report["commands"]), (&100.into(), &325.into()));
    assert_eq!(report["audit"]["findings"], 0);
    assert_eq!(audit(&data), Some(0));
}

fn audit(data: &Path) -> Option<i32> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kvitt"));
    command.arg("audit").arg("--data").arg(data).stdin(Stdio::null()).stdout(Stdio::null());
    command.status().expect("the binary can be started").code()
}
