//! What somebody has who has got hold of the databases: nothing that can be used.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kvitt_launcher::demo::USERS;
use kvitt_postgres::server::PrivateServer;
use kvitt_proto::access::v1::{
    KeySlot, LogInWithPasswordRequest, RegenerateKeyRequest, SetPasswordRequest, ShowKeysRequest,
};
use kvitt_runtime::ServiceName;
use kvitt_testing::{TestServer, eventually};
use kvitt_tests::people::person;
use kvitt_tests::{Answer, MerchantServer, Mesh, Shop, Stack, StackPlan, UnitPlan};
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde_json::json;
use sqlx::{AssertSqlSafe, PgPool, Row as _};

/// Every row of every table of a database, as text; bytes are written in hexadecimal.
async fn dump(pool: &PgPool) -> String {
    let tables = sqlx::query(
        "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name
         FROM information_schema.tables
         WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')",
    );
    let mut text = String::new();
    for table in tables.fetch_all(pool).await.expect("tables can be listed") {
        let name: String = table.get("name");
        let rows = sqlx::query(AssertSqlSafe(format!("SELECT row_to_json(t)::text AS row FROM {name} AS t")));
        for row in rows.fetch_all(pool).await.expect("rows can be read") {
            text.push_str(row.get("row"));
            text.push('\n');
        }
    }
    text
}

async fn dumps(server: &PrivateServer) -> Vec<(&'static str, String)> {
    let mut dumps = Vec::new();
    for name in ["kvitt_access", "kvitt_merchant", "kvitt_payment", "kvitt_wallet", "kvitt_webhook"] {
        let pool = kvitt_postgres::connect(&server.url(name), 1).expect("the URL is ours");
        dumps.push((name, dump(&pool).await));
        pool.close().await;
    }
    dumps
}

/// The ways in which a text could stand in a dump.
fn forms(secret: &str) -> [String; 4] {
    [
        secret.to_owned(),
        hex(secret.as_bytes()),
        STANDARD.encode(secret),
        // A secret that is hexadecimal itself may have been kept as the bytes it means.
        format!("\\\\x{}", secret.to_lowercase()),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_dump_of_the_databases_holds_no_usable_secret_and_no_users_number() {
    let server = TestServer::throwaway().await;
    let url = server.url("postgres").expose_secret().to_owned();
    let stack = Stack::own(StackPlan { database_url: Some(url), ..StackPlan::default() }).await;
    let mut secrets = used(&stack).await;
    let units = ["full", "plain", "full_capture", "second", "danish", "finnish"];
    for name in units.iter().chain(&["partner", "partner_management", "merchant_management", "accounting"]) {
        let keys = stack.keys(name);
        secrets.extend([keys.client_secret.clone(), keys.primary.clone(), keys.secondary.clone()]);
    }
    secrets.extend(ServiceName::ALL.map(|name| stack.service_secret(name)));
    let canaries = USERS.iter().flat_map(|user| [user.national_id.to_owned(), user.phone_number.to_owned()]);
    let canaries: Vec<String> = canaries.collect();
    let dumps = dumps(&server).await;
    let access = &dumps[0].1;
    assert!(access.contains(person("administrator").full_name), "the dump is one of the right database");
    for (database, text) in &dumps {
        assert!(text.len() > 1_000, "{database} has something in it");
        for secret in secrets.iter().chain(&canaries) {
            for form in forms(secret) {
                assert!(!text.contains(&form), "{database} holds {form}");
            }
        }
    }
    println!(
        "{} secrets and {} numbers of users looked for in {} databases",
        secrets.len(),
        canaries.len(),
        dumps.len()
    );
    stack.stop().await;
}

/// Has the shop's server told of a payment; the secret that it was signed with.
async fn told(shop: &Shop) -> String {
    let receiver = MerchantServer::start(200, "{}").await;
    let body = json!({"url": receiver.url("/hook"), "events": ["epayments.payment.authorized.v1"]});
    let made = Answer::of(shop.request(Method::POST, "/webhooks/v1/webhooks").json(&body)).await;
    shop.authorized(10_000).await;
    eventually!(receiver.asked().len() == 1);
    made.is(201)["secret"].as_str().expect("a secret is text").to_owned()
}

/// Makes secrets of every kind by using the platform, and names them.
async fn used(stack: &Stack) -> Vec<String> {
    let unit = stack.open_unit(UnitPlan::default()).await;
    let administrator = stack.user("administrator").await;
    let regenerate =
        RegenerateKeyRequest { client_id: unit.client_id.clone(), slot: KeySlot::Secondary.into() };
    let fresh = administrator.mesh.keys().regenerate_key(regenerate).await.expect("a key can be made anew");
    let shown = administrator.mesh.keys().show_keys(ShowKeysRequest { msn: unit.msn.clone() }).await;
    let shown = shown.expect("keys can be shown").into_inner().secrets.expect("its secrets");
    let shop = Shop::open(stack, &unit).await;
    let webhook_secret = told(&shop).await;

    let dane = person("dane");
    let session = stack.log_in(dane.country, dane.national_id).await.expect("a Dane signs in");
    let password = "correct horse battery staple".to_owned();
    let email = "sofie.jensen@example.dk".to_owned();
    let nobody = Mesh::nobody(stack);
    let request = SetPasswordRequest {
        session_secret: session.secret.clone(),
        email: email.clone(),
        password: password.clone(),
    };
    nobody.sessions().set_password(request).await.expect("a Dane may have a password");
    let request = LogInWithPasswordRequest {
        country: "DK".to_owned(),
        email: email.clone(),
        password: password.clone(),
    };
    let again =
        nobody.sessions().log_in_with_password(request).await.expect("the password is good").into_inner();
    let again = again.session.expect("a session").secret;
    vec![
        unit.client_secret,
        unit.primary,
        unit.secondary,
        fresh.into_inner().secret,
        shown.secondary_subscription_key,
        webhook_secret,
        shop.token,
        administrator.token,
        session.secret,
        again,
        password,
        email,
    ]
}
