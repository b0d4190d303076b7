//! A service whose settings are wrong ends at once, says which setting and which rule in one line, and opens nothing.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Output;

use kvitt_certificates::{Authority, CertificateFiles};
use kvitt_tests::processes::Member;

const BAD_SETTINGS: i32 = 64;

/// A value that no variable has: the variable is not set.
const UNSET: &str = "";

/// Each binary with settings that are good; no peer and no database is asked before they are judged.
fn good(member: Member) -> Vec<(String, String)> {
    let service = member.service().to_uppercase();
    let mut settings = vec![(format!("KVITT_{service}_LISTEN"), "127.0.0.1:0".to_owned())];
    let mut set =
        |name: &str, value: &str| settings.push((format!("KVITT_{service}_{name}"), value.to_owned()));
    for peer in [
        "ACCESS",
        "MERCHANT",
        "PAYMENT",
        "WALLET",
        "ORDERMANAGEMENT",
        "CHECKOUT",
        "WEBHOOK",
        "QR",
        "SETTLEMENT",
    ] {
        set(&format!("{peer}_URL"), "http://127.0.0.1:9");
    }
    set("DATABASE_URL", "postgres://127.0.0.1:9/nothing");
    set("SERVICE_SECRET", "0123456789abcdef");
    set("SERVICE_SECRETS", "gateway=0123456789abcdef");
    set("KEY_ENCRYPTION_KEY", &"5e".repeat(32));
    set("CURSOR_KEY", &"5e".repeat(32));
    set("PEPPER", "0123456789abcdef");
    settings
}

/// Runs a binary with the good settings and one that is not.
async fn refusal(member: Member, name: &str, value: &str) -> Output {
    let mut settings = good(member);
    settings.retain(|(known, _)| known != name);
    if value != UNSET {
        settings.push((name.to_owned(), value.to_owned()));
    }
    member.run_with(&settings).await
}

/// The line that a binary said when it was started with this setting, which is wrong.
async fn line(member: Member, name: &str, value: &str) -> String {
    let output = refusal(member, name, value).await;
    let told = String::from_utf8(output.stderr).expect("messages are text");
    assert_eq!(output.status.code(), Some(BAD_SETTINGS), "{member:?} {name}={value}: {told}");
    assert_eq!(told.lines().count(), 1, "{member:?} {name}={value}: {told}");
    assert!(output.stdout.is_empty(), "{member:?} {name}={value}");
    let start = format!("kvitt-{}: ", member.service());
    told.trim_end().strip_prefix(&start).unwrap_or_else(|| panic!("{told}")).to_owned()
}

#[tokio::test]
async fn what_is_missing_or_malformed_is_named_with_its_rule() {
    let url = "must be a URL http://host:port or https://host:port, without a path";
    let database = "must be a URL of PostgreSQL, postgres://user:password@host/database";
    let secret = "must be a secret of at least 16 characters";
    let key = "must be 64 hexadecimal digits";
    for member in Member::ALL_ONCE {
        let of = |name: &str| format!("KVITT_{}_{name}", member.service().to_uppercase());
        let mut table = vec![
            (of("LISTEN"), "5001", "invalid socket address syntax"),
            ("KVITT_HEALTH_LISTEN".to_owned(), "everywhere", "invalid socket address syntax"),
            ("KVITT_DRAIN_WAIT".to_owned(), "5s", "invalid digit found in string"),
            (of("SANDBOX"), "perhaps", "must be one of true, false"),
            ("KVITT_MIGRATE".to_owned(), "perhaps", "must be one of true, false"),
            ("KVITT_LOG_FORMAT".to_owned(), "loud", "must be one of pretty, json"),
            ("KVITT_TLS_CERT".to_owned(), "/no/such/file", "must be"),
            ("KVITT_TLS_KEY".to_owned(), "/no/such/file", "KVITT_TLS_CERT: must be set"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), "collector", "must be a URL"),
        ];
        if member != Member::Gateway {
            table.push((of("DATABASE_URL"), UNSET, "must be set"));
            table.push((of("DATABASE_URL"), "mysql://127.0.0.1/payment", database));
        }
        if member != Member::Access {
            table.push((of("ACCESS_URL"), UNSET, "must be set"));
            table.push((of("ACCESS_URL"), "access", url));
            table.push((of("ACCESS_URL"), "http://access/path", url));
            table.push((of("SERVICE_SECRET"), UNSET, "must be set"));
            table.push((of("SERVICE_SECRET"), "hush", secret));
        }
        for (name, value, rule) in table {
            let line = line(member, &name, value).await;
            assert!(line.contains(rule), "{member:?} {name}={value}: {line}");
            let is_named = line.starts_with(&name) || line.contains("KVITT_TLS_CERT");
            assert!(is_named, "{member:?} {name}={value}: {line}");
        }
    }
    let some = [
        (
            Member::Access,
            "KVITT_ACCESS_SERVICE_SECRETS",
            "bank=0123456789abcdef",
            "must be the name of a service",
        ),
        (Member::Access, "KVITT_ACCESS_SERVICE_SECRETS", UNSET, "must be set"),
        (Member::Access, "KVITT_ACCESS_KEY_ENCRYPTION_KEY", "5e", key),
        (Member::Access, "KVITT_ACCESS_PEPPER", "hush", secret),
        (Member::Access, "KVITT_ACCESS_TOKEN_LIFE_SECONDS", "86401", "is not in"),
        (Member::Access, "KVITT_ACCESS_WALLET_URL", "wallet", url),
        (Member::Webhook, "KVITT_WEBHOOK_KEY_ENCRYPTION_KEY", &"xy".repeat(32), key),
        (Member::Payment, "KVITT_PAYMENT_CURSOR_KEY", "5e", key),
        (Member::Payment, "KVITT_PAYMENT_PARTS", "65", "is not in 1..=64"),
        (Member::Payment, "KVITT_PAYMENT_LANDING_URL", "landing", "must be a URL that begins with"),
        (Member::Settlement, "KVITT_SETTLEMENT_SMTP_URL", "mail", "must be a URL that begins with smtp://"),
        (Member::Gateway, "KVITT_GATEWAY_RATE_LIMITS", "perhaps", "must be one of true, false"),
    ];
    for (member, name, value, rule) in some {
        let line = line(member, name, value).await;
        assert!(line.starts_with(&format!("{name}: ")) && line.contains(rule), "{name}={value}: {line}");
        assert!(!line.contains("hush"), "{line}");
    }
}

