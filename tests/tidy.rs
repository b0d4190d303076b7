//! The rules of the house that no compiler checks.

use std::collections::{BTreeMap, BTreeSet};

use kvitt_runtime::Action;
use kvitt_runtime::authority::matrix::{Grants, Role, permits};
use kvitt_tests::source::{SourceFile, files, root, rust_files};

/// A file is about 300 lines; here is the wall.
const MAX_LINES: usize = 500;

/// Tables of services with money whose keys do without msn, each for a reason.
const WITHOUT_MSN: [(&str, &str); 11] = [
    ("log_head", "a part of the log holds many sales units; the head orders them"),
    ("clearing_cursors", "a cursor belongs to a part of the log"),
    ("transaction_cursors", "a cursor belongs to a part of the log"),
    ("feed_cursors", "a cursor belongs to a part of the log"),
    ("lapse_cursor", "the end of guarantees is an instant for all sales units alike"),
    ("payers", "a payer belongs to no sales unit"),
    ("cards", "a card belongs to a payer, and so to no sales unit"),
    ("addresses", "an address belongs to a payer, and so to no sales unit"),
    ("customer_tokens", "a token belongs to a payer until a payment of some unit uses it up"),
    ("beacons", "a beacon is one for all sales units, and belongs to the first that takes it over"),
    ("personal_codes", "a code belongs to a payer, and so to no sales unit"),
];

/// Conformance statements that this stage must prove.
const STATEMENTS: [std::ops::RangeInclusive<u32>; 1] = [1..=77];

