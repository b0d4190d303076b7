//! The named points at which a process can be told to crash are where the list says, and there alone.

use std::collections::BTreeMap;

use kvitt_runtime::crash::POINTS;
use kvitt_tests::processes::Member;
use kvitt_tests::source::rust_files;

#[test]
fn every_point_is_passed_at_one_place_of_its_service() {
    let mut calls = BTreeMap::<String, Vec<String>>::new();
    for file in rust_files().iter().filter(|file| file.path.starts_with("services/")) {
        for call in file.text.split("crash::point(\"").skip(1) {
            let name = call.split('"').next().expect("a split has a first part");
            calls.entry(name.to_owned()).or_default().push(file.path.clone());
        }
    }
    for point in POINTS {
        let service = point.split('.').next().expect("a split has a first part");
        let places = calls.remove(point).unwrap_or_default();
        assert!(
            matches!(&places[..], [one] if one.starts_with(&format!("services/{service}/src/"))),
            "{point} is passed at {places:?}"
        );
    }
    assert!(calls.is_empty(), "not in the list: {calls:?}");
}

#[tokio::test]
async fn a_binary_refuses_a_point_that_it_does_not_know_and_hides_the_option() {
    for member in Member::ALL_ONCE {
        let refused = member.run(&["--crash-at", "payment.nowhere:1"]).await;
        assert_eq!(refused.status.code(), Some(64), "{refused:?}");
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(told.contains("payment.append.before"), "the points are listed: {told}");
        let help = member.run(&["--help"]).await;
        assert_eq!(help.status.code(), Some(0), "{help:?}");
        assert!(!String::from_utf8_lossy(&help.stdout).contains("crash"), "{member:?} lists the option");
    }
}