#[tokio::test]
async fn what_contradicts_itself_is_named() {
    let line = line(Member::Qr, "KVITT_QR_ACCESS_URL", "https://127.0.0.1:9").await;
    assert_eq!(line, "KVITT_QR_ACCESS_URL: must begin with http://, since KVITT_TLS_CERT is not set");
    let address = "127.0.0.1:39123";
    let mut settings = good(Member::Qr);
    settings.retain(|(name, _)| name != "KVITT_QR_LISTEN");
    settings
        .extend(["KVITT_QR_LISTEN", "KVITT_HEALTH_LISTEN"].map(|name| (name.to_owned(), address.to_owned())));
    let told = Member::Qr.run_with(&settings).await;
    assert_eq!(told.status.code(), Some(BAD_SETTINGS), "{told:?}");
    let told = String::from_utf8(told.stderr).expect("messages are text");
    assert_eq!(told, "kvitt-qr: KVITT_HEALTH_LISTEN: must be another address than the service's own\n");
}

#[tokio::test]
async fn a_service_takes_no_other_services_certificate() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::create());
    let files = CertificateFiles::write(folder.path(), &authority.certify(&["payment"]), &[&authority]);
    let mut settings = good(Member::Qr);
    for (_, value) in &mut settings {
        *value = value.replace("http://", "https://");
    }
    for (name, file) in [("CERT", files.cert()), ("KEY", files.key()), ("CA", files.ca())] {
        settings.push((format!("KVITT_TLS_{name}"), file.to_str().expect("a path of text").to_owned()));
    }
    let told = Member::Qr.run_with(&settings).await;
    assert_eq!(told.status.code(), Some(BAD_SETTINGS), "{told:?}");
    let told = String::from_utf8(told.stderr).expect("messages are text");
    let rule = "KVITT_TLS_CERT: the certificate must be valid for the name qr, and is valid for payment";
    assert_eq!(told, format!("kvitt-qr: {rule}\n"));
}

/// The port belongs to somebody else: whoever tried to listen there would say so, and not what is wrong with a secret.
#[tokio::test]
async fn settings_are_judged_before_any_port_is_opened() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    for member in Member::ALL_ONCE {
        let service = member.service().to_uppercase();
        let mut settings = good(member);
        settings.retain(|(name, _)| !name.ends_with("_LISTEN"));
        settings.push((format!("KVITT_{service}_LISTEN"), taken.local_addr().unwrap().to_string()));
        settings.push(("KVITT_DRAIN_WAIT".to_owned(), "long".to_owned()));
        let told = member.run_with(&settings).await;
        assert_eq!(told.status.code(), Some(BAD_SETTINGS), "{told:?}");
        assert!(String::from_utf8_lossy(&told.stderr).contains("KVITT_DRAIN_WAIT: "), "{told:?}");
    }
}