#[test]
fn no_file_is_longer_than_the_wall() {
    let long: Vec<String> = rust_files()
        .into_iter()
        .filter(|file| file.text.lines().count() > MAX_LINES)
        .map(|file| format!("{} has {} lines", file.path, file.text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

fn is_domain(file: &SourceFile) -> bool {
    file.path.starts_with("services/")
        && (file.path.contains("/src/domain/") || file.path.ends_with("/src/domain.rs"))
}

#[test]
fn the_domain_knows_no_database_no_wire_no_clock_and_no_chance() {
    const NEVER: [&str; 8] =
        ["sqlx", "tonic", "tokio", "prost", "kvitt_proto", "kvitt_postgres", "reqwest", "axum"];
    const NOT_IN_RULES: [&str; 13] = [
        "kvitt_runtime",
        "Utc::now",
        "Local::now",
        "SystemTime",
        "Instant::",
        "new_v4",
        "new_v7",
        "now_v7",
        "getrandom",
        "async fn",
        ".await",
        "std::env",
        "std::fs",
    ];
    let mut seen = 0;
    let mut broken = Vec::new();
    for file in rust_files().iter().filter(|file| is_domain(file)) {
        seen += 1;
        let (all, rules) = (file.code(), file.code_without_tests());
        let outside = NEVER.iter().filter(|word| has_word(&all, word));
        let inside = NOT_IN_RULES.iter().filter(|word| rules.contains(*word));
        broken.extend(outside.chain(inside).map(|word| format!("{} uses {word}", file.path)));
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(seen >= 5, "only {seen} files of domains were found");
}

/// Whether the word stands in the code, not as part of a longer one.
fn has_word(code: &str, word: &str) -> bool {
    let part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    code.match_indices(word).any(|(at, _)| {
        let bytes = code.as_bytes();
        !part(at.checked_sub(1).and_then(|before| bytes.get(before))) && !part(bytes.get(at + word.len()))
    })
}

/// Each member's folder, and the members it depends on, by kind of dependency.
fn members() -> BTreeMap<String, BTreeMap<&'static str, BTreeSet<String>>> {
    let mut members = BTreeMap::new();
    for file in files().iter().filter(|file| file.path.ends_with("/Cargo.toml")) {
        let mut kinds = BTreeMap::<&'static str, BTreeSet<String>>::new();
        let mut kind = "";
        for line in file.text.lines() {
            if line.starts_with('[') {
                kind = match line.trim() {
                    "[dependencies]" => "normal",
                    "[dev-dependencies]" => "dev",
                    "[build-dependencies]" => "build",
                    _ => "",
                };
            } else if let Some(name) = line.strip_prefix("kvitt-") {
                let end = name
                    .find(|byte: char| !byte.is_ascii_alphanumeric() && byte != '-')
                    .unwrap_or(name.len());
                kinds.entry(kind).or_default().insert(name[..end].to_owned());
            }
        }
        kinds.remove("");
        let folder = file.path.trim_end_matches("/Cargo.toml").to_owned();
        members.insert(folder, kinds);
    }
    members
}

#[test]
fn dependencies_point_from_launcher_and_tests_to_services_to_shared() {
    let members = members();
    let below = |prefix: &str| -> BTreeSet<String> {
        members.keys().filter_map(|folder| folder.strip_prefix(prefix)).map(str::to_owned).collect()
    };
    let (services, shared) = (below("services/"), below("shared/"));
    assert!(services.contains("launcher") && shared.contains("primitives"), "{services:?} {shared:?}");
    let for_tests = |name: &str| ["testing", "certificates"].contains(&name);
    let mut broken = Vec::new();
    for (folder, kinds) in &members {
        for (kind, dependencies) in kinds {
            for dependency in dependencies {
                let to_service = services.contains(dependency);
                let allowed = match folder.as_str() {
                    "tests" => true,
                    "services/launcher" => !for_tests(dependency) || *kind == "dev",
                    "shared/testing" => !to_service,
                    _ => !to_service && (!for_tests(dependency) || *kind == "dev"),
                };
                let pure = folder != "shared/primitives";
                if !(allowed && pure) {
                    broken.push(format!("{folder} depends on {dependency} ({kind})"));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_member_takes_the_lints_and_versions_of_the_workspace() {
    let broken: Vec<String> = files()
        .iter()
        .filter(|file| file.path.ends_with("/Cargo.toml"))
        .filter(|file| {
            let text = &file.text;
            let versions =
                text.lines().any(|line| line.starts_with("version = ") || line.contains("{ version ="));
            versions || !text.contains("[lints]\nworkspace = true")
        })
        .map(|file| file.path.clone())
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

/// A migration without its comments, on one line.
fn statements(sql: &str) -> String {
    let bare = sql.lines().map(|line| line.split("--").next().unwrap_or_default());
    bare.flat_map(str::split_whitespace).collect::<Vec<&str>>().join(" ")
}

/// What stands in the parentheses that open at or after `from`.
fn parenthesised(text: &str, from: usize) -> &str {
    let Some(open) = text[from..].find('(').map(|at| from + at) else { return "" };
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[open + 1..at];
        }
    }
    ""
}

/// Every key of every table: the table, and the columns that the key names.
fn keys(sql: &str) -> Vec<(String, String)> {
    let mut keys = Vec::new();
    for (at, head) in sql.match_indices("CREATE TABLE ") {
        let table = sql[at + head.len()..].split([' ', '(']).next().unwrap_or_default().to_owned();
        let body = parenthesised(sql, at);
        for word in ["PRIMARY KEY", "UNIQUE", "FOREIGN KEY"] {
            for (key, _) in body.match_indices(word) {
                let after = body[key + word.len()..].trim_start();
                let inline = || body[..key].rsplit(',').next().unwrap_or_default().trim().to_owned();
                let columns =
                    if after.starts_with('(') { parenthesised(after, 0).to_owned() } else { inline() };
                keys.push((table.clone(), columns));
            }
        }
        for (reference, word) in body.match_indices("REFERENCES ") {
            keys.push((table.clone(), parenthesised(body, reference + word.len()).to_owned()));
        }
    }
    for (at, head) in sql.match_indices("CREATE UNIQUE INDEX ") {
        let after = sql[at + head.len()..].split_once(" ON ").map_or("", |(_, after)| after);
        let table = after.split([' ', '(']).next().unwrap_or_default().to_owned();
        keys.push((table, parenthesised(after, 0).to_owned()));
    }
    keys
}

#[test]
fn msn_is_in_every_key_of_a_money_table() {
    let exceptions: BTreeSet<&str> = WITHOUT_MSN.iter().map(|(table, _)| *table).collect();
    let mut unused = exceptions.clone();
    let mut broken = Vec::new();
    let mut seen = 0;
    for file in files() {
        let money = ["payment", "wallet", "ordermanagement", "checkout", "qr", "settlement"]
            .map(|service| format!("services/{service}/migrations/"));
        if !(money.iter().any(|folder| file.path.starts_with(folder)) && file.path.ends_with(".sql")) {
            continue;
        }
        for (table, columns) in keys(&statements(&file.text)) {
            seen += 1;
            unused.remove(table.as_str());
            if !exceptions.contains(table.as_str()) && !has_word(&columns, "msn") {
                broken.push(format!("{}: a key of {table} on ({columns})", file.path));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(seen >= 8, "only {seen} keys were found: has the form of the migrations changed?");
    assert!(unused.is_empty(), "these exceptions are no tables any more: {unused:?}");
}

#[test]
fn sql_never_asks_the_database_for_the_time_or_for_locks_on_the_side() {
    const NEVER: [&str; 9] = [
        "now()",
        "current_timestamp",
        "current_date",
        "localtimestamp",
        "clock_timestamp",
        "statement_timestamp",
        "transaction_timestamp",
        "pg_notify",
        "pg_advisory",
    ];
    let mut broken = Vec::new();
    for file in files().iter().filter(|file| !file.path.starts_with("tests/")) {
        let texts = match file.path.rsplit('.').next() {
            Some("sql") => vec![statements(&file.text)],
            Some("rs") => file.literals(),
            _ => continue,
        };
        for text in texts.iter().map(|text| text.to_lowercase()) {
            broken.extend(
                NEVER.iter().filter(|word| text.contains(*word)).map(|word| format!("{}: {word}", file.path)),
            );
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn sql_is_made_at_run_time_only_to_create_or_drop_databases() {
    let marker = ["Assert", "SqlSafe"].concat();
    // Tests read every table there is, and try what the constraints of one refuse, row by row.
    let is_test = |file: &SourceFile| {
        let path = &file.path;
        path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs")
    };
    for file in rust_files().iter().filter(|file| !is_test(file) && file.code().contains(&marker)) {
        let literals = file.literals().concat();
        assert!(
            ["CREATE DATABASE", "DROP DATABASE", "CREATE USER"].iter().any(|words| literals.contains(words)),
            "{} makes SQL at run time",
            file.path
        );
        assert!(!file.path.contains("/store/"), "{} makes SQL at run time", file.path);
    }
}

#[test]
fn every_conformance_statement_of_this_stage_has_its_test() {
    let tests: String = rust_files()
        .iter()
        .filter(|file| file.path.starts_with("tests/e2e/"))
        .map(SourceFile::code)
        .collect();
    let missing: Vec<u32> = STATEMENTS
        .into_iter()
        .flatten()
        .filter(|number| !tests.contains(&format!("fn p{number}_")))
        .collect();
    assert!(missing.is_empty(), "no test proves {missing:?}");
}

/// Those of the merchant side: keys and tokens, portal users, management.
const MERCHANT_STATEMENTS: std::ops::RangeInclusive<u32> = 1..=62;

#[test]
fn every_merchant_statement_of_this_stage_has_its_test() {
    let sources: String = rust_files().iter().map(SourceFile::code).collect();
    let proves = |number: &u32| {
        sources.split("fn ").any(|name| {
            let name = name.split('(').next().unwrap_or_default();
            name.split('_').any(|word| word == format!("m{number}"))
        })
    };
    let missing: Vec<u32> = MERCHANT_STATEMENTS.filter(|number| !proves(number)).collect();
    assert!(missing.is_empty(), "no test proves {missing:?}");
}

/// The table in the README is the one in the code, line by line; what only keys may do is not in it.
#[test]
fn the_readme_says_who_may_do_what() {
    let none = Grants::default();
    let with = |transaction_management, developer| Grants { transaction_management, developer };
    let mark = |yes: bool| if yes { "✔" } else { "–" };
    let lines: Vec<String> = Action::ALL
        .iter()
        .filter(|action| permits(Role::Administrator, none, **action))
        .map(|action| {
            let cells = [
                permits(Role::Administrator, none, *action),
                permits(Role::SalesUnitManager, none, *action),
                permits(Role::Assistant, none, *action),
                permits(Role::Assistant, with(true, false), *action),
                permits(Role::Assistant, with(false, true), *action),
            ];
            format!("| {action:?} | {} |", cells.map(mark).join(" | "))
        })
        .collect();
    let readme = std::fs::read_to_string(root().join("README.md")).expect("there is a README");
    let missing: Vec<_> = lines.iter().filter(|line| !readme.contains(*line)).collect();
    assert!(missing.is_empty(), "the README lacks {missing:#?}");
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let signs = [["/wo", "rk/"], ["/ro", "ot/"], ["/ho", "me/"], ["/Us", "ers/"], ["\"resol", "ved\""]]
        .map(|parts| parts.concat());
    let mut broken = Vec::new();
    for file in files() {
        broken.extend(
            signs
                .iter()
                .filter(|sign| file.text.contains(*sign))
                .map(|sign| format!("{}: {sign}", file.path)),
        );
    }
    assert!(broken.is_empty(), "{broken:#?}");
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).expect("the lock file can be read");
    let index = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    assert!(lock.lines().filter(|line| line.starts_with("source = ")).all(|line| line == index));
}

/// Backticked words and link targets of a page that look like paths of this tree.
fn named_paths(text: &str) -> Vec<String> {
    let ticked = text.split('`').skip(1).step_by(2);
    let linked = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let folders = ["services/", "shared/", "tests/", "proto/", "docs/", ".ci/"];
    let is_path = |word: &&str| {
        folders.iter().any(|folder| word.starts_with(folder))
            && !word.contains(['*', '{', '<', '…', ' ', '\n'])
    };
    let bare = |word: &str| word.split('#').next().unwrap_or_default().trim_end_matches('/').to_owned();
    ticked.chain(linked).filter(is_path).map(bare).collect()
}

#[test]
fn paths_named_in_the_docs_exist() {
    let root = root();
    let mut broken = Vec::new();
    for file in files().iter().filter(|file| file.path.ends_with(".md")) {
        let missing = named_paths(&file.text).into_iter().filter(|path| !root.join(path).exists());
        broken.extend(missing.map(|path| format!("{} names {path}", file.path)));
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn no_module_is_a_place_for_everything() {
    let broken: Vec<String> = rust_files()
        .into_iter()
        .filter(|file| {
            let name = file
                .path
                .trim_end_matches("/mod.rs")
                .trim_end_matches(".rs")
                .rsplit('/')
                .next()
                .unwrap_or_default();
            ["common", "core", "utils", "util", "helpers", "misc", "types"].contains(&name)
        })
        .map(|file| file.path)
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
}
