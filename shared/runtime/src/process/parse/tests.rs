use clap::Parser as _;

use super::*;
use crate::process::{Process, TelemetryOptions, hex_keys, peer_url, secret};

#[derive(Debug, clap::Parser)]
#[command(name = "kvitt-payment", version)]
struct Options {
    /// Where `access` listens.
    #[arg(long, env = "KVITT_TEST_ACCESS_URL", value_parser = peer_url)]
    access_url: String,
    /// Where `wallet` listens.
    #[arg(long, env = "KVITT_TEST_WALLET_URL", value_parser = peer_url)]
    wallet_url: Option<String>,
    /// Where people are sent.
    #[arg(long, env = "KVITT_TEST_LANDING_URL", default_value = "https://landing.kvitt.localhost/")]
    landing_url: String,
    #[arg(long, env = "KVITT_TEST_SECRET", value_parser = secret)]
    secret: secrecy::SecretString,
    #[arg(long, env = "KVITT_TEST_KEY", value_parser = hex_keys)]
    key: secrecy::SecretString,
    #[arg(long)]
    number: Option<u16>,
    #[command(flatten)]
    process: Process,
    #[command(flatten)]
    telemetry: TelemetryOptions,
}

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn good() -> Vec<String> {
    let key = format!("--key={KEY}");
    ["kvitt-payment", "--access-url=http://127.0.0.1:5001", "--secret=0123456789abcdef", &key]
        .map(str::to_owned)
        .into()
}

/// The line for the good options without those that begin with `without`, and with some more.
fn refused(without: &str, with: &[&str]) -> String {
    let mut arguments = good();
    arguments.retain(|argument| !argument.starts_with(without));
    arguments.extend(with.iter().map(|&argument| argument.to_owned()));
    match read::<Options>(arguments) {
        Err(Refused::Invalid(line)) => line,
        other => panic!("{other:?}"),
    }
}

#[test]
fn good_settings_are_read() {
    let options: Options = read(good()).unwrap();
    assert_eq!(options.access_url, "http://127.0.0.1:5001");
    assert!(options.process.tls().is_none() && !options.process.schema_is_awaited());
    assert_eq!(options.landing_url, "https://landing.kvitt.localhost/");
    assert!(options.wallet_url.is_none() && options.number.is_none());
    drop((options.secret, options.key, options.telemetry));
}

#[test]
fn what_is_wrong_is_one_line_with_the_variable_and_the_rule() {
    let table: [(&str, &[&str], &str); 14] = [
        ("--access", &[], "KVITT_TEST_ACCESS_URL: must be set"),
        (
            "--access",
            &["--access-url=nowhere"],
            "KVITT_TEST_ACCESS_URL: must be a URL http://host:port or https://host:port, without a path",
        ),
        (
            "--access",
            &["--access-url=https://access:5001"],
            "KVITT_TEST_ACCESS_URL: must begin with http://, since KVITT_TLS_CERT is not set",
        ),
        ("--secret", &["--secret=hush"], "KVITT_TEST_SECRET: must be a secret of at least 16 characters"),
        ("--key", &["--key=hush"], "KVITT_TEST_KEY: must be 64 hexadecimal digits"),
        (
            "none",
            &["--tls-cert=a", "--tls-key=a", "--tls-ca=a"],
            "KVITT_TEST_ACCESS_URL: must begin with https://, since KVITT_TLS_CERT is set",
        ),
        ("none", &["--tls-cert=a"], "KVITT_TLS_KEY: must be set, since KVITT_TLS_CERT is"),
        ("none", &["--tls-key=a"], "KVITT_TLS_CERT: must be set, since KVITT_TLS_KEY is"),
        ("none", &["--health-listen=9000"], "KVITT_HEALTH_LISTEN: invalid socket address syntax"),
        ("none", &["--migrate=maybe"], "KVITT_MIGRATE: must be one of true, false"),
        ("none", &["--drain-wait=301"], "KVITT_DRAIN_WAIT: 301 is not in 0..=300"),
        ("none", &["--log-format=loud"], "KVITT_LOG_FORMAT: must be one of pretty, json"),
        ("none", &["--number=x"], "--number: invalid digit found in string"),
        ("none", &["--crash-at", "x"], "unexpected argument '--crash-at' found"),
    ];
    for (without, with, line) in table {
        assert_eq!(refused(without, with), line, "{with:?}");
    }
}

#[test]
fn several_that_are_missing_stand_in_one_line() {
    let line = refused("--", &[]);
    assert_eq!(line, "KVITT_TEST_ACCESS_URL, KVITT_TEST_SECRET, KVITT_TEST_KEY: must be set");
}

#[test]
fn certificates_are_read_at_once() {
    let secured = ["--access-url=https://access:5001", "--tls-cert=/no/such", "--tls-key=/no/such"];
    let line = refused("--access", &secured);
    assert_eq!(line, "KVITT_TLS_CA: must be set, since KVITT_TLS_CERT is");
    let line = refused("--access", &[&secured[..], &["--tls-ca=/no/such"]].concat());
    assert!(line.starts_with("KVITT_TLS_CERT: /no/such cannot be read ("), "{line}");
}

#[test]
fn no_secret_stands_in_a_line() {
    for secret in ["--secret=hush", "--key=hush", "--access-url=http://user:hush@host/x"] {
        assert!(!refused(&secret[..6], &[secret]).contains("hush"));
    }
}

#[test]
fn who_asks_for_help_or_the_version_is_answered() {
    for asked in ["--help", "--version"] {
        let read = read::<Options>(["kvitt-payment", asked]);
        assert!(matches!(read, Err(Refused::Asked(_))), "{read:?}");
    }
    Options::try_parse_from(good()).unwrap();
}
