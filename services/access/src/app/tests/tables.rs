//! What stands in the tables, and what never can.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use sqlx::{AssertSqlSafe, PgPool, Row as _};

use super::*;
use crate::domain::credentials::Slot;

/// Every row of every table as text, and every column of bytes as text too, where it is one.
async fn dump(pool: &PgPool) -> String {
    let tables = "
        SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns
        WHERE table_schema = 'public' ORDER BY table_name, ordinal_position";
    let columns = sqlx::query(tables).fetch_all(pool).await.unwrap();
    let mut dump = String::new();
    let mut seen = std::collections::BTreeSet::new();
    for column in &columns {
        let (table, name): (String, String) = (column.get("table_name"), column.get("column_name"));
        if seen.insert(table.clone()) {
            let rows = format!(r#"SELECT row_to_json(t)::text FROM "{table}" AS t"#);
            let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(pool).await.unwrap();
            dump.push_str(&rows.join("\n"));
        }
        if column.get::<String, _>("data_type") == "bytea" {
            let values = format!(r#"SELECT "{name}" FROM "{table}" WHERE "{name}" IS NOT NULL"#);
            let values: Vec<Vec<u8>> =
                sqlx::query_scalar(AssertSqlSafe(values)).fetch_all(pool).await.unwrap();
            for value in values {
                dump.push_str(&String::from_utf8_lossy(&value));
                dump.push_str(&BASE64_STANDARD.encode(&value));
            }
        }
    }
    assert!(seen.len() > 10, "{seen:?}");
    dump
}

#[tokio::test]
async fn no_secret_stands_in_the_database() {
    let (app, database) = fixture().await;
    let mut secrets = vec!["secret-of-payment".to_owned(), "pepper-of-the-tests".to_owned(), "5e".repeat(32)];
    let given = known(&app).await;
    secrets.extend([given.client_secret, given.primary, given.secondary]);
    for owner in keys::owners() {
        let client_id = ClientId::from_uuid(Uuid::new_v4());
        let msn = owner.msn().cloned();
        let issued =
            issue_keys(&app, &OPERATOR, client_id, owner, wall_now()).await.unwrap().secrets.unwrap();
        secrets.push(issued.client_secret.expose().to_owned());
        let mut slots = vec![Slot::ClientSecret];
        if let Some(keys) = &issued.subscription_keys {
            secrets.extend([keys.primary().expose().to_owned(), keys.secondary().expose().to_owned()]);
            slots.extend([Slot::Primary, Slot::Secondary]);
        }
        for slot in slots {
            let new = regenerate_key(&app, &OPERATOR, Which { client_id, slot }, wall_now()).await.unwrap();
            secrets.push(secrecy::ExposeSecret::expose_secret(&new).to_owned());
        }
        if let Some(msn) = msn {
            show_keys(&app, &OPERATOR, &msn, wall_now()).await.unwrap();
        }
    }
    let dump = dump(database.pool()).await;
    for secret in &secrets {
        let mut forms = vec![secret.clone(), hex::encode(secret), BASE64_STANDARD.encode(secret)];
        // The bytes that a secret is written for.
        forms.extend(hex::decode(secret).map(|bytes| BASE64_STANDARD.encode(bytes)));
        forms.extend(BASE64_STANDARD.decode(secret).map(hex::encode));
        for form in forms {
            assert!(!dump.contains(form.trim_end_matches('=')), "{form}");
        }
    }
    // The dump holds what is no secret, so it would have held one.
    assert!(dump.contains(&given.msn.to_string()));
}

#[tokio::test]
async fn the_tables_take_no_owner_of_another_kind_and_no_secret_that_is_not_needed_again() {
    let (app, database) = fixture().await;
    let unit = known(&app).await;
    let add = async |kind: &str, columns: &str, values: &str| {
        let insert = format!(
            "INSERT INTO api_clients (client_id, kind, secret_hash, active, created_at, {columns})
             SELECT gen_random_uuid(), '{kind}', secret_hash, FALSE, created_at, {values} FROM api_clients LIMIT 1"
        );
        let done = sqlx::query(AssertSqlSafe(insert)).execute(database.pool()).await;
        done.err().and_then(|error| kvitt_postgres::violated_constraint(&error).map(str::to_owned))
    };
    let id = "gen_random_uuid()";
    let owner = Some("api_clients_owner_check".to_owned());
    let refused = [
        ("SALES_UNIT", "partner_id", id.to_owned()),
        ("SALES_UNIT", "msn, owner_name", "'1234', 'A'".to_owned()),
        ("PARTNER", "msn", "'1234'".to_owned()),
        ("PARTNER", "partner_id, merchant_id", format!("{id}, {id}")),
        ("MANAGEMENT", "owner_name", "'A'".to_owned()),
        ("MANAGEMENT", "partner_id, merchant_id", format!("{id}, {id}")),
        ("ACCOUNTING", "partner_id", id.to_owned()),
        ("PSP", "owner_name, msn", "'A', '1234'".to_owned()),
    ];
    for (kind, columns, values) in refused {
        assert_eq!(add(kind, columns, &values).await, owner, "{kind} {columns}");
    }
    assert_eq!(add("OWNER", "owner_name", "'A'").await.as_deref(), Some("api_clients_kind_check"));
    assert_eq!(add("PSP", "owner_name", "''").await.as_deref(), Some("api_clients_owner_name_check"));
    for (kind, owner, value) in
        [("PARTNER", "partner_id", id), ("PSP", "owner_name", "'A'"), ("MANAGEMENT", "partner_id", id)]
    {
        for secret in ["sealed_client_secret", "sealed_primary_key", "sealed_secondary_key"] {
            let sealed = add(kind, &format!("{owner}, {secret}"), &format!("{value}, 'x'")).await;
            let kept = secret == "sealed_client_secret" && kind != "MANAGEMENT";
            let expected = if kept { None } else { Some("api_clients_sealed_check") };
            assert_eq!(sealed.as_deref(), expected, "{kind} {secret}");
        }
    }
    let other = format!("'{}', {id}", unit.msn);
    let other = add("SALES_UNIT", "msn, merchant_id", &other).await;
    assert_eq!(other.as_deref(), Some("api_clients_unit_fkey"));
    let second = format!("UPDATE api_clients SET active = TRUE WHERE msn = '{}'", unit.msn);
    let same = format!("'{}', '{}'", unit.msn, unit.merchant_id);
    assert_eq!(add("SALES_UNIT", "msn, merchant_id", &same).await, None);
    let error = sqlx::query(AssertSqlSafe(second)).execute(database.pool()).await.unwrap_err();
    assert_eq!(kvitt_postgres::violated_constraint(&error), Some("api_clients_active_unit_key"));
    let grant = "
        INSERT INTO accounting_grants (client_id, kind, msn, granted_at)
        SELECT client_id, $1, msn, created_at FROM api_clients LIMIT 1";
    for (kind, constraint) in
        [("SALES_UNIT", "accounting_grants_kind_check"), ("ACCOUNTING", "accounting_grants_client_id_fkey")]
    {
        let error = sqlx::query(grant).bind(kind).execute(database.pool()).await.unwrap_err();
        assert_eq!(kvitt_postgres::violated_constraint(&error), Some(constraint));
    }
}

#[tokio::test]
async fn keys_that_are_older_than_owners_work_and_get_theirs_with_the_same_credentials() {
    let (app, database) = fixture().await;
    let secrets = known(&app).await;
    let older = "
        UPDATE api_clients SET merchant_id = NULL,
            sealed_client_secret = NULL, sealed_primary_key = NULL, sealed_secondary_key = NULL";
    sqlx::query(older).execute(database.pool()).await.unwrap();
    sqlx::query("DELETE FROM sales_units").execute(database.pool()).await.unwrap();
    secrets.token(&app).await.unwrap();
    let client_id = ClientId::from_uuid(secrets.client_id);
    let covered = get_coverage(&app, client_id).await.unwrap().value.unwrap();
    assert_eq!(covered.owner, Owner::UnitOfSomebody { msn: secrets.msn.clone() });
    let which = Which { client_id, slot: Slot::Secondary };
    let new = regenerate_key(&app, &OPERATOR, which, wall_now()).await.unwrap();
    // With another secret they are other keys.
    assert!(matches!(secrets.create(&app).await, Err(Error::CredentialsExist)));
    let secondary = secrecy::ExposeSecret::expose_secret(&new).to_owned();
    let now = Secrets { secondary, ..secrets };
    now.create(&app).await.unwrap();
    let shown = show_keys(&app, &OPERATOR, &now.msn, wall_now()).await.unwrap();
    assert_eq!(shown.keys.owner, Owner::SalesUnit { msn: now.msn.clone(), merchant_id: now.merchant_id });
    let shown = [shown.client_secret, shown.primary, shown.secondary];
    let shown = shown.map(|secret| secrecy::ExposeSecret::expose_secret(&secret.unwrap()).to_owned());
    assert_eq!(shown, [now.client_secret, now.primary, now.secondary]);
}

#[tokio::test]
async fn keys_whose_secrets_were_never_kept_are_shown_without_them() {
    let (app, database) = fixture().await;
    let secrets = known(&app).await;
    let older = "UPDATE api_clients SET sealed_client_secret = NULL, sealed_primary_key = NULL";
    sqlx::query(older).execute(database.pool()).await.unwrap();
    let shown = show_keys(&app, &OPERATOR, &secrets.msn, wall_now()).await.unwrap();
    assert!(shown.client_secret.is_none() && shown.primary.is_none() && shown.secondary.is_some());
}

#[tokio::test]
async fn keys_of_a_database_that_knew_no_kinds_go_on_as_sales_units() {
    let mut before = sqlx::migrate::Migrator::DEFAULT;
    before.migrations = crate::MIGRATIONS.iter().filter(|step| step.version <= 3).cloned().collect();
    let database = TestDatabase::create("access_without_kinds", Box::leak(Box::new(before))).await;
    let (app, client_id) = (on(&database), ClientId::from_uuid(Uuid::new_v4()));
    let (secret, primary, secondary) = ("s".repeat(16), "1".repeat(32), "2".repeat(32));
    let insert = "
        WITH client AS (
            INSERT INTO api_clients (client_id, secret_hash, msn, active, created_at)
            VALUES ($1, $2, '123456', TRUE, '2026-01-01T00:00:00Z'))
        INSERT INTO subscription_keys (key_hash, client_id, slot)
        VALUES ($3, $1, 'primary'), ($4, $1, 'secondary')";
    sqlx::query(insert)
        .bind(client_id.as_uuid())
        .bind(app.pepper.client_secret(client_id, &secret).as_bytes())
        .bind(app.pepper.subscription_key(&primary).as_bytes())
        .bind(app.pepper.subscription_key(&secondary).as_bytes())
        .execute(database.pool())
        .await
        .unwrap();
    crate::MIGRATIONS.run(database.pool()).await.unwrap();
    let older = Secrets {
        client_id: client_id.as_uuid(),
        client_secret: secret,
        primary,
        secondary,
        msn: "123456".parse().unwrap(),
        merchant_id: MerchantId::from_uuid(Uuid::new_v4()),
    };
    older.token(&app).await.unwrap();
    let covered = async || get_coverage(&app, client_id).await.unwrap().value.unwrap().owner;
    assert_eq!(covered().await, Owner::UnitOfSomebody { msn: older.msn.clone() });
    let second = Secrets { msn: older.msn.clone(), merchant_id: older.merchant_id, ..Secrets::fresh() };
    assert!(matches!(second.create(&app).await, Err(Error::UnitHasKeys)));
    older.create(&app).await.unwrap();
    assert_eq!(covered().await.merchant_id(), Some(older.merchant_id));
    assert!(matches!(second.create(&app).await, Err(Error::UnitHasKeys)));
}
